"""Cells that share a job: the same cells as alone, and a kill or a fault loses only one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from rampflow.cell.task import write_packs
from rampflow.paths import Project
from tests.e2e.test_resume import at_work_in, finished_cells, wait_for
from tests.support.toys import EVENT, RUN_SECONDS, Toy

PACKED = ("rampflow", "run", "--cores", "1")
SLOW = """
import time
class Regressor:
    def fit(self, X, y): time.sleep(1)
    def predict(self, X): return X[:, 0]
"""


def runs(toy: Toy, submission: str = "") -> list[dict[str, dict[str, Any]]]:
    """Return the run records of a submission, or of all."""
    cells = [cell for (name, _), cell in toy.index().items() if submission in ("", name)]
    return [json.loads((cell / "run.json").read_text()) for cell in cells]


def starts(toy: Toy) -> set[str]:
    """Return how the steps of all cells were started."""
    return {step["start"] for run in runs(toy) for step in run.values()}


# each fold waits until the other one trains as well
TOGETHER = """
import os, time
class Regressor:
    def fit(self, X, y):
        open(os.path.join({folder!r}, str(os.getpid())), "w").close()
        end = time.monotonic() + 300
        while len(os.listdir({folder!r})) < 2 and time.monotonic() < end: time.sleep(0.05)
    def predict(self, X): return X[:, 0]
"""


@pytest.mark.slow
def test_packed_cells_are_those_that_are_computed_alone(finished: Toy, tmp_path: Path) -> None:
    toy = finished.copy(tmp_path / "toy", with_results=False)
    answer = toy.module(*PACKED).ok()
    assert "train, predict and score ants/line, folds 0, 1" in answer.text
    assert starts(toy) == {"warm"}
    assert starts(finished) == {"fresh"}
    assert toy.keyed_files() == finished.keyed_files()
    assert toy.rows().keys() == finished.rows().keys()
    assert not list(toy.results.glob(".state/pack.*")), "markers are gone"
    assert not list((toy.root / "results" / "work").iterdir())
    before = toy.identities()
    assert "nothing to do" in toy.module(*PACKED).ok().text
    assert toy.identities() == before


@pytest.mark.slow
def test_who_wants_no_packs_has_none(finished: Toy, tmp_path: Path) -> None:
    toy = finished.copy(tmp_path / "toy", with_results=False)
    toy.module(*PACKED, "--pack-s", "0").ok()
    assert starts(toy) == {"fresh"}


@pytest.mark.slow
def test_a_killed_pack_keeps_its_finished_cells(finished: Toy, tmp_path: Path) -> None:
    toy = finished.copy(tmp_path / "toy", with_results=False)
    toy.add_submission("bees", "slow", SLOW)
    process = toy.start(*PACKED)
    wait_for(lambda: any(toy.cells.glob("*/cell.json")), "finished cell")
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    wait_for(lambda: not at_work_in(toy.root), "end of all that the killed run had started")
    kept = finished_cells(toy)
    assert kept
    toy.module(*PACKED).ok()
    after = finished_cells(toy)
    assert {name: after[name] for name in kept} == kept, "a finished cell was repeated"
    assert len({name.split("/")[0] for name in after}) == 6
    keyed = toy.keyed_files()
    assert {name: keyed[name] for name in finished.keyed_files()} == finished.keyed_files()


@pytest.mark.slow
def test_an_idle_core_helps_with_the_last_pack(finished: Toy, tmp_path: Path) -> None:
    toy = finished.copy(tmp_path / "toy", with_results=False)
    (tmp_path / "begun").mkdir()
    toy.add_submission("bees", "slow", TOGETHER.format(folder=str(tmp_path / "begun")))
    # none: or the folds could not see each other
    toy.configure(sandbox="none", limits={"time_s": 600, "memory_mb": 2000})
    answer = toy.module("rampflow", "run", "--cores", "2").ok()
    assert "help to train, predict and score bees/slow, folds 0, 1" in answer.text
    at_work = sorted(
        (step["started"], step["started"] + step["wall_s"])
        for step in (run["train"] for run in runs(toy, "bees/slow"))
    )
    assert at_work[1][0] < at_work[0][1], "one fold after the other, though a core was idle"
    assert not list(toy.results.glob(".state/relief.*")), "markers are gone"
    assert not list((toy.root / "results" / "work").iterdir())


@pytest.mark.slow
def test_cells_that_somebody_removed_are_made_again(finished: Toy, tmp_path: Path) -> None:
    """Their keys are those of the board that is there, so nothing but them is out of date."""
    toy = finished.copy(tmp_path / "toy")
    shutil.rmtree(toy.cells)
    dry = toy.module("rampflow", "run", "--cores", "1", EVENT, "--", "-n").ok()
    assert "train, predict and score ants/line, folds 0, 1" in dry.text
    toy.module(*PACKED).ok()
    assert toy.keyed_files() == finished.keyed_files()
    assert not list(toy.results.glob(".state/pack.*"))
    assert "nothing to do" in toy.module(*PACKED).ok().text


TWO_WRITERS = """
import errno, fcntl, sys
from rampflow.commands.main import main

if sys.argv[1] == "without":  # as on a shared file system that has no locks
    def flock(*_):
        raise OSError(errno.ENOSYS, "no locks")
    fcntl.flock = flock
sys.exit(main(["step", "pack", "--event", sys.argv[2], "--key", sys.argv[3]]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("locks", ["with", "without"])
def test_two_writers_of_one_pack_do_no_harm(finished: Toy, tmp_path: Path, locks: str) -> None:
    toy = finished.copy(tmp_path / "toy")
    shutil.rmtree(toy.cells)
    keys: dict[str, list[str]] = {name: [] for name, _ in toy.index()}
    for (name, _), folder in toy.index().items():
        keys[name].append(folder.name)
    write_packs(Project(toy.root), EVENT, dict(zip("ab", keys.values(), strict=True)))
    toy.write("writer.py", TWO_WRITERS)
    writers = [toy.start("writer", locks, EVENT, pack) for pack in "abab"]
    for writer in writers:
        out, err = writer.communicate(timeout=RUN_SECONDS)
        assert writer.returncode == 0, out + err
    assert toy.keyed_files() == finished.keyed_files()
    work = toy.root / "results" / "work"
    assert not [path for path in work.iterdir() if path.is_dir()]


@pytest.mark.slow
def test_a_new_metric_scores_packs_without_a_fit(toy: Toy) -> None:
    toy.edit("problems/toy/problem.py", "[RMSE(precision=3), MAE()]", "[MAE(), RMSE(precision=3)]")
    cells = finished_cells(toy)
    toy.module(*PACKED).ok()
    after = finished_cells(toy)
    assert {name: after[name] for name in cells} == cells
    assert toy.board()["metric"]["name"] == "mae"
    assert (toy.root / "results" / EVENT / "leaderboard.csv").exists()
