"""El Niño on observations: its split, its definitions, and the submissions of both events."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rampflow.cell.keys import problem_parts
from rampflow.config.event import load_event
from rampflow.errors import DataError
from rampflow.paths import Project
from rampflow.problems.contract import FITTING, load_problem
from tests.support.need import need_shared
from tests.support.sst_files import make_sst, write_sst

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "el_nino_observed"
DESK = ROOT / "submissions" / "el_nino_observed" / "reference_desk"
SIMULATED = ROOT / "submissions" / "el_nino_2015"
FAILING = {"target_month", "many_components"}
KAPLAN = "data/el_nino/kaplan_tropical_pacific_185601_201410.nc"
BURN_IN, LEAD = 120, 6


@pytest.fixture(scope="module")
def problem() -> ModuleType:
    return load_problem(FOLDER).module


def folder_with(file: Path, folder: Path) -> str:
    """Return a problem folder whose data file is a link to one."""
    (folder / "data").mkdir()
    (folder / "data" / "sst.nc").symlink_to(file)
    return str(folder)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A problem folder with a made file: 1945-01 to 1994-12."""
    folder = tmp_path_factory.mktemp("synthetic")
    return folder_with(write_sst(make_sst("1945-01", 600), folder / "made.nc"), folder)


@pytest.fixture(scope="module")
def kaplan(tmp_path_factory: pytest.TempPathFactory) -> str:
    return folder_with(need_shared(KAPLAN), tmp_path_factory.mktemp("kaplan"))


def trained(problem: ModuleType, folder: Path, X: Any, y: Any, rows: Any) -> Any:
    """Train a submission as a step does: on the past, its folder on the path."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        found = problem.workflow.train_submission(folder, X, y, rows)
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    return found


def rmse(y_true: Any, y_pred: Any) -> float:
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))


# -- the split ----------------------------------------------------------------------------------


def months_of(X: Any) -> Any:
    return X["time"].values.astype("datetime64[M]")


@given(n_before=st.integers(318, 340), n_after=st.integers(18, 40))
def test_targets_of_training_lie_before_1985_and_tests_are_issued_from_then_on(
    problem, tmp_path_factory, n_before, n_after
):
    first = np.datetime64("1985-01") - n_before
    folder = tmp_path_factory.mktemp("split")
    file = write_sst(make_sst(str(first), n_before + n_after), folder / "made.nc")
    path = folder_with(file, folder)
    (X_train, y_train), (X_test, y_test) = problem.get_train_data(path), problem.get_test_data(path)
    assert months_of(X_train)[0] == first
    assert months_of(X_train)[BURN_IN:][-1] + LEAD == np.datetime64("1984-12")
    assert months_of(X_test)[BURN_IN] == np.datetime64("1985-01")
    assert months_of(X_test)[-1] + LEAD == np.datetime64("1985-01") + n_after - 1
    assert len(y_train) == n_before - BURN_IN - LEAD
    assert len(y_test) == n_after - LEAD
    for X, y in ((X_train, y_train), (X_test, y_test)):
        problem.sequence.check(X, y, "train")
        assert (X.n_burn_in, X.n_lookahead) == (BURN_IN, LEAD)
        assert np.isfinite(y).all()


def test_the_target_is_the_region_six_months_after_the_issue(problem, synthetic):
    X, y = problem.get_train_data(synthetic)
    box = X["sst"].sel(lat=slice(-5, 5), lon=slice(190, 240)).mean(("lat", "lon")).values
    np.testing.assert_allclose(box[BURN_IN + LEAD :], y[:-LEAD], rtol=0, atol=1e-12)


def test_months_before_1920_are_not_used(problem, tmp_path):
    path = folder_with(write_sst(make_sst("1910-01", 960), tmp_path / "made.nc"), tmp_path)
    X, y = problem.get_train_data(path)
    assert months_of(X)[0] == np.datetime64("1920-01")
    assert len(y) == 654


@pytest.mark.parametrize(
    ("first", "n_months", "words"),
    [
        ("2010-01", 128, "from 2010-01 to 2020-08 there are 0 training rows"),
        ("1958-08", 400, "there are 191 training rows"),
        ("1950-01", 437, "and 11 test rows"),
        ("1930-01", 300, "and 0 test rows"),
    ],
)
def test_a_series_too_short_for_the_split_is_refused(problem, tmp_path, first, n_months, words):
    file = write_sst(make_sst(first, n_months), tmp_path / "made.nc")
    for ask in (problem.describe_data, lambda f: problem.get_train_data(folder_with(f, tmp_path))):
        with pytest.raises(DataError, match="the series is too short") as caught:
            ask(file)
        assert words in caught.value.what
        assert caught.value.do == "bring a series from 1958-07 or earlier to 1986-06 or later"


def test_the_shortest_series_is_enough_for_the_folds(problem, tmp_path):
    file = write_sst(make_sst("1958-07", 336), tmp_path / "made.nc")
    X, y = problem.get_train_data(folder_with(file, tmp_path))
    assert len(y) == problem.MIN_TRAINING_ROWS
    assert len(list(problem.get_cv(X, y))) == 8


@pytest.mark.shared
def test_two_real_files_say_what_they_hold(problem):
    facts = problem.describe_data(need_shared(KAPLAN))
    assert facts["training rows"] == "654, for the months 1930-07 to 1984-12"
    assert facts["test rows"] == "352, for the months 1985-07 to 2014-10"
    assert facts["variable"] == "sst"
    assert facts["cells without any value (land)"] == 12
    with pytest.raises(DataError, match="the series is too short: from 2010-01 to 2020-08"):
        problem.describe_data(need_shared("data/el_nino/ersstv5_global_201001_202008.nc"))


# -- what the problem depends on ------------------------------------------------------------------


def test_how_a_file_is_described_is_no_part_of_a_fit_key(tmp_path):
    """Words for the steward may change; only reading and predicting fit again."""
    code = (FOLDER / "problem.py").read_text()
    found = []
    for name, old, new in (
        ("as it is", "", ""),
        ("other words", "NOAA ERSST v5, the file", "ERSST version 5:"),
        ("another lead", "LEAD = 6", "LEAD = 7"),
    ):
        assert old in code
        (tmp_path / name).mkdir()
        (tmp_path / name / "problem.py").write_text(code.replace(old, new) if old else code)
        found.append(problem_parts(tmp_path / name, FITTING))
    assert found[0] == found[1] != found[2]
    names = set(found[0])
    assert "rampflow.problems.grids.reading" in names
    assert not [name for name in names if name.endswith((".facts", ".wanted", ".importing"))]


def test_the_name_of_the_data_file_is_the_one_that_is_read(problem, tmp_path):
    with pytest.raises(DataError) as caught:
        problem.get_train_data(str(tmp_path))
    assert caught.value.where == str(tmp_path / "data" / problem.data_file["name"])


def test_nothing_of_the_event_points_outside_the_repository():
    event = yaml.safe_load((ROOT / "config" / "events" / "el_nino_observed.yaml").read_text())
    assert "data_source" not in event
    assert [p.name for p in (FOLDER / "data").iterdir() if p.suffix == ".dvc"] == []


# -- submissions ----------------------------------------------------------------------------------


def test_the_event_has_the_five_definitions():
    loaded = load_event(Project(ROOT), "el_nino_observed")
    assert [s.model for s in loaded.submissions] == [
        "climatology",
        "persistence",
        "damped",
        "damped_per_month",
        "components",
    ]
    assert loaded.event.phase == "closed"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("persistence", 0.940),
        ("climatology", 0.868),
        ("damped", 0.790),
        ("damped_per_month", 0.691),
        ("components", 0.639),
    ],
)
def test_the_definitions_have_their_published_scores(problem, kaplan, model, expected):
    """Trained once on all training months, on the Kaplan file: data and definitions are right."""
    (X, y), (X_test, y_test) = problem.get_train_data(kaplan), problem.get_test_data(kaplan)
    assert (len(y), len(y_test)) == (654, 352)
    fitted = trained(problem, DESK / model, X, y, np.arange(len(y)))
    y_pred = problem.workflow.test_submission(fitted, X_test)
    assert rmse(y_test, y_pred) == pytest.approx(expected, abs=0.005)


def check_honest(problem: ModuleType, folder: Path, path: str) -> None:
    """Train on the first fold; forecasts are finite and do not depend on what comes later."""
    (X, y), (X_test, y_test) = problem.get_train_data(path), problem.get_test_data(path)
    train_is, _ = next(problem.get_cv(X, y))
    stop = len(train_is)
    past = X.isel(time=slice(0, BURN_IN + stop))
    fitted = trained(problem, folder, past, y[:stop], train_is)
    whole = problem.workflow.test_submission(fitted, X_test)
    assert whole.shape == y_test.shape
    assert np.isfinite(whole).all()
    prefix = problem.workflow.test_submission(fitted, X_test.isel(time=slice(0, BURN_IN + 30)))
    np.testing.assert_allclose(prefix, whole[:30], rtol=0, atol=1e-9)


@pytest.mark.parametrize("model", sorted(p.name for p in DESK.iterdir() if p.is_dir()))
def test_the_definitions_are_honest(problem, synthetic, model):
    check_honest(problem, DESK / model, synthetic)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    sorted(
        path.parent.relative_to(SIMULATED).as_posix()
        for path in SIMULATED.glob("*/*/submission.yaml")
        if path.parent.name not in FAILING
    ),
)
def test_submissions_of_the_simulated_event_run_unmodified(problem, kaplan, name):
    check_honest(problem, SIMULATED / name, kaplan)
