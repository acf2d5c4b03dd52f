"""The submissions of el_nino_2015: who handed in what, that they are honest, what pays."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from rampflow.config.event import load_event
from rampflow.paths import Project
from rampflow.problems.contract import load_problem

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "el_nino"
SUBMISSIONS = ROOT / "submissions" / "el_nino_2015"
NAMES = sorted(
    path.parent.relative_to(SUBMISSIONS).as_posix()
    for path in SUBMISSIONS.glob("*/*/submission.yaml")
)
FAILING = ("paper_boats/many_components", "sea_otters/target_month")
HONEST = [name for name in NAMES if name not in FAILING]
FOLD = 3  # 414 training rows and 180 validation rows
BURN_IN = 120

PAYS = (  # (what is better, than what, by at least so many °C on the test set)
    ("night_owls/damped_persistence", "paper_boats/persistence", 0.10),
    ("fog_horns/damped_by_month", "night_owls/damped_persistence", 0.02),  # the season
    ("sea_otters/grid_ridge", "fog_horns/damped_by_month", 0.10),  # the rest of the ocean
    ("sea_otters/ocean_mask", "sea_otters/grid_ridge", 0.02),  # where the precursors are
    ("night_owls/lagged_components", "sea_otters/ocean_mask", 0.03),  # lags, and seasons again
    ("fog_horns/slow_components", "night_owls/lagged_components", 0.02),  # less noise
    ("tin_drums/linear_inverse_model", "night_owls/lagged_components", 0.03),  # the same
    # what does not pay: analogues, trees, kernels, detrending
    ("sea_otters/grid_ridge", "fog_horns/analogues", 0.02),
    ("sea_otters/grid_ridge", "tin_drums/boosted_regions", 0.02),
    ("sea_otters/ocean_mask", "tin_drums/kernel_components", 0.02),
    ("sea_otters/ocean_mask", "sea_otters/detrended", 0.10),
)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As the event has it; matrices this small are slower with more."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    """A problem folder that holds the default data set, as `dvc repro` makes it."""
    folder = tmp_path_factory.mktemp("el_nino")
    output = folder / "data" / "enso.nc"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        simulate = importlib.import_module("simulate")
        simulate.main(["--seed", "17", "--months", "1440", "--output", str(output)])
    return str(folder)


def load(folder, name):
    """Import a module of a submission and forget it, as its name is also that of others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)


def rmse(y_true, y_pred):
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))


class Runner:
    """Trains and tests shipped submissions the way a cell does, in this process."""

    def __init__(self, data_folder):
        problem = load_problem(FOLDER).module
        self.workflow = problem.workflow
        self.train = problem.get_train_data(data_folder)
        self.test = problem.get_test_data(data_folder)
        self.folds = list(problem.get_cv(*self.train))
        self.trained, self.predicted = {}, {}

    def fit(self, name, fold=FOLD):
        """Train on a fold with what a training process holds: X and y of the past only."""
        if (name, fold) not in self.trained:
            X, y = self.train
            train_is, _ = self.folds[fold]
            stop = train_is.max() + 1
            past = X.isel(time=slice(0, BURN_IN + stop))
            before = set(sys.modules)
            np.random.seed(fold)
            with pytest.MonkeyPatch.context() as patch:
                patch.syspath_prepend(SUBMISSIONS / name)
                fitted = self.workflow.train_submission(
                    SUBMISSIONS / name, past, y[:stop], train_is
                )
            for module in set(sys.modules) - before:
                if str(SUBMISSIONS) in str(getattr(sys.modules[module], "__file__", "")):
                    del sys.modules[module]
            self.trained[name, fold] = fitted
        return self.trained[name, fold]

    def predict(self, name, fold=FOLD):
        """Forecast the test rows from the whole series: honest ones cannot gain by it."""
        if (name, fold) not in self.predicted:
            y_pred = self.workflow.test_submission(self.fit(name, fold), self.test[0])
            self.predicted[name, fold] = y_pred
        return self.predicted[name, fold]

    def predict_prefix(self, name, n_rows):
        """Forecast the first test rows from a series that ends at the issue of the last of them."""
        prefix = self.test[0].isel(time=slice(0, BURN_IN + n_rows))
        return self.workflow.test_submission(self.fit(name), prefix)

    def score(self, name):
        return rmse(self.test[1], self.predict(name))

    def bagged_score(self, name):
        """The score that ranks a closed event: of the mean of the forecasts of all folds."""
        forecasts = [self.predict(name, fold) for fold in range(len(self.folds))]
        return rmse(self.test[1], np.mean(forecasts, axis=0))


@pytest.fixture(scope="module")
def runner(data_folder):
    return Runner(data_folder)


@pytest.fixture(scope="module")
def event():
    return load_event(Project(ROOT), "el_nino_2015")


class TestWhatWasHandedIn:
    def test_eighteen_entries_by_five_teams_that_are_known(self, event):
        assert len(event.submissions) == len(NAMES) == 18
        teams = {submission.team for submission in event.submissions}
        assert len(teams) == 5
        assert teams <= set(event.teams)
        assert set(FAILING) < set(NAMES)

    def test_they_come_in_over_the_two_days_of_the_event(self, event):
        times = sorted(submission.file.submitted_at for submission in event.submissions)
        assert len(set(times)) == 18
        assert event.event.opened < times[0]
        assert times[-1] < event.event.closed
        days = [time.day for time in times]
        assert (days.count(21), days.count(22)) == (12, 6)

    @pytest.mark.parametrize("name", NAMES)
    def test_every_file_says_its_idea(self, name):
        for path in (SUBMISSIONS / name).glob("*.py"):
            idea = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert idea, path
            assert len(idea.splitlines()) >= 3, path

    @pytest.mark.parametrize(
        ("copy", "original"),
        [
            ("night_owls/more_samples/anomalies", "fog_horns/slow_components/anomalies"),
            ("night_owls/more_samples/slow_components",
             "fog_horns/slow_components/ts_feature_extractor"),
            ("night_owls/more_samples/slow_regressor", "fog_horns/slow_components/regressor"),
            ("tin_drums/linear_inverse_model/anomalies", "fog_horns/slow_components/anomalies"),
            ("paper_boats/three_together/anomalies", "fog_horns/slow_components/anomalies"),
            ("paper_boats/three_together/slow_components",
             "night_owls/more_samples/slow_components"),
            ("paper_boats/three_together/slow_regressor",
             "night_owls/more_samples/slow_regressor"),
            ("paper_boats/three_together/lags_features",
             "night_owls/lagged_components/ts_feature_extractor"),
            ("paper_boats/three_together/lags_regressor", "night_owls/lagged_components/regressor"),
            ("paper_boats/three_together/samples_features",
             "night_owls/more_samples/ts_feature_extractor"),
            ("paper_boats/three_together/samples_regressor", "night_owls/more_samples/regressor"),
            ("paper_boats/three_together/linear_inverse",
             "tin_drums/linear_inverse_model/linear_inverse"),
            ("paper_boats/three_together/inverse_features",
             "tin_drums/linear_inverse_model/ts_feature_extractor"),
            ("paper_boats/three_together/inverse_regressor",
             "tin_drums/linear_inverse_model/regressor"),
        ],
    )  # fmt: skip
    def test_what_was_taken_unchanged_is_unchanged(self, copy, original):
        found, expected = (SUBMISSIONS / f"{path}.py" for path in (copy, original))
        assert found.read_bytes() == expected.read_bytes()


class TestHonestOnes:
    @pytest.mark.parametrize("name", HONEST)
    def test_do_not_depend_on_what_comes_later(self, runner, name):
        """The forecasts from each prefix equal those from the whole series, and are numbers."""
        whole = runner.predict(name)
        assert whole.shape == runner.test[1].shape
        assert np.isfinite(whole).all()
        for n_rows in (1, 6, 7, 240, 593):
            prefix = runner.predict_prefix(name, n_rows)
            np.testing.assert_allclose(prefix, whole[:n_rows], rtol=0, atol=1e-9)

    @pytest.mark.parametrize("name", HONEST)
    @pytest.mark.filterwarnings("error")
    def test_fit_without_a_warning(self, runner, name):
        """Also in the first fold, which has the fewest rows."""
        runner.fit(name, fold=0)

    @pytest.mark.parametrize(("better", "worse", "margin"), PAYS)
    def test_an_idea_pays_or_does_not(self, runner, better, worse, margin):
        assert runner.score(better) < runner.score(worse) - margin

    def test_the_ladder_goes_from_the_naive_start_to_near_the_limit(self, runner):
        """Bagged test scores; 0.41 °C is the best forecast possible, with the model known."""
        assert runner.bagged_score("tin_drums/last_value") == pytest.approx(0.916, abs=0.002)
        assert runner.bagged_score("paper_boats/three_together") == pytest.approx(0.432, abs=0.002)


class TestFailingOnes:
    def test_looking_ahead_is_perfect_in_training_and_shows_in_predicting(self, runner):
        name = "sea_otters/target_month"
        (X, y), (train_is, _) = runner.train, runner.folds[FOLD]
        fitted = runner.workflow.test_submission(runner.fit(name), X)
        assert rmse(fitted[train_is], y[train_is]) < 0.1
        # what was said of a month changes when more is shown: this is how it is caught
        prefix = runner.predict_prefix(name, 240)
        assert np.abs(prefix[-6:] - runner.predict(name)[234:240]).max() > 0.5

    def test_one_fails_in_the_first_fold_only(self, runner):
        name = "paper_boats/many_components"
        with pytest.raises(ValueError, match="n_components=320"):
            runner.fit(name, fold=0)
        for fold in range(1, len(runner.folds)):
            runner.fit(name, fold)


def test_the_linear_inverse_model_finds_a_model_that_is_known():
    """Two components with seasons, seen through noise as large as their own."""
    module = load(SUBMISSIONS / "tin_drums" / "linear_inverse_model", "linear_inverse")
    cos, sin = np.cos(module.ANGLE), np.sin(module.ANGLE)
    ones = np.ones(12)
    A = np.array([[0.9 + 0.05 * cos, 0.15 * ones], [-0.15 * ones, 0.9 + 0.05 * sin]])
    A = A.transpose(2, 0, 1)
    weather, grid = np.array([0.3, 0.5]), np.array([0.6, 0.4])
    rng, month = np.random.default_rng(0), np.arange(12_000) % 12
    state = np.zeros((len(month), 2))
    for t in range(1, len(state)):
        state[t] = A[month[t - 1]] @ state[t - 1] + weather * rng.standard_normal(2)
    model = module.LinearInverseModel(n_iterations=80)
    model.fit(state + grid * rng.standard_normal(state.shape), month)
    np.testing.assert_allclose(model.A, A, atol=0.02)
    np.testing.assert_allclose(model.Q, np.diag(weather**2), atol=0.02)
    np.testing.assert_allclose(model.R, np.diag(grid**2), atol=0.02)
    for covariance in (model.Q, model.R):  # else rounding would grow from step to step
        np.testing.assert_array_equal(covariance, covariance.T)
