"""Importing a data file: understood first, then pinned; a refused one changes nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from rampflow.data import importing
from rampflow.data.dvc import data_set, ensure
from rampflow.data.importing import (
    bring_data,
    describe_data,
    from_project,
    has_data,
    import_data,
    source_to_bring,
)
from rampflow.errors import DataError, ProblemError
from rampflow.paths import Project
from tests.support.need import need_command
from tests.support.toy_code import PROBLEM, READING

ASKS = """
data_file = {"name": "table.csv", "what": "a table of numbers", "sources": ("the Institute",)}


def describe_data(file):
    from rampflow.errors import DataError

    text = file.read_text()
    if "," not in text:
        raise DataError("there is no comma", where=f"{file}: line 1", do="write one")
    return {"lines": len(text.splitlines())}
"""
DATA = "problems/toy/data"
OUT = f"{DATA}/table.csv"


def run(root: Path, *command: str) -> None:
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1"}
    subprocess.run(command, cwd=root, check=True, env=environment, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DVC repository with a problem that wants a file; no git, as in a source archive."""
    root = tmp_path_factory.mktemp("importing") / "bare"
    (root / "problems" / "toy").mkdir(parents=True)
    (root / "problems" / "toy" / "problem.py").write_text(PROBLEM + ASKS)
    (root / "problems" / "toy" / "reading.py").write_text(READING)
    run(root, sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet")
    (root / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    return root


@pytest.fixture
def project(bare: Path, tmp_path: Path) -> Project:
    return Project(Path(shutil.copytree(bare, tmp_path / "a project")))


@pytest.fixture(scope="module")
def imported(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a first file. Not to be changed."""
    root = tmp_path_factory.mktemp("imported") / "project"
    shutil.copytree(bare, root)
    (root / "first.csv").write_text("1,2\n")
    import_data(Project(root), "toy", str(root / "first.csv"))
    return root


@pytest.fixture
def second(imported: Path, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    return Project(Path(shutil.copytree(imported, tmp_path / "second")))


def state(project: Project) -> dict[str, bytes]:
    """Return every file of the data folder, hidden ones too."""
    folder = project.root / DATA
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def note(project: Project) -> dict:
    return yaml.safe_load((project.root / f"{OUT}.dvc").read_text())


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324


def test_a_file_is_taken_and_its_source_and_hash_are_kept(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "any name.csv").write_text("1,2\n")
    monkeypatch.chdir(tmp_path)
    found = import_data(project, "toy", "any name.csv")
    assert found.locked == {OUT: md5("1,2\n")}
    assert (project.root / OUT).read_text() == "1,2\n"
    (source,), (out,) = note(project)["deps"], note(project)["outs"]
    assert (project.root / DATA / source["path"]).resolve() == tmp_path / "any name.csv"
    assert source["md5"] == out["md5"] == md5("1,2\n")
    assert out["path"] == "table.csv"
    assert set(state(project)) == {"table.csv", "table.csv.dvc"}
    assert describe_data(project, "toy") == {"lines": 1}


def test_the_same_bytes_are_the_same_data_set_and_others_are_not(second: Project) -> None:
    before = data_set(second, "toy")
    (second.root / "again.csv").write_text("1,2\n")
    assert import_data(second, "toy", str(second.root / "again.csv")).key == before.key
    (second.root / "other.csv").write_text("1,3\n")
    other = import_data(second, "toy", str(second.root / "other.csv"))
    assert other.key != before.key
    assert other.locked == {OUT: md5("1,3\n")}


def test_an_older_file_can_be_had_again(second: Project) -> None:
    old = (second.root / f"{OUT}.dvc").read_bytes()
    (second.root / "other.csv").write_text("1,3\n")
    import_data(second, "toy", str(second.root / "other.csv"))
    (second.root / f"{OUT}.dvc").write_bytes(old)
    run(second.root, sys.executable, "-m", "dvc", "checkout", "--quiet", f"{OUT}.dvc")
    ensure(second, "toy")
    assert (second.root / OUT).read_text() == "1,2\n"


@pytest.fixture
def cloned(second: Project) -> Project:
    """What a clone has: the note, and neither the file nor DVC's storage."""
    (second.root / OUT).unlink()
    shutil.rmtree(second.root / ".dvc" / "cache")
    return second


def source_of(project: Project) -> Path:
    return project.root / DATA / note(project)["deps"][0]["path"]


def test_what_no_storage_has_is_brought_from_its_source(cloned: Project) -> None:
    before = data_set(cloned, "toy")
    assert ensure(cloned, "toy") == before
    assert set(state(cloned)) == {"table.csv", "table.csv.dvc"}


def test_a_source_with_other_bytes_is_not_taken_silently(cloned: Project) -> None:
    source = source_of(cloned)
    kept = source.read_bytes()
    before = state(cloned)
    source.write_text("1,2,3\n")
    try:
        with pytest.raises(DataError, match="its source holds other bytes now") as caught:
            ensure(cloned, "toy")
    finally:
        source.write_bytes(kept)
    assert str(source) in caught.value.where
    assert state(cloned) == before


def test_a_source_that_is_gone_is_named(cloned: Project) -> None:
    path = cloned.root / f"{OUT}.dvc"
    path.write_text(path.read_text().replace(note(cloned)["deps"][0]["path"], "/gone/first.csv"))
    with pytest.raises(DataError, match="does not exist") as caught:
        ensure(cloned, "toy")
    assert caught.value.where == "/gone/first.csv"


def test_a_file_that_is_not_understood_changes_nothing(second: Project) -> None:
    before = state(second)
    bad = second.root / "bad.csv"
    bad.write_text("no numbers")
    with pytest.raises(DataError, match="there is no comma") as caught:
        import_data(second, "toy", str(bad))
    assert caught.value.where == f"{bad}: line 1", "named as the user named it"
    assert caught.value.do == "write one"
    assert state(second) == before
    assert ensure(second, "toy").locked == {OUT: md5("1,2\n")}


@pytest.mark.parametrize("step", ["import-url", "commit"])
def test_where_dvc_fails_all_is_as_it_was(
    second: Project, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before, call = state(second), importing.call_dvc

    def failing(project: Project, command: str, *targets: str) -> None:
        if command == step:
            raise DataError("no disk left")
        call(project, command, *targets)

    monkeypatch.setattr(importing, "call_dvc", failing)
    (second.root / "other.csv").write_text("1,3\n")
    with pytest.raises(DataError, match="no disk left"):
        import_data(second, "toy", str(second.root / "other.csv"))
    assert state(second) == before
    ensure(second, "toy")


def test_where_dvc_fails_the_first_time_nothing_is_left(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "call_dvc", failing)
    (project.root / "first.csv").write_text("1,2\n")
    with pytest.raises(KeyboardInterrupt):
        import_data(project, "toy", str(project.root / "first.csv"))
    assert state(project) == {}
    assert not has_data(project, "toy")


@pytest.mark.parametrize("content", ["1,3\n", "1,2\n\n"])
def test_a_file_that_cannot_be_had_again_is_not_replaced(second: Project, content: str) -> None:
    """Either nobody imported it, or somebody changed it by hand."""
    (second.root / OUT).unlink()
    (second.root / OUT).write_text(content)
    if content == "1,3\n":
        (second.root / f"{OUT}.dvc").unlink()
    before = state(second)
    with pytest.raises(DataError, match="it would be lost") as caught:
        import_data(second, "toy", str(second.root / "first.csv"))
    assert caught.value.where == OUT
    assert state(second) == before


def test_a_file_copied_by_hand_is_data_too(project: Project) -> None:
    (project.root / DATA).mkdir()
    (project.root / OUT).write_text("1,2\n")
    assert ensure(project, "toy").loose
    assert has_data(project, "toy")
    assert describe_data(project, "toy") == {"lines": 1}


def test_a_file_copied_by_hand_is_looked_at_once_and_refused_in_the_problems_words(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / DATA).mkdir()
    (project.root / OUT).write_text("no numbers")
    for _ in range(2):
        with pytest.raises(DataError, match="^there is no comma") as caught:
            ensure(project, "toy")
        assert caught.value.where == f"{project.root / OUT}: line 1"
    (project.root / OUT).write_text("1,2\n")
    found = ensure(project, "toy")
    monkeypatch.setattr("rampflow.data.dvc.look_at", lambda *_: pytest.fail("looked at again"))
    assert ensure(project, "toy") == found


def test_a_mistake_in_the_description_is_the_problems(project: Project) -> None:
    file = project.root / "problems" / "toy" / "problem.py"
    file.write_text(file.read_text().replace('"," not in text', "1 / 0"))
    (project.root / "any.csv").write_text("1,2\n")
    with pytest.raises(ProblemError, match="describe_data failed: ZeroDivisionError") as caught:
        describe_data(project, "toy", project.root / "any.csv")
    assert caught.value.where.startswith(f"{file}:")


def test_the_source_of_an_event_is_asked_only_where_there_are_no_data(
    project: Project, second: Project
) -> None:
    none, some = data_set(project, "toy"), data_set(second, "toy")
    assert source_to_bring(project, none, "here.csv") == "here.csv"
    assert source_to_bring(second, some, "here.csv") is None
    assert source_to_bring(second, some, None) is None
    with pytest.raises(DataError, match="has no data yet"):
        source_to_bring(project, none, None)
    (project.root / "here.csv").write_text("7,8\n")
    bring_data(project, none, "here.csv")
    assert (project.root / OUT).read_text() == "7,8\n"


def test_without_any_data_one_error_says_what_to_bring(project: Project) -> None:
    assert not has_data(project, "toy")
    for ask in (ensure, describe_data):
        with pytest.raises(DataError, match="has no data yet: it needs a table") as caught:
            ask(project, "toy")
        assert caught.value.where == OUT
        assert "rampflow data import EVENT FILE_OR_URL" in caught.value.do
        assert "the Institute" in caught.value.do


@pytest.mark.parametrize(("name", "words"), [("none.csv", "does not exist"), ("", "is a folder")])
def test_a_source_that_is_no_file_is_refused(project: Project, name: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        import_data(project, "toy", str(project.root / "problems" / name))


def test_a_problem_that_takes_no_file_says_so(project: Project) -> None:
    (project.root / "problems" / "toy" / "problem.py").write_text(PROBLEM)
    assert ensure(project, "toy").parts == {}, "as before: it may make its data itself"
    (project.root / "first.csv").write_text("1,2\n")
    for ask in (import_data, describe_data):
        with pytest.raises(ProblemError, match="takes no data file"):
            ask(project, "toy", project.root / "first.csv")


@pytest.mark.parametrize(
    "said", ["'table.csv'", "{'what': 'a table'}", "{'name': '../x', 'what': 'a', 'sources': ()}"]
)
def test_a_problem_that_says_it_wrongly_is_told_how(project: Project, said: str) -> None:
    file = project.root / "problems" / "toy" / "problem.py"
    file.write_text(f"{PROBLEM}\ndata_file = {said}\n")
    with pytest.raises(ProblemError, match="data_file is") as caught:
        ensure(project, "toy")
    assert caught.value.where == "problems/toy/problem.py: data_file"


def test_without_a_description_any_file_will_do(project: Project) -> None:
    file = project.root / "problems" / "toy" / "problem.py"
    file.write_text(PROBLEM + ASKS.partition("def ")[0])
    (project.root / "first.csv").write_text("anything")
    import_data(project, "toy", str(project.root / "first.csv"))
    assert describe_data(project, "toy") == {"bytes": 8}


def test_a_path_of_the_configuration_counts_from_the_project(project: Project) -> None:
    assert from_project(project, "../a.nc") == f"{project.root}/../a.nc"
    assert from_project(project, "/a.nc") == "/a.nc"
    assert from_project(project, "https://a/b.nc") == "https://a/b.nc"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server on this machine, and the folder that it serves."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


def test_an_address_is_fetched_and_kept(project: Project, address: tuple[str, Path]) -> None:
    url, folder = address
    (folder / "remote.csv").write_text("4,5\n")
    found = import_data(project, "toy", f"{url}/remote.csv")
    assert found.locked == {OUT: md5("4,5\n")}
    (source,) = note(project)["deps"]
    assert source["path"] == f"{url}/remote.csv"
    before = state(project)
    (folder / "remote.csv").write_text("a page without numbers")
    with pytest.raises(DataError, match="there is no comma") as caught:
        import_data(project, "toy", f"{url}/remote.csv")
    assert caught.value.where == f"{url}/remote.csv: line 1"
    with pytest.raises(DataError, match="dvc get-url failed"):
        import_data(project, "toy", f"{url}/gone.csv")
    assert state(project) == before


def test_in_a_clone_the_note_is_tracked_and_the_data_are_not(
    project: Project, tmp_path: Path
) -> None:
    git = need_command("git")
    shutil.rmtree(project.root / ".dvc")
    run(project.root, git, "init", "--quiet")
    run(project.root, sys.executable, "-m", "dvc", "init", "--quiet")
    (tmp_path / "first.csv").write_text("1,2\n")
    import_data(project, "toy", str(tmp_path / "first.csv"))
    run(project.root, git, "add", ".")
    listed = subprocess.run(
        [git, "ls-files", DATA], cwd=project.root, capture_output=True, text=True, check=True
    )
    assert set(listed.stdout.split()) == {f"{DATA}/.gitignore", f"{OUT}.dvc"}
