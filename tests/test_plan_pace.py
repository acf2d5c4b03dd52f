"""The pace of an evaluation is told from locks and times."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rampflow.files import held
from rampflow.plan.pace import WINDOW_SECONDS, is_held, pace_of
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toy_code import MEAN
from tests.support.toys import make_toy


def test_a_lock_is_held_or_left_behind(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not is_held(lock)
    with held(lock):
        assert is_held(lock)
    lock.touch()
    assert not is_held(lock), "its process was killed"


def test_cells_are_running_or_waiting_and_the_pace_says_how_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = evaluated(tmp_path / "toy")
    done.toy.add_submission("bees", "new", MEAN + "# new")
    open_cells = done.plan.missing_cells()
    cells = [cell for cell in done.plan.cells if cell not in open_cells]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for cell, age in zip(cells, (900, 600, 300, 2 * WINDOW_SECONDS), strict=True):
        os.utime(done.project.cell(cell.key).record, (now - age, now - age))
    with held(done.project.work(open_cells[0].key).lock):
        pace = pace_of(done.plan)
    assert (pace.is_under_way, pace.running, pace.waiting) == (False, 1, 1)
    assert pace.per_hour == pytest.approx(8)  # two after the first, in a quarter of an hour
    assert pace.seconds_left == pytest.approx(900)


def test_nothing_is_said_of_what_nobody_knows(tmp_path: Path) -> None:
    new = Evaluated(make_toy(tmp_path / "toy"))
    assert pace_of(new.plan).per_hour is None
    new.prepare()
    pace = pace_of(new.plan)
    assert (pace.running, pace.waiting, pace.per_hour, pace.seconds_left) == (0, 4, None, None)
