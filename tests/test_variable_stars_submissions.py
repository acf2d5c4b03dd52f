"""The submissions of variable_stars_2015: who handed in what, what pays, what fails."""

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
FOLDER = ROOT / "problems" / "variable_stars"
EVENT = "variable_stars_2015"
SUBMISSIONS = ROOT / "submissions" / EVENT
NAMES = sorted(
    path.parent.relative_to(SUBMISSIONS).as_posix()
    for path in SUBMISSIONS.glob("*/*/submission.yaml")
)
FAILING = "fog_horns/all_points"
HONEST = [name for name in NAMES if name != FAILING]

PAYS = (  # (what is better, than what, by at least so much accuracy on the test set, one fold)
    ("night_owls/phase_bins", "paper_boats/catalogue", 0.01),  # the light curve
    ("sea_otters/colour_and_period", "night_owls/phase_bins", 0.01),  # physics
    ("night_owls/fourier", "sea_otters/colour_and_period", 0.005),  # the shape of the curve
    ("fog_horns/aliases", "night_owls/fourier", 0.008),  # the right period
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
        problem = load_problem(FOLDER).module
        self.workflow = problem.workflow
        self.X, self.y = problem.get_train_data(str(folder))
        self.X_test, self.y_test = problem.get_test_data(str(folder))
        self.train_is, self.valid_is = next(iter(problem.get_cv(self.X, self.y)))
        self.predicted: dict[str, np.ndarray] = {}

    def predict(self, name: str) -> np.ndarray:
        """Return the probabilities of the test stars."""
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
                finally:
                    forget_modules_of(SUBMISSIONS, before)
        return self.predicted[name]

    def accuracy(self, name: str) -> float:
        return float(np.mean(self.predict(name).argmax(axis=1) + 1 == self.y_test))


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variable_stars")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        simulate = importlib.import_module("simulate")
        del sys.modules["simulate"]
    simulate.main(["--output", str(folder / "data" / "stars.npz")])
    return Runner(folder)


class TestWhatWasHandedIn:
    def test_ten_entries_by_five_known_teams_over_two_days(self):
        event = load_event(Project(ROOT), EVENT)
        assert len(event.submissions) == len(NAMES) == 10
        assert {s.team for s in event.submissions} <= set(event.teams)
        assert len({s.team for s in event.submissions}) == 5
        times = [submission.file.submitted_at for submission in event.submissions]
        assert event.event.opened < times[0] < times[-1] < event.event.closed
        assert {time.day for time in times} == {11, 12}

    @pytest.mark.parametrize("name", NAMES)
    def test_every_file_says_its_idea(self, name):
        for path in (SUBMISSIONS / name).glob("*.py"):
            idea = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert idea, path
            assert len(idea.splitlines()) >= 3, path

    @pytest.mark.parametrize("name", NAMES)
    def test_no_number_of_a_star_or_field_is_a_feature(self, name):
        for path in (SUBMISSIONS / name).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "patch_id" not in text
            assert "star_id" not in text

    @pytest.mark.parametrize(
        ("file", "original"),
        [
            ("catalogue.py", "sea_otters/colour_and_period"),
            ("curves.py", "night_owls/fourier"),
            ("periods.py", "fog_horns/aliases"),
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


class TestHonestOnes:
    @pytest.mark.parametrize("name", HONEST)
    def test_give_probabilities_of_all_stars_without_a_warning(self, runner, name):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            y_pred = runner.predict(name)
        assert y_pred.shape == (1000, 4)
        np.testing.assert_allclose(y_pred.sum(axis=1), 1.0)

    @pytest.mark.parametrize(("better", "worse", "margin"), PAYS)
    def test_an_idea_pays(self, runner, better, worse, margin):
        assert runner.accuracy(better) > runner.accuracy(worse) + margin

    def test_the_ladder_goes_from_the_talk_s_start_to_its_end(self, runner):
        """One fold; the bagged scores are in the card."""
        assert runner.accuracy("paper_boats/catalogue") == pytest.approx(0.88, abs=0.02)
        assert runner.accuracy("paper_boats/two_together") == pytest.approx(0.97, abs=0.01)


def test_the_failing_one_fails_as_many_first_ones_do(runner):
    with pytest.raises(ValueError, match="inhomogeneous|sequence"):
        runner.predict(FAILING)


class TestPeriods:
    """What fog_horns/aliases finds in light curves whose period is known."""

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls):
        folder = SUBMISSIONS / "fog_horns" / "aliases"
        before = set(sys.modules)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder)
            periods = importlib.import_module("periods")
            forget_modules_of(SUBMISSIONS, before)
        rng = np.random.default_rng(0)
        times = np.sort(rng.choice(900, 120, replace=False)) + 0.3 * rng.random((40, 120))
        true = 0.3 + 0.4 * rng.random(40)
        light = 0.4 * np.cos(2 * np.pi * times / true[:, np.newaxis])
        light += 0.1 * rng.standard_normal(light.shape)
        listed = true.copy()
        listed[:20] = 1 / (1 / true[:20] - 1)
        bands = [(times, light, np.full(light.shape, 100.0))]
        return true, listed, periods.find_periods(bands, listed)[0]

    def test_aliases_are_mended(self, found):
        true, _, period = found
        np.testing.assert_allclose(period[:20], true[:20])

    def test_right_ones_are_kept(self, found):
        _, listed, period = found
        np.testing.assert_allclose(period[20:], listed[20:])
