"""Killed at any moment and started again: the same files, and nothing finished is repeated."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.support.toys import EVENT, RUN_SECONDS, Toy

RUN = ("rampflow", "run", "--cores", "2")
SNAKEMAKE = ("snakemake", "--cores", "2")
TRIES = 10
MOMENTS = {
    # what exists, below results/, once a step has begun; the first two are gone when it has ended
    "train": "work/*/train.log",
    "predict": "work/*/predict.log",
    "score": "cells/*/cell.json",
    "aggregates": f"{EVENT}/bagged_scores.json",
}


@pytest.fixture
def fresh(finished: Toy, tmp_path: Path) -> Toy:
    """Return the project without results."""
    return finished.copy(tmp_path / "toy", with_results=False)


def wait_for(is_true: Callable[[], bool], what: str, seconds: float = RUN_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, f"after {seconds} s: still no {what}"
        time.sleep(0.002)


def start_until(toy: Toy, moment: str, command: tuple[str, ...]) -> subprocess.Popen[str]:
    """Start an evaluation and return its process, stopped when the moment has come.

    One that begins with nothing, and ends before anybody has looked, is started again.
    """
    results = toy.root / "results"
    for _ in range(TRIES):
        process = toy.start(*command)
        wait_for(partial(has_come_or_ended, process, results, moment), moment)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGSTOP)
        if process.poll() is None or is_there(results, moment):
            return process
        assert process.returncode == 0, f"ended before {moment}: {process.communicate()}"
        shutil.rmtree(results)
    raise AssertionError(f"ended {TRIES} times before anybody saw {moment}")


def has_come_or_ended(process: subprocess.Popen[str], results: Path, moment: str) -> bool:
    return process.poll() is not None or is_there(results, moment)


def is_there(results: Path, moment: str) -> bool:
    """Return whether a moment has come; folders may go while they are looked at."""
    with contextlib.suppress(FileNotFoundError):
        return any(results.glob(MOMENTS[moment]))
    return False


def kill(process: subprocess.Popen[str]) -> None:
    """End a whole process group, as a lost node does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def finished_cells(toy: Toy) -> dict[str, tuple[int, int]]:
    """Return inode and time of every file of the cells that exist."""
    cells = toy.identities("results/cells")
    complete = {name.split("/")[0] for name in cells if name.endswith("/cell.json")}
    return {name: seen for name, seen in cells.items() if name.split("/")[0] in complete}


def at_work_in(folder: Path) -> list[int]:
    """Return the processes whose current folder lies in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(folder)) and process.status() != "zombie":
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def assert_as_undisturbed(toy: Toy, kept: dict[str, tuple[int, int]], finished: Toy) -> None:
    """Check that a resumed project is equal to one that nobody disturbed."""
    assert toy.keyed_files() == finished.keyed_files()
    after = finished_cells(toy)
    assert {name: after.get(name) for name in kept} == kept, "a finished cell was repeated"
    assert "everything is up to date" in toy.ask("status").ok().out
    assert [row["rank"] for row in toy.rows().values()] == [1, 2]


@pytest.mark.slow
def test_rampflow_run_killed_while_training_scoring_and_blending(fresh: Toy, finished: Toy) -> None:
    first = start_until(fresh, "train", RUN)
    second = fresh.run("run")
    kill(first)
    assert second.code == 2
    assert f"the event {EVENT} is being evaluated by another process" in second.err
    wait_for(lambda: not at_work_in(fresh.root), "end of all that the killed run had started")
    kill(start_until(fresh, "score", RUN))
    kept = finished_cells(fresh)
    assert kept
    kill(start_until(fresh, "aggregates", RUN))
    later = finished_cells(fresh)
    assert {name: later.get(name) for name in kept} == kept, "a finished cell was repeated"
    fresh.run("run").ok()
    assert_as_undisturbed(fresh, later, finished)


@pytest.mark.slow
def test_snakemake_killed_while_predicting_then_two_at_once(fresh: Toy, finished: Toy) -> None:
    kill(start_until(fresh, "predict", SNAKEMAKE))
    both = [fresh.start(*SNAKEMAKE) for _ in range(2)]
    answers = [process.communicate(timeout=RUN_SECONDS) for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes, answers
    for code, texts in zip(codes, answers, strict=True):
        assert code == 0 or "is being evaluated by another process" in "".join(texts)
    kept = finished_cells(fresh)
    fresh.snakemake().ok()
    assert_as_undisturbed(fresh, kept, finished)
