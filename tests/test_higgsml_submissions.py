"""The submissions of higgsml_2014: who handed in what, what pays, what fails."""

from __future__ import annotations

import ast
import importlib
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from rampflow.config.event import load_event
from rampflow.paths import Project
from rampflow.problems.contract import load_problem
from rampflow.problems.metrics.significance import significance
from tests.support.submissions import forget_modules_of, sources_of

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "higgsml"
EVENT = "higgsml_2014"
SUBMISSIONS = ROOT / "submissions" / EVENT
NAMES = sorted(
    path.parent.relative_to(SUBMISSIONS).as_posix()
    for path in SUBMISSIONS.glob("*/*/submission.yaml")
)
FAILING = "night_owls/missing"
HONEST = [name for name in NAMES if name != FAILING]

PAYS = (  # (what is better, than what, by at least so much AMS on the test set, one fold)
    ("tin_drums/naive_bayes", "paper_boats/window", 0.4),  # thirteen quantities
    ("sea_otters/boosting", "tin_drums/naive_bayes", 0.1),  # that depend on each other
    ("sea_otters/boosting_cut", "sea_otters/boosting", 0.1),  # where to cut
    ("fog_horns/weighted", "sea_otters/boosting", 0.2),  # weights
)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As the event has it."""
    import sklearn.ensemble  # noqa: F401  # only libraries that are loaded can be limited

    with threadpool_limits(1):
        yield


class Runner:
    """Trains shipped submissions on the first fold as a cell does, in this process."""

    def __init__(self, folder: Path) -> None:
        self.problem = load_problem(FOLDER).module
        self.workflow = self.problem.workflow
        self.X, self.y = self.problem.get_train_data(str(folder))
        self.X_test, self.y_test = self.problem.get_test_data(str(folder))
        self.train_is, _ = next(iter(self.problem.get_cv(self.X, self.y)))
        self.fitted: dict[str, Any] = {}
        self.predicted: dict[str, np.ndarray] = {}

    def predict(self, name: str) -> np.ndarray:
        """Return the probabilities of the test events."""
        if name not in self.predicted:
            np.random.seed(1000)
            before = set(sys.modules)
            with pytest.MonkeyPatch.context() as patch:
                patch.syspath_prepend(SUBMISSIONS / name)
                try:
                    fitted = self.workflow.train_submission(
                        SUBMISSIONS / name, self.X, self.y, self.train_is
                    )
                    self.predicted[name] = self.workflow.test_submission(fitted, self.X_test)
                    self.fitted[name] = fitted
                finally:
                    forget_modules_of(SUBMISSIONS, before)
        return self.predicted[name]

    def ams(self, name: str) -> float:
        truth = self.problem.Predictions(y_true=self.y_test)
        found = self.problem.Predictions(y_pred=self.predict(name))
        return self.problem.score_types[0].score_function(truth, found)


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("higgsml")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        before = set(sys.modules)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        simulate = importlib.import_module("simulate")
        forget_modules_of(FOLDER, before)
    simulate.main(["--output", str(folder / "data" / "events.npz")])
    return Runner(folder)


class TestWhatWasHandedIn:
    def test_nine_entries_by_five_known_teams_over_two_days(self):
        event = load_event(Project(ROOT), EVENT)
        assert len(event.submissions) == len(NAMES) == 9
        assert {s.team for s in event.submissions} <= set(event.teams)
        assert len({s.team for s in event.submissions}) == 5
        times = [submission.file.submitted_at for submission in event.submissions]
        assert event.event.opened < times[0] < times[-1] < event.event.closed
        assert {time.day for time in times} == {12, 13}

    @pytest.mark.parametrize("name", NAMES)
    def test_every_file_says_its_idea(self, name):
        for path in (SUBMISSIONS / name).glob("*.py"):
            idea = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert idea, path
            assert len(idea.splitlines()) >= 3, path

    @pytest.mark.parametrize(
        ("file", "original"),
        [
            ("cut.py", "tin_drums/naive_bayes"),
            ("weights.py", "fog_horns/weighted"),
            ("features.py", "tin_drums/features"),
        ],
    )
    def test_a_file_that_others_took_is_unchanged_and_credited(self, file, original):
        copies = [path.parent for path in SUBMISSIONS.glob(f"*/*/{file}")]
        assert len(copies) > 1
        expected = (SUBMISSIONS / original / file).read_bytes()
        for folder in copies:
            assert (folder / file).read_bytes() == expected
            name = folder.relative_to(SUBMISSIONS).as_posix()
            assert original in {name} | sources_of(ROOT, EVENT, name)


@pytest.mark.slow
class TestHonestOnes:
    @pytest.mark.parametrize("name", HONEST)
    def test_give_probabilities_of_all_events_without_a_warning(self, runner, name):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            y_pred = runner.predict(name)
        assert y_pred.shape == (55_000, 2)
        np.testing.assert_allclose(y_pred.sum(axis=1), 1.0)
        assert 0.05 < np.mean(y_pred[:, 1] > 0.5) < 0.5

    @pytest.mark.parametrize("name", HONEST)
    def test_numbers_of_events_are_no_features(self, runner, name):
        expected = runner.predict(name)[:2000]
        others = runner.X_test.iloc[:2000].assign(EventId=0)
        again = runner.workflow.test_submission(runner.fitted[name], others)
        np.testing.assert_allclose(again, expected, rtol=1e-9)

    @pytest.mark.parametrize(("better", "worse", "margin"), PAYS)
    def test_an_idea_pays(self, runner, better, worse, margin):
        assert runner.ams(better) > runner.ams(worse) + margin

    def test_the_ladder_goes_from_a_window_to_twice_its_significance(self, runner):
        """One fold; the bagged scores are in the card."""
        assert runner.ams("paper_boats/window") == pytest.approx(1.57, abs=0.01)
        assert runner.ams("paper_boats/four_together") == pytest.approx(3.3, abs=0.25)


@pytest.mark.slow
def test_the_failing_one_fails_as_many_first_ones_do(runner):
    with pytest.raises(ValueError, match="contains NaN"):
        runner.predict(FAILING)


class TestCut:
    """What tin_drums/naive_bayes takes for the best cut."""

    @pytest.fixture(scope="class")
    @classmethod
    def cut(cls):
        before = set(sys.modules)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(SUBMISSIONS / "tin_drums" / "naive_bayes")
            module = importlib.import_module("cut")
            forget_modules_of(SUBMISSIONS, before)
        return module

    def test_its_significance_is_that_of_the_metric(self, cut):
        rng = np.random.default_rng(0)
        label = (rng.random(400) < 0.3).astype(float)
        y, score = np.column_stack([label, rng.random(400)]), rng.random(400)
        found, cuts = cut.significances(score, y)
        for value, limit in list(zip(found, cuts, strict=True))[::10]:
            chosen = score >= limit
            s = cut.SIGNAL * y[chosen & (label == 1), 1].sum() / y[label == 1, 1].sum()
            b = cut.BACKGROUND * y[chosen & (label == 0), 1].sum() / y[label == 0, 1].sum()
            assert value == pytest.approx(float(significance(s, b + cut.CONSTANT)), rel=1e-9)

    def test_a_score_at_the_cut_becomes_one_half_and_the_order_stays(self, cut):
        score = np.linspace(0.01, 0.99, 99)
        signal = cut.around_one_half(score, 0.8)[:, 1]
        assert signal[79] == pytest.approx(0.5)
        assert (np.diff(signal) > 0).all()
