"""How far ranks move between two parts: as observed, and as chance would have it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from rampflow.challenge.shake import shake_up
from rampflow.challenge.split import Part
from rampflow.paths import Project
from rampflow.problems.contract import Problem
from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression

N_ROWS, N_PUBLIC = 200, 50


def problem() -> Problem:
    module = ModuleType("problem")
    module.Predictions = make_regression()  # type: ignore[attr-defined]
    module.score_types = [RMSE()]  # type: ignore[attr-defined]
    return Problem(Path("problems/x"), module)


def entries(project: Project, spreads: list[float]) -> list[str]:
    """Store entries whose errors have these spreads; the truth is zero."""
    (project.results / "entries").mkdir(parents=True)
    rng = np.random.default_rng(8)
    for i, spread in enumerate(spreads):
        np.save(project.read_entry(f"e{i}").array, spread * rng.normal(size=N_ROWS))
    return [f"e{i}" for i in range(len(spreads))]


def parts(truth) -> tuple[Part, Part]:
    rows = np.arange(N_ROWS)
    return (
        Part("public", rows[:N_PUBLIC], truth[:N_PUBLIC]),
        Part("private", rows[N_PUBLIC:], truth[N_PUBLIC:]),
    )


def test_clear_differences_do_not_move(tmp_path: Path) -> None:
    project = Project(tmp_path)
    keys = entries(project, [1.0, 10.0, 100.0])
    found = shake_up(project, problem(), *parts(np.zeros(N_ROWS)), keys)
    assert found == {"n_teams": 3, "n_splits": 200, "observed": 0, "expected": 0, "high": 0}


@pytest.mark.parametrize("kind", [np.asarray, pd.Series])
def test_equal_entries_move_as_chance_has_it(tmp_path: Path, kind) -> None:
    project = Project(tmp_path)
    keys = entries(project, [1.0] * 12)
    found = shake_up(project, problem(), *parts(kind(np.zeros(N_ROWS))), keys)
    assert found is not None
    assert found["expected"] == pytest.approx((12**2 - 1) / (3 * 12), rel=0.35)
    assert 0 < found["observed"] <= 12
    assert found["expected"] < found["high"]


def test_one_team_has_nobody_to_move_past(tmp_path: Path) -> None:
    project = Project(tmp_path)
    keys = entries(project, [1.0])
    assert shake_up(project, problem(), *parts(np.zeros(N_ROWS)), keys) is None
