"""The submissions of the drug spectra events: who handed in what, what pays, what fails."""

from __future__ import annotations

import ast
import importlib
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from rampflow.config.event import load_event
from rampflow.paths import Project
from rampflow.problems.contract import load_problem
from tests.support.submissions import forget_modules_of, sources_of

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "drug_spectra"
EVENT, GROUPED, OBSERVED = "drug_spectra_2015", "drug_spectra_grouped", "drug_spectra_observed"
SUBMISSIONS = ROOT / "submissions" / EVENT
NAMES = sorted(
    path.parent.relative_to(SUBMISSIONS).as_posix()
    for path in SUBMISSIONS.glob("*/*/submission.yaml")
)
FAILING = "fog_horns/by_name"
HONEST = [name for name in NAMES if name != FAILING]

PAYS = (  # (what is better, than what, by at least so much of the score on the test set, one fold)
    ("night_owls/trees", "paper_boats/all_pixels", 0.02),  # components, the logarithm
    ("night_owls/curved", "tin_drums/components", 0.02),  # the logarithm is no straight line
    ("paper_boats/three_classifiers", "sea_otters/slopes", 0.04),
    ("night_owls/trees", "fog_horns/nearest_vials", 0.01),  # neighbours do not pay
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
        self.train = self.problem.get_train_data(str(folder))
        self.test = self.problem.get_test_data(str(folder))
        self.train_is, _ = next(iter(self.problem.get_cv(*self.train)))
        self.predicted: dict[str, np.ndarray] = {}

    def predict(self, name: str) -> np.ndarray:
        """Return probabilities and concentrations of the test vials."""
        if name not in self.predicted:
            np.random.seed(1000)
            before = set(sys.modules)
            workflow = self.problem.workflow
            with pytest.MonkeyPatch.context() as patch:
                patch.syspath_prepend(SUBMISSIONS / name)
                try:
                    fitted = workflow.train_submission(
                        SUBMISSIONS / name, *self.train, self.train_is
                    )
                    self.predicted[name] = workflow.test_submission(fitted, self.test[0])
                finally:
                    forget_modules_of(SUBMISSIONS, before)
        return self.predicted[name]

    def score(self, name: str) -> float:
        predictions = self.problem.Predictions(y_pred=self.predict(name))
        truth = self.problem.Predictions(y_true=self.test[1])
        return float(self.problem.score_types[0].score_function(truth, predictions))


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drug_spectra")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        simulate = importlib.import_module("simulate")
        del sys.modules["simulate"]
    simulate.main(["--output", str(folder / "data" / "spectra.npz")])
    return Runner(folder)


class TestWhatWasHandedIn:
    def test_nine_entries_by_five_known_teams_over_two_days(self):
        event = load_event(Project(ROOT), EVENT)
        assert len(event.submissions) == len(NAMES) == 9
        assert len({s.team for s in event.submissions}) == 5
        assert {s.team for s in event.submissions} <= set(event.teams)
        times = [submission.file.submitted_at for submission in event.submissions]
        assert event.event.opened < times[0] < times[-1] < event.event.closed
        assert {time.day for time in times} == {18, 19}

    @pytest.mark.parametrize("name", NAMES)
    def test_every_file_says_its_idea(self, name):
        for path in (SUBMISSIONS / name).glob("*.py"):
            idea = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert idea, path
            assert len(idea.splitlines()) >= 3, path

    @pytest.mark.parametrize(
        ("file", "original"),
        [("curved.py", "night_owls/curved"), ("slopes.py", "sea_otters/slopes")],
    )
    def test_a_file_that_others_took_is_unchanged_and_credited(self, file, original):
        copies = [path.parent for path in SUBMISSIONS.glob(f"*/*/{file}")]
        assert len(copies) > 1
        expected = (SUBMISSIONS / original / file).read_bytes()
        for folder in copies:
            assert (folder / file).read_bytes() == expected
            name = folder.relative_to(SUBMISSIONS).as_posix()
            assert original in {name} | sources_of(ROOT, EVENT, name)

    def test_the_grouped_event_takes_six_of_them_unchanged(self):
        taken = [s.name for s in load_event(Project(ROOT), GROUPED).submissions]
        assert len(taken) == 6
        for name in taken:
            for path in (SUBMISSIONS / name).iterdir():
                copy = ROOT / "submissions" / GROUPED / name / path.name
                assert copy.read_bytes() == path.read_bytes()

    def test_the_observed_event_takes_three_unchanged(self):
        for s in load_event(Project(ROOT), OBSERVED).submissions:
            (original,) = SUBMISSIONS.glob(f"*/{s.model}")
            for path in original.glob("*.py"):
                copy = ROOT / "submissions" / OBSERVED / s.name / path.name
                assert copy.read_bytes() == path.read_bytes()


class TestHonestOnes:
    @pytest.mark.parametrize("name", HONEST)
    def test_give_probabilities_and_concentrations_without_a_warning(self, runner, name):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            y_pred = runner.predict(name)
        assert y_pred.shape == (len(runner.test[1]), 5)
        np.testing.assert_allclose(y_pred[:, :4].sum(axis=1), 1.0)
        assert (y_pred[:, 4] >= 300).all()
        assert (y_pred[:, 4] <= 40000).all()

    @pytest.mark.parametrize(("better", "worse", "margin"), PAYS)
    def test_an_idea_pays_or_does_not(self, runner, better, worse, margin):
        assert runner.score(better) < runner.score(worse) - margin


def test_the_failing_one_asks_for_a_column_that_is_not_there(runner):
    with pytest.raises(KeyError, match="molecule"):
        runner.predict(FAILING)


def test_the_best_level_makes_the_expected_relative_error_smallest():
    """Against a search over all levels, for beliefs that are drawn at random."""
    folder = SUBMISSIONS / "sea_otters" / "levels"
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        best_levels = importlib.import_module("regressor").best_levels
        forget_modules_of(SUBMISSIONS, before)
    rng = np.random.default_rng(0)
    levels = np.array([300.0, 400, 600, 800, 1000, 1400, 1600, 2000, 5000, 10000])
    mean, spread = np.log(300) + 3.5 * rng.random(50), 0.05 + 0.6 * rng.random(50)
    weight = np.exp(-0.5 * ((np.log(levels) - mean[:, np.newaxis]) / spread[:, np.newaxis]) ** 2)
    error = np.abs(levels[:, np.newaxis] - levels) / levels  # [said, true]
    expected = levels[(weight @ error.T).argmin(axis=1)]
    np.testing.assert_array_equal(best_levels(mean, spread, levels), expected)
