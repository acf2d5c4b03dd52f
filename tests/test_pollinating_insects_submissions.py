"""The submissions of pollinating_insects_2015: who handed in what, what pays, what fails."""

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
FOLDER = ROOT / "problems" / "pollinating_insects"
EVENT = "pollinating_insects_2015"
SUBMISSIONS = ROOT / "submissions" / EVENT
NAMES = sorted(
    path.parent.relative_to(SUBMISSIONS).as_posix()
    for path in SUBMISSIONS.glob("*/*/submission.yaml")
)
FAILING = "fog_horns/pairs"
HONEST = [name for name in NAMES if name != FAILING]

PAYS = (  # (what is better, than what, by at least so much accuracy on the test set, one fold)
    ("sea_otters/colour_histogram", "paper_boats/mean_colour", 0.15),  # which colours, and where
    ("sea_otters/colour_and_texture", "sea_otters/colour_histogram", 0.005),  # and their edges
    ("tin_drums/colour_and_patches", "sea_otters/colour_and_texture", 0.02),  # patches learnt
)
"""Those that take a second or two; the scores of all are in the card."""


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
        self.train_is, _ = next(iter(problem.get_cv(self.X, self.y)))
        self.predicted: dict[str, np.ndarray] = {}

    def predict(self, name: str) -> np.ndarray:
        """Return the probabilities of the test photographs."""
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
        return float(np.mean(self.predict(name).argmax(axis=1) == self.y_test))


def make_runner(folder: Path, *arguments: str) -> Runner:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        simulate = importlib.import_module("simulate")
        del sys.modules["simulate"]
    simulate.main(["--output", str(folder / "data" / "insects.npz"), *arguments])
    return Runner(folder)


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """On the data set of the event."""
    return make_runner(tmp_path_factory.mktemp("insects"))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """On few and small photographs, on which a network is trained in seconds."""
    folder = tmp_path_factory.mktemp("few_insects")
    return make_runner(folder, "--train", "900", "--test", "150", "--size", "20")


class TestWhatWasHandedIn:
    def test_eleven_entries_by_five_known_teams_over_two_days(self):
        event = load_event(Project(ROOT), EVENT)
        assert len(event.submissions) == len(NAMES) == 11
        assert {s.team for s in event.submissions} <= set(event.teams)
        assert len({s.team for s in event.submissions}) == 5
        times = [submission.file.submitted_at for submission in event.submissions]
        assert event.event.opened < times[0] < times[-1] < event.event.closed
        assert {time.day for time in times} == {25, 26}

    @pytest.mark.parametrize("name", NAMES)
    def test_every_file_says_its_idea(self, name):
        for path in (SUBMISSIONS / name).glob("*.py"):
            idea = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert idea, path
            assert len(idea.splitlines()) >= 3, path

    @pytest.mark.parametrize(
        ("file", "original"),
        [
            ("photographs.py", "sea_otters/colour_histogram"),
            ("colour.py", "sea_otters/colour_histogram"),
            ("texture.py", "night_owls/gradients"),
            ("patches.py", "night_owls/patches"),
            ("net.py", "fog_horns/small_net"),
            ("turning.py", "fog_horns/turned_net"),
            ("described.py", "tin_drums/colour_and_patches"),
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
    def test_give_probabilities_of_all_kinds_without_a_warning(self, small, name):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            y_pred = small.predict(name)
        assert y_pred.shape == (150, 18)
        np.testing.assert_allclose(y_pred.sum(axis=1), 1.0, rtol=1e-5)
        assert small.accuracy(name) > 0.2

    @pytest.mark.parametrize(("better", "worse", "margin"), PAYS)
    def test_an_idea_pays(self, runner, better, worse, margin):
        assert runner.accuracy(better) > runner.accuracy(worse) + margin

    def test_the_start_is_that_of_the_event(self, runner):
        assert runner.accuracy("paper_boats/mean_colour") == pytest.approx(0.30, abs=0.02)


def test_the_failing_one_asks_for_a_label_in_predicting(small):
    with pytest.raises(ValueError, match="too many values to unpack"):
        small.predict(FAILING)


class TestNetwork:
    """What ``net.py`` computes, on the way there and on the way back."""

    @pytest.fixture(scope="class")
    @classmethod
    def net(cls):
        before = set(sys.modules)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(SUBMISSIONS / "fog_horns" / "small_net")
            module = importlib.import_module("net")
            forget_modules_of(SUBMISSIONS, before)
        return module

    @pytest.mark.parametrize("step", [1, 2])
    def test_slopes_are_those_of_differences(self, net, step):
        rng = np.random.default_rng(0)
        layers = [net.Convolution(rng, 2, 3, step=step), net.Largest()]
        for layer in layers:
            layer.values = [np.asarray(value, np.float64) for value in layer.values]
        x, weight = rng.standard_normal((2, 4, 8, 7, 2))[0], rng.standard_normal(1000)

        def loss():
            out = x
            for layer in layers:
                out = layer.forward(out, True)
            return float((out.ravel() * weight[: out.size]).sum()), out.shape

        value, shape = loss()
        slope = weight[: np.prod(shape)].reshape(shape)
        for layer in reversed(layers):
            slope = layer.backward(slope, True)
        for array, found in ((x, slope), *zip(layers[0].values, layers[0].slopes, strict=True)):
            for place in rng.integers(array.size, size=5):
                kept = array.flat[place]
                array.flat[place] = kept + 1e-6
                difference = (loss()[0] - value) / 1e-6
                array.flat[place] = kept
                assert np.ravel(found)[place] == pytest.approx(difference, abs=2e-3, rel=1e-3)

    def test_learns_what_is_easy_and_gives_the_same_twice(self, net):
        rng = np.random.default_rng(1)
        labels = rng.integers(3, size=120)
        images = rng.standard_normal((120, 16, 16, 3)).astype(np.float32)
        images[np.arange(120), 4:12, 4:12, labels] += 1.5
        made = [net.Net(3, filters=(8, 8, 16), n_epochs=10, batch=8) for _ in range(2)]
        nets = [one.fit(images, labels) for one in made]
        first, second = (one.predict_proba(images) for one in nets)
        assert np.mean(first.argmax(axis=1) == labels) > 0.9
        np.testing.assert_array_equal(first, second)
