"""The best possible forecast of the simulated climate: right, honest, and what the board shows."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from rampflow.problems.contract import load_problem
from rampflow.problems.references import load_references
from tests.support.need import need_shared

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "el_nino"
LEAD = 6


@pytest.fixture(scope="module")
def modules():
    """The model and its optimum, found as `references.py` finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield importlib.import_module("climate"), importlib.import_module("optimum")


@pytest.fixture(scope="module")
def century(modules):
    """Hundred years: temperatures, Niño 3.4, and the forecasts."""
    climate, optimum = modules
    sst, _ = climate.simulate(seed=7, n_months=1200)
    return sst, sst[:, climate.NINO34[climate.SEA]].mean(axis=1), optimum.best_forecasts(sst, LEAD)


@pytest.mark.parametrize(("lead", "expected"), [(3, 0.242), (6, 0.3935), (9, 0.537), (12, 0.632)])
def test_the_expected_error_is_the_documented_one(modules, lead, expected):
    assert modules[1].expected_rmse(lead) == pytest.approx(expected, abs=0.0006)


def test_a_long_run_has_the_expected_error(modules):
    """Over 500 years, with nothing left to learn from what was known at the issue."""
    climate, optimum = modules
    sst, _ = climate.simulate(seed=11, n_months=6000)
    forecast = optimum.best_forecasts(sst, LEAD)[120:-LEAD]
    outcome = sst[120 + LEAD :, climate.NINO34[climate.SEA]].mean(axis=1)
    error = outcome - forecast
    assert np.sqrt(np.mean(error**2)) == pytest.approx(optimum.expected_rmse(LEAD), abs=0.015)
    assert abs(error.mean()) < 0.03
    assert np.polyfit(forecast, outcome, 1)[0] == pytest.approx(1, abs=0.03)


def test_a_forecast_is_made_of_what_was_known(modules, century):
    sst, _, whole = century
    changed = sst.copy()
    changed[700:] += 1.0
    again = modules[1].best_forecasts(changed, LEAD)
    assert np.array_equal(again[:700], whole[:700])
    assert not np.allclose(again[700:], whole[700:])


@pytest.mark.parametrize("wrong", [{"exchange": 0.10}, {"grid_noise": 0.6}, {"season_t": 0.0}])
def test_other_equations_forecast_worse(modules, century, wrong):
    climate, optimum = modules
    sst, nino34, right = century
    other = optimum.best_forecasts(sst, LEAD, climate.Parameters(**wrong))
    outcome = nino34[120 + LEAD :]
    errors = [np.mean((outcome - f[120:-LEAD]) ** 2) for f in (right, other)]
    assert errors[0] < errors[1]


def test_the_skewness_is_undone(modules):
    climate, optimum = modules
    p, rng = climate.Parameters(), np.random.default_rng(0)
    a = rng.uniform(-8, 8, (24, climate.SEA.sum()))
    sst = optimum.usual(np.arange(24), p) + a + climate.skewness(p) * a**2
    assert np.allclose(optimum.anomalies(sst, p), a, atol=1e-6)
    assert np.isfinite(optimum.anomalies(sst - 40, p)).all()


def test_it_is_the_unranked_row_of_the_board(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        simulate = importlib.import_module("simulate")
        for path in (*FOLDER.glob("*.py"),):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        (tmp_path / "data").mkdir()
        output = str(tmp_path / "data" / "enso.nc")
        simulate.main(["--seed", "17", "--months", "1440", "--output", output])
        problem = load_problem(tmp_path)
        (reference,) = load_references(problem)
    assert reference.is_limit
    _, y_train = problem.read("train")
    _, y_test = problem.read("test")
    scores = [
        np.sqrt(np.mean((y - forecast) ** 2))
        for y, forecast in ((y_train, reference.train), (y_test, reference.test))
    ]
    assert scores == pytest.approx([0.3967, 0.4091], abs=0.0005)


@pytest.mark.shared
def test_equals_the_reference_code(modules, century):
    need_shared("data/enso_reference.py")
    path = ROOT.parent / "shared" / "data" / "enso_reference.py"
    spec = importlib.util.spec_from_file_location("enso_reference", path)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    sst, _, ours = century
    theirs, _ = reference.optimal(sst, np.zeros((len(sst), 10)), np.arange(len(sst)) % 12)
    assert np.allclose(ours[120:-LEAD], theirs[120:-LEAD], atol=1e-5)
