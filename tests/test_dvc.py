"""Data sets under DVC: our reading of its lock is DVC's own, and nothing is made up."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml

from rampflow.data import calling
from rampflow.data.calling import alone
from rampflow.data.dvc import DataSet, data_set, ensure, md5_of, verify
from rampflow.data.unfinished import is_unfinished, put_back_unless_done
from rampflow.errors import DataError
from rampflow.paths import Project

OUT = "problems/toy/data/x.txt"
STAGES = {
    "stages": {
        "toy": {"cmd": "python make.py", "deps": ["make.py"], "outs": [OUT]},
    }
}
MAKE = f"""
import os, pathlib
path = pathlib.Path({OUT!r})
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("made\\n")
with open("made.log", "a") as log: log.write("x")
"""


def dvc(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "dvc", *arguments, "--quiet"]
    subprocess.run(command, cwd=root, check=True, env={**os.environ, "DVC_NO_ANALYTICS": "1"})


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty DVC repository as a source archive has it: no git."""
    root = tmp_path_factory.mktemp("dvc") / "bare"
    root.mkdir()
    dvc(root, "init", "--no-scm")
    return root


def copy(bare: Path, root: Path) -> Project:
    """Return a project with a stage that is locked but was not made here."""
    subprocess.run(["cp", "-r", str(bare), str(root)], check=True)
    (root / "make.py").write_text(MAKE)
    (root / "problems" / "toy").mkdir(parents=True)
    (root / "dvc.yaml").write_text(yaml.safe_dump(STAGES))
    digest = hashlib.md5(b"made\n").hexdigest()  # noqa: S324
    stage = {
        "cmd": "python make.py",
        "deps": [{"path": "make.py", "hash": "md5", **fact(root / "make.py")}],
        "outs": [{"path": OUT, "hash": "md5", "md5": digest, "size": 5}],
    }
    (root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"toy": stage}}))
    return Project(root)


def fact(path: Path) -> dict[str, object]:
    return {"md5": md5_of(path), "size": path.stat().st_size}


def times_made(project: Project) -> int:
    log = project.root / "made.log"
    return len(log.read_text()) if log.exists() else 0


def test_the_md5_of_files_and_folders_is_that_of_dvc(bare: Path, tmp_path: Path) -> None:
    root = tmp_path / "a b"
    subprocess.run(["cp", "-r", str(bare), str(root)], check=True)
    data = root / "problems" / "toy" / "data"
    for name in ("f.bin", "d/z.txt", "d/a/é ü.txt", "d/a/empty", "d/.hidden", "d/B", "d/a.b/x"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(name.encode() if "empty" not in name else b"")
    dvc(root, "add", str(data / "f.bin"), str(data / "d"))
    for name in ("f.bin", "d"):
        (out,) = yaml.safe_load((data / f"{name}.dvc").read_text())["outs"]
        assert md5_of(data / name) == out["md5"]
    project = Project(root)
    found = data_set(project, "toy")
    assert set(found.locked) == {"problems/toy/data/f.bin", "problems/toy/data/d"}
    assert found.loose == {}
    verify(project, found)


def test_a_missing_output_is_made_without_git_in_a_path_with_a_space(
    bare: Path, tmp_path: Path
) -> None:
    project = copy(bare, tmp_path / "a path with spaces")
    before = (project.root / "dvc.lock").read_bytes()
    found = ensure(project, "toy")
    assert (project.root / OUT).read_text() == "made\n"
    assert found == data_set(project, "toy")
    assert project.data_marker("toy", found.key).exists()
    assert (project.root / "dvc.lock").read_bytes() == before
    assert ensure(project, "toy") == found
    assert times_made(project) == 1

    (project.root / OUT).chmod(0o644)
    (project.root / OUT).unlink()
    (project.root / OUT).write_text("mad3\n")
    with pytest.raises(DataError, match="changed by hand") as caught:
        ensure(project, "toy")
    assert caught.value.where == OUT
    assert f"dvc checkout --force {OUT}" in caught.value.do
    assert (project.root / OUT).read_text() == "mad3\n", "nobody's work is thrown away"


def lock_otherwise(project: Project, md5: str = "0" * 32) -> bytes:
    """Lock bytes that the stage does not make here, as a steward's machine would; return them."""
    lock = project.root / "dvc.lock"
    content = yaml.safe_load(lock.read_text())
    content["stages"]["toy"]["outs"][0]["md5"] = md5
    lock.write_text(yaml.safe_dump(content))
    return lock.read_bytes()


def test_other_bytes_than_those_locked_are_used_and_told(
    bare: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = copy(bare, tmp_path / "other")
    before = lock_otherwise(project)
    made = hashlib.md5(b"made\n").hexdigest()  # noqa: S324
    planned = data_set(project, "toy")
    assert planned.parts == {OUT: "0" * 32}

    found = ensure(project, "toy")
    assert found.parts == {OUT: made}, "keys hold the hash of the bytes that are used"
    assert found.key != planned.key
    assert found.instead_of == {OUT: "0" * 32}
    (told,) = caplog.messages
    assert f"this machine made other bytes of {OUT} (MD5 {made[:8]}…)" in told
    assert (project.root / "dvc.lock").read_bytes() == before

    caplog.clear()
    assert data_set(project, "toy") == found
    assert ensure(project, "toy") == found
    assert caplog.messages == [told], "every run says so"
    assert times_made(project) == 1


def test_data_made_with_other_bytes_are_guarded_as_locked_ones_are(
    bare: Path, tmp_path: Path
) -> None:
    project = copy(bare, tmp_path / "other")
    lock_otherwise(project)
    found, path = ensure(project, "toy"), project.root / OUT
    os.utime(path, (1, 1))
    assert ensure(project, "toy") == found, "touching it changes nothing"
    path.unlink()
    assert data_set(project, "toy") == found, "the same is expected to be made again"
    assert ensure(project, "toy") == found
    path.unlink()
    path.write_text("mad3\n")
    with pytest.raises(DataError, match="changed by hand") as caught:
        ensure(project, "toy")
    assert f"made here was {found.parts[OUT]}, locked is {'0' * 32}" in caught.value.what
    assert caught.value.do.startswith(f"remove {OUT} and run again")


def test_the_locked_bytes_or_another_lock_end_the_note(
    bare: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = copy(bare, tmp_path / "other")
    theirs = hashlib.md5(b"theirs\n").hexdigest()  # noqa: S324
    lock_otherwise(project, theirs)
    found = ensure(project, "toy")
    path = project.root / OUT
    path.unlink()
    path.write_text("theirs\n")  # as `dvc pull` would
    caplog.clear()
    assert ensure(project, "toy") == DataSet("toy", {OUT: theirs}, {})
    assert caplog.messages == []

    path.unlink()
    path.write_text("made\n")
    lock_otherwise(project, found.parts[OUT])  # as `dvc commit` would
    assert ensure(project, "toy") == DataSet("toy", found.parts, {})
    assert caplog.messages == []


def test_other_bytes_because_the_stage_was_changed_are_refused(bare: Path, tmp_path: Path) -> None:
    project = copy(bare, tmp_path / "changed")
    (project.root / "make.py").write_text(MAKE.replace("made\\n", "remade\\n"))
    before = (project.root / "dvc.lock").read_bytes()
    for _ in range(2):
        with pytest.raises(DataError, match="what makes it has changed") as caught:
            ensure(project, "toy")
        assert caught.value.where == "dvc.yaml: stage toy"
        assert "dvc repro toy" in caught.value.do
        assert not (project.root / OUT).exists()
    assert (project.root / "dvc.lock").read_bytes() == before


def test_a_changed_stage_that_makes_the_same_bytes_is_no_matter(bare: Path, tmp_path: Path) -> None:
    project = copy(bare, tmp_path / "comment")
    (project.root / "make.py").write_text(MAKE + "# a comment\n")
    before = (project.root / "dvc.lock").read_bytes()
    assert ensure(project, "toy") == data_set(project, "toy")
    assert (project.root / "dvc.lock").read_bytes() == before


def test_an_older_version_is_told_from_one_changed_by_hand(bare: Path, tmp_path: Path) -> None:
    project = copy(bare, tmp_path / "older")
    ensure(project, "toy")
    lock_otherwise(project)  # a colleague's newer version came with git
    with pytest.raises(DataError, match="of another version") as caught:
        ensure(project, "toy")
    assert f"dvc pull {OUT}" in caught.value.do
    assert f"remove {OUT} and run again" in caught.value.do


RAW = "raw.txt"
MAKE_RAW = f"""
import pathlib
pathlib.Path({RAW!r}).write_text("ma")
with open("raw.log", "a") as log: log.write("x")
"""


def copy_two(bare: Path, root: Path, raw: str = RAW) -> Project:
    """Return a project whose data set is made from what another stage makes; both are locked."""
    project = copy(bare, root)
    (root / "raw.py").write_text(MAKE_RAW.replace(RAW, raw))
    (root / "make.py").write_text(
        MAKE.replace('"made\\n"', f'pathlib.Path({raw!r}).read_text() + "de\\n"')
    )
    stages = {
        "raw": {"cmd": "python raw.py", "deps": ["raw.py"], "outs": [raw]},
        "toy": {"cmd": "python make.py", "deps": ["make.py", raw], "outs": [OUT]},
    }
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    (root / OUT).parent.mkdir()
    dvc(root, "repro")
    assert (root / OUT).read_text() == "made\n"
    for path in (root / OUT, root / raw):
        path.unlink()
    subprocess.run(["rm", "-r", str(root / ".dvc" / "cache")], check=True)
    return project


def test_a_change_upstream_is_a_change_of_what_makes_the_data(bare: Path, tmp_path: Path) -> None:
    project = copy_two(bare, tmp_path / "two")
    (project.root / "raw.py").write_text(MAKE_RAW.replace('("ma")', '("re")'))
    before = (project.root / "dvc.lock").read_bytes()
    for _ in range(2):
        with pytest.raises(DataError, match="what makes it has changed") as caught:
            ensure(project, "toy")
        assert caught.value.where == "dvc.yaml: stage raw"
        assert not (project.root / OUT).exists()
    assert (project.root / "dvc.lock").read_bytes() == before


def test_other_bytes_upstream_are_those_of_this_machine(bare: Path, tmp_path: Path) -> None:
    raw = "problems/toy/data/raw.txt"
    project = copy_two(bare, tmp_path / "two", raw)
    lock = project.root / "dvc.lock"
    content = yaml.safe_load(lock.read_text())
    content["stages"]["raw"]["outs"][0]["md5"] = "0" * 32
    (dependency,) = [dep for dep in content["stages"]["toy"]["deps"] if dep["path"] == raw]
    dependency["md5"] = "0" * 32
    content["stages"]["toy"]["outs"][0]["md5"] = "1" * 32
    lock.write_text(yaml.safe_dump(content))
    before = lock.read_bytes()
    found = ensure(project, "toy")
    assert found.instead_of == {OUT: "1" * 32, raw: "0" * 32}
    assert lock.read_bytes() == before
    (project.root / OUT).unlink()
    assert ensure(project, "toy") == found


def test_a_stage_that_fails_is_told_in_dvcs_words(bare: Path, tmp_path: Path) -> None:
    project = copy(bare, tmp_path / "failing")
    (project.root / "make.py").write_text("raise SystemExit('no disk left')")
    with pytest.raises(DataError, match="no disk left"):
        ensure(project, "toy")


# Holds half of the data until it is told to go on.
MAKE_SLOWLY = f"""
import pathlib, time
path = pathlib.Path({OUT!r})
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("ma")
while not pathlib.Path("go").exists(): time.sleep(0.05)
path.write_text("made\\n")
"""


def wait_for(found: Callable[[], object]) -> None:
    end = time.monotonic() + 600
    while not found():
        assert time.monotonic() < end, "waited for ten minutes"
        time.sleep(0.05)


def kill_while_making(project: Project, repo: Path) -> None:
    """Kill a run that is making the data: it, and no process that it started."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(project.root)],
        env={**os.environ, "PYTHONPATH": str(repo / "workflow")},
    )
    out = project.root / OUT
    wait_for(lambda: out.exists() and out.read_text() == "ma")
    process.kill()
    process.wait()


def is_running(name: str, folder: Path) -> bool:
    """Tell whether a process that has `name` among its arguments works in a folder."""
    return any(
        name in process.info["cmdline"] and process.info["cwd"] == str(folder)
        for process in psutil.process_iter(["cmdline", "cwd"])
        if process.info["cmdline"]
    )


def test_a_killed_run_leaves_nothing_that_the_next_one_takes_for_a_change(
    bare: Path, tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "PATIENCE_SECONDS", 600.0)  # the DVC that was killed may linger
    project = copy(bare, tmp_path / "killed")
    (project.root / "make.py").write_text(MAKE_SLOWLY)
    lock = project.root / "dvc.lock"
    content = yaml.safe_load(lock.read_text())
    content["stages"]["toy"]["deps"][0].update(fact(project.root / "make.py"))
    lock.write_text(yaml.safe_dump(content))
    before = lock_otherwise(project)  # and this machine makes other bytes
    kill_while_making(project, repo)
    wait_for(lambda: not is_running("make.py", project.root))  # nobody goes on writing
    (project.root / "go").touch()
    found = ensure(project, "toy")
    assert (project.root / OUT).read_text() == "made\n"
    assert found.instead_of == {OUT: "0" * 32}
    assert lock.read_bytes() == before


def test_what_a_killed_run_left_is_put_back(tmp_path: Path) -> None:
    """As DVC leaves it that has locked other bytes of one stage, and half made the next."""
    project, lock = Project(tmp_path), tmp_path / "dvc.lock"
    data = project.problem("toy") / "data"
    data.mkdir(parents=True)
    (data / "right").write_text("right")
    lock.write_text("before")
    outs = {f"problems/toy/data/{name}": md5_of(data / "right") for name in ("right", "half", "no")}

    def interrupted() -> None:
        with put_back_unless_done(project, outs):
            notes.append(project.data_being_made.read_bytes())
            (data / "half").write_text("ri")
            lock.write_text("after")
            raise KeyboardInterrupt

    notes: list[bytes] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert lock.read_text() == "before"
    assert {path.name for path in data.iterdir()} == {"right"}
    assert not is_unfinished(project)

    # killed: and before the next run its steward has locked a new version
    project.data_being_made.write_bytes(notes[0])
    os.utime(project.data_being_made, (1e9, 1e9))
    lock.write_text("a new version")
    with alone(project):
        assert not is_unfinished(project)
    assert lock.read_text() == "a new version"


def test_what_was_changed_by_hand_is_not_made_again_beside_what_is_missing(
    bare: Path, tmp_path: Path
) -> None:
    raw = "problems/toy/data/raw.txt"
    project = copy_two(bare, tmp_path / "two", raw)
    (project.root / raw).write_text("mine")
    with pytest.raises(DataError, match="changed by hand"):
        ensure(project, "toy")
    assert (project.root / raw).read_text() == "mine"


PROGRAM = """
import sys
from pathlib import Path
from rampflow.data.dvc import ensure
from rampflow.paths import Project
ensure(Project(Path(sys.argv[1])), "toy")
"""


def test_of_many_that_want_the_data_at_once_one_makes_it_and_none_fails(
    bare: Path, tmp_path: Path, repo: Path
) -> None:
    project = copy(bare, tmp_path / "at once")
    environment = {**os.environ, "PYTHONPATH": str(repo / "workflow")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(project.root)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    errors = [process.communicate(timeout=900)[1] for process in processes]
    assert [p.returncode for p in processes] == [0] * 8, "\n".join(errors)
    assert times_made(project) == 1


def test_data_that_dvc_does_not_track_count_by_their_bytes(tmp_path: Path) -> None:
    project = Project(tmp_path)
    data = project.problem("toy") / "data"
    (data / "sub").mkdir(parents=True)
    (data / "a.csv").write_text("1")
    (data / "sub" / "b.csv").write_text("2")
    (data / ".hidden").write_text("3")
    found = data_set(project, "toy")
    assert set(found.loose) == {"problems/toy/data/a.csv", "problems/toy/data/sub/b.csv"}
    (data / "a.csv").write_text("4")
    assert data_set(project, "toy").key != found.key


def test_the_data_of_another_problem_do_not_count(bare: Path, tmp_path: Path) -> None:
    project = copy(bare, tmp_path / "p")
    assert data_set(project, "toys") == DataSet("toys", {}, {})
    assert data_set(project, "to") == DataSet("to", {}, {})


def test_a_stage_that_was_never_run_is_an_error_that_says_what_to_run(
    bare: Path, tmp_path: Path
) -> None:
    project = copy(bare, tmp_path / "p")
    (project.root / "dvc.lock").unlink()
    with pytest.raises(DataError, match="never made") as caught:
        data_set(project, "toy")
    assert caught.value.do.startswith("run: dvc repro")


@pytest.mark.parametrize("content", ["a: [", "\t", "a: b: c"])
def test_a_broken_lock_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "dvc.lock").write_text(content)
    with pytest.raises(DataError) as caught:
        data_set(Project(tmp_path), "toy")
    assert caught.value.where == "dvc.lock"


def test_a_missing_file_is_not_verified(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        verify(Project(tmp_path), DataSet("toy", {OUT: "0" * 32}, {}))


def test_what_was_verified_is_read_again_only_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, path = Project(tmp_path), tmp_path / OUT
    path.parent.mkdir(parents=True)
    path.write_text("made\n")
    data = DataSet("toy", {OUT: md5_of(path)}, {})
    verify(project, data)
    monkeypatch.setattr("rampflow.data.dvc.md5_of", lambda _: pytest.fail("read again"))
    verify(project, data)
    monkeypatch.undo()
    path.write_text("made!")
    os.utime(path, (1, 1))  # the clock of files may stand still between two writes
    with pytest.raises(DataError, match="changed by hand"):
        verify(project, data)
