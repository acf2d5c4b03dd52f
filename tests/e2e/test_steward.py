"""The data steward's path with real DVC: `docs/data.md` as it stands, and what it promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.need import need_command
from tests.support.toys import EVENT, REPO, RUN_SECONDS, Answer, Toy, make_toy

DATA = "problems/toy/data/train.csv"
MAKER = "problems/toy/make_data.py"
# Writes slowly and into place, so that others come upon half a file.
MAKE = f"""
import time
from pathlib import Path

FACTOR = 2
Path({DATA!r}).parent.mkdir(exist_ok=True)
with open({DATA!r}, "w") as file:
    for i in range(10):
        print(f"{{i}},{{i % 3}},{{FACTOR * i + (i % 4) / 4}}", file=file, flush=True)
        time.sleep(0.02)
Path("problems/toy/data/test.csv").write_text("0.5,0,1.25\\n1.5,1,2.5\\n")
with open("made.log", "a") as log:
    log.write("x")
"""
STAGE = {
    "cmd": f"python {MAKER}",
    "deps": [MAKER],
    "outs": [DATA, "problems/toy/data/test.csv"],
}


def times_made(toy: Toy) -> int:
    log = toy.root / "made.log"
    return len(log.read_text()) if log.exists() else 0


def new_toy(folder: Path) -> Toy:
    """Return a project whose data set is a stage that was not run yet."""
    toy = make_toy(folder)
    for name in ("train.csv", "test.csv"):
        (toy.root / "problems/toy/data" / name).unlink()
    toy.write(MAKER, MAKE)
    toy.write("dvc.yaml", yaml.safe_dump({"stages": {"toy": STAGE}}))
    return toy


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """Return a project whose data set was made and locked. Not to be changed."""
    toy = new_toy(tmp_path_factory.mktemp("locked") / "toy")
    toy.module("dvc", "init", "--no-scm", "--quiet").ok()
    toy.module("dvc", "repro", "--quiet", "toy").ok()
    return toy


@pytest.fixture
def toy(locked: Toy, tmp_path: Path) -> Toy:
    """Return a copy of it, to be changed."""
    return locked.copy(tmp_path / "toy")


def remove_data(toy: Toy, *, cache: bool = False) -> None:
    """Remove the data; with `cache` also what DVC remembers, so that the stage has to run."""
    subprocess.run(["rm", "-rf", str(toy.root / "problems/toy/data")], check=True)
    if cache:
        subprocess.run(["rm", "-rf", str(toy.root / ".dvc/cache")], check=True)


def cells(toy: Toy) -> set[str]:
    return {path.name for path in toy.cells.glob("*")}


# -- the page, line by line ------------------------------------------------------------------------


def commands_of_the_page() -> list[str]:
    """Return the shell lines of `docs/data.md`, with the names of the toy."""
    text = (REPO / "docs" / "data.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line]
    names = {"el_nino_2015": EVENT, "data/enso.nc": "data/train.csv", "el_nino": "toy"}
    for old, new in names.items():
        lines = [line.replace(old, new) for line in lines]
    return lines


def shell(toy: Toy, line: str) -> Answer:
    """Run a line as in a terminal with the environment activated."""
    here = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(toy.package),
        "DVC_NO_ANALYTICS": "1",
        "NO_COLOR": "1",
        **{f"GIT_{who}_{what}": "steward@localhost" for who in ("AUTHOR", "COMMITTER")
           for what in ("NAME", "EMAIL")},
    }  # fmt: skip
    # the command of the environment may belong to another checkout
    line = re.sub(r"^rampflow ", "python -m rampflow ", line)
    ended = subprocess.run(
        ["bash", "-c", line],
        cwd=toy.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.slow
def test_the_page_as_it_stands(tmp_path: Path) -> None:
    need_command("git")
    toy = new_toy(tmp_path / "toy")
    toy.write(".gitignore", "results/\n.snakemake/\nmade.log\n__pycache__/\n")
    for line in ("git init --quiet", "dvc init --quiet", "git add .", "git commit -qm start"):
        shell(toy, line).ok()
    found: list[tuple[str, Answer, set[str], int]] = []
    for line in commands_of_the_page():
        if line.startswith("dvc repro") and found:
            toy.edit(MAKER, "FACTOR = 2", "FACTOR = 3")
        found.append((line, shell(toy, line).ok(), cells(toy), times_made(toy)))

    statuses = [answer.out for line, answer, *_ in found if line.startswith("rampflow status")]
    assert "everything is up to date" in statuses[0]
    assert "4 missing" in statuses[1]
    assert f"data set {DATA} changed" in statuses[1]
    first, second, back = [c for line, _, c, _ in found if line.startswith("rampflow run")]
    assert (len(first), len(second)) == (4, 8)
    assert first < second == back, "nothing was fitted again"
    assert found[-1][-1] == 2, "the stage ran once per version"
    data = {file["path"]: file["md5"] for file in toy.board()["provenance"]["data"]}
    lock = yaml.safe_load((toy.root / "dvc.lock").read_text())["stages"]["toy"]["outs"]
    assert data == {out["path"]: out["md5"] for out in lock}
    assert shell(toy, "git status --porcelain dvc.yaml .dvc").ok().out == ""


# -- promises --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_of_twenty_that_want_the_data_one_makes_it_and_none_fails(toy: Toy) -> None:
    remove_data(toy, cache=True)
    before, lock = times_made(toy), (toy.root / "dvc.lock").read_bytes()
    processes = [toy.start("rampflow", "step", "data", "--event", EVENT) for _ in range(20)]
    errors = [process.communicate(timeout=RUN_SECONDS)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 20, "\n".join(errors)
    assert times_made(toy) == before + 1
    assert (toy.root / "dvc.lock").read_bytes() == lock


@pytest.mark.slow
def test_the_same_bytes_are_up_to_date_whatever_their_times(toy: Toy) -> None:
    toy.run("run").ok()
    before = toy.identities("results/cells")
    os.utime(toy.root / DATA, (1, 1))
    assert "everything is up to date" in toy.ask("status").ok().out
    remove_data(toy)
    toy.module("dvc", "checkout", "--quiet").ok()
    assert "nothing to do" in toy.run("run").ok().err
    assert toy.identities("results/cells") == before


def test_data_edited_by_hand_under_an_unchanged_lock_stop_every_command(toy: Toy) -> None:
    path = toy.root / DATA
    text = path.read_text().replace("9,0,", "9,1,")
    path.unlink()  # DVC may have linked it to its cache
    path.write_text(text)
    for refused in (
        toy.run("run"),
        toy.snakemake(),
        toy.module("rampflow", "step", "data", "--event", EVENT),
    ):
        assert refused.code != 0
        assert "the data set was changed by hand" in refused.text
        assert f"dvc checkout --force {DATA}" in refused.text
        assert "Traceback" not in refused.text
    assert path.read_text() == text, "nobody's work is thrown away"
    assert not toy.cells.exists()


def lock_other_bytes(toy: Toy) -> bytes:
    """Lock the bytes of a steward's machine that this one does not make."""
    lock = toy.root / "dvc.lock"
    content = yaml.safe_load(lock.read_text())
    (train,) = [out for out in content["stages"]["toy"]["outs"] if out["path"] == DATA]
    train["md5"] = "5" * 32
    lock.write_text(yaml.safe_dump(content))
    remove_data(toy, cache=True)
    return lock.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["rampflow run", "snakemake"])
def test_a_machine_that_makes_other_bytes_goes_on_with_them_and_says_so(
    toy: Toy, command: str
) -> None:
    lock, before = lock_other_bytes(toy), times_made(toy)
    run = toy.snakemake if command == "snakemake" else lambda: toy.run("run")
    said = run().ok()
    assert f"this machine made other bytes of {DATA}" in said.text
    assert (toy.root / "dvc.lock").read_bytes() == lock
    record = json.loads(next(toy.cells.glob("*/cell.json")).read_text())
    made = record["parts"]["data"][DATA]
    assert made != "5" * 32, "a key holds the hash of the bytes that were used"

    (train,) = [file for file in toy.board()["provenance"]["data"] if file["path"] == DATA]
    assert (train["md5"], train["locked"]) == (made, "5" * 32)
    page = (toy.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "not the data set that is locked" in page

    again = toy.run("run").ok()
    assert "nothing to do" in again.err
    assert "this machine made other bytes" in again.err
    assert times_made(toy) == before + 1
    assert "everything is up to date" in toy.ask("status").ok().out


@pytest.mark.slow
def test_verify_names_data_that_were_made_with_other_bytes(
    toy: Toy, locked: Toy, tmp_path: Path
) -> None:
    """A steward's machine, whose code makes other values, against this one."""
    theirs = locked.copy(tmp_path / "theirs")
    theirs.edit(MAKER, "FACTOR = 2", "FACTOR = 2.0001")
    theirs.module("dvc", "repro", "--quiet", "toy").ok()
    theirs.run("run").ok()
    lock_other_bytes(toy)
    toy.run("run").ok()
    answer = toy.ask("verify", "--against", str(theirs.root))
    assert answer.code == 1
    assert f"data set {DATA}" in answer.out


@pytest.mark.slow
def test_locking_the_bytes_of_this_machine_fits_nothing_and_ends_the_remark(toy: Toy) -> None:
    lock_other_bytes(toy)
    toy.run("run").ok()
    before = cells(toy)
    toy.module("dvc", "commit", "--force", "--quiet", "toy").ok()
    said = toy.run("run").ok()
    assert "other bytes" not in said.text
    assert cells(toy) == before
    assert all("locked" not in file for file in toy.board()["provenance"]["data"])
