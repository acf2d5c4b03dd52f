"""The pollinating insects problem: its painted meadow, its data set, its contract."""

from __future__ import annotations

import hashlib
import importlib
import io
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from rampflow.problems.contract import load_problem

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "pollinating_insects"
FILE = "problems/pollinating_insects/data/insects.npz"
SEED, N_TRAIN, N_TEST, SIZE = 41, 2000, 1000, 40
MARGIN = 1e-9
"""Of 255, by which any pixel may be off without changing a byte; processors differ by 1e-13."""


@pytest.fixture(scope="module")
def modules():
    """The modules ``kinds``, ``meadow`` and ``simulate``, found as the command finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        yield [importlib.import_module(name) for name in ("kinds", "meadow", "simulate")]
        del sys.modules["simulate"]


@pytest.fixture(scope="module")
def kinds(modules):
    return modules[0]


@pytest.fixture(scope="module")
def meadow(modules):
    return modules[1]


@pytest.fixture(scope="module")
def simulate(modules):
    return modules[2]


@pytest.fixture(scope="module")
def exposed(simulate):
    """Labels and light of the data set before it is rounded."""
    listed, light = simulate.exposures(SEED, N_TRAIN, N_TEST, SIZE)
    return listed, list(light)


@pytest.fixture(scope="module")
def content(simulate, exposed):
    """The bytes of the data set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulate, "exposures", lambda *_: exposed)  # once is enough
        return simulate.encode(simulate.make_arrays(SEED, N_TRAIN, N_TEST, SIZE))


@pytest.fixture(scope="module")
def problem():
    return load_problem(FOLDER).module


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pollinating_insects")
    (folder / "data").mkdir()
    (folder / "data" / "insects.npz").write_bytes(content)
    return str(folder)


class TestMeadow:
    def test_kinds_are_as_frequent_as_those_of_the_event(self, kinds):
        shares = [kind.share for kind in kinds.KINDS]
        assert (len(shares), sum(shares)) == (18, pytest.approx(1))
        assert (shares[0], shares[-1]) == (0.28, 0.01)
        assert shares == sorted(shares, reverse=True)
        drawn = kinds.draw_kinds(1000, np.random.default_rng(0))
        np.testing.assert_allclose(np.bincount(drawn) / 1000, shares, atol=0.001)
        assert np.mean(drawn[1:] == drawn[:-1]) == pytest.approx(sum(np.square(shares)), abs=0.03)

    def test_some_are_called_by_another_name(self, kinds, meadow):
        rng = np.random.default_rng(1)
        kind = kinds.draw_kinds(20_000, rng)
        wrong = np.mean(meadow.listed_kinds(kind, rng) != kind)
        to_another = 1 - sum(np.square([entry.share for entry in kinds.KINDS]))
        assert wrong == pytest.approx(meadow.OTHER_NAME * to_another, abs=0.003)

    def test_every_photograph_is_another_one(self, meadow):
        """Also of one kind: pose, flower, light and noise differ."""
        images = meadow.photographs(np.zeros(40, dtype=np.int64), 16, np.random.default_rng(2))
        rows = images.reshape(40, -1) - images.mean(axis=(1, 2, 3))[:, np.newaxis]
        alike = np.corrcoef(rows)[np.triu_indices(40, 1)]
        assert alike.max() < 0.9
        assert abs(np.median(alike)) < 0.3

    @pytest.mark.parametrize(
        ("name", "colour"), [("seven-spot ladybird", 0), ("rose chafer", 1), ("common wasp", 0)]
    )
    def test_the_middle_has_the_colour_of_the_insect(self, kinds, meadow, name, colour):
        """More than in photographs of carpenter bees, which are black."""
        names = [kind.name for kind in kinds.KINDS]

        def middle(kind):
            rows = np.full(150, names.index(kind))
            images = meadow.photographs(rows, 20, np.random.default_rng(3))[:, 7:13, 7:13]
            return np.median(images[..., colour].mean(axis=(1, 2)))

        assert middle(name) > middle("carpenter bee") + 0.03

    def test_an_ellipse_covers_its_area(self, meadow):
        canvas = meadow.Canvas.blank(1, 200)
        cover = canvas.ellipse(canvas.x, canvas.y, 0.6, np.array([[[0.3]]]), np.ones((1, 1, 1)))
        assert cover.mean() * 4 == pytest.approx(np.pi * 0.6 * 0.3, rel=0.02)
        assert cover[0, 100, 100] == 1
        assert cover[0, 0, 0] == 0


class TestDataset:
    def test_has_the_bytes_that_dvc_has_locked(self, content):
        stages = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]
        (out,) = stages["pollinating_insects"]["outs"]
        assert out["path"] == FILE
        assert out["size"] == len(content) < 15e6
        assert out["md5"] == hashlib.md5(content).hexdigest()

    def test_the_lock_is_of_the_code_as_it_is(self):
        stage = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["pollinating_insects"]
        locked = {dep["path"]: dep["md5"] for dep in stage["deps"]}
        names = ("kinds", "meadow", "simulate")
        assert set(locked) == {f"problems/pollinating_insects/{name}.py" for name in names}
        for path, md5 in locked.items():
            found = hashlib.md5((ROOT / path).read_bytes()).hexdigest()
            assert found == md5, f"{path} has changed: run `dvc repro` and commit dvc.lock"

    def test_last_bits_cannot_change_a_pixel(self, exposed):
        for light in exposed[1]:
            assert np.abs(light - np.floor(light) - 0.5).min() > MARGIN

    def test_the_arguments_give_the_bytes(self, simulate, tmp_path):
        file = tmp_path / "new" / "insects.npz"
        arguments = ["--seed", "5", "--train", "30", "--test", "20", "--size", "12"]
        simulate.main([*arguments, "--output", str(file)])
        assert file.read_bytes() == simulate.encode(simulate.make_arrays(5, 30, 20, 12))
        assert file.read_bytes() != simulate.encode(simulate.make_arrays(6, 30, 20, 12))
        assert [path.name for path in file.parent.iterdir()] == ["insects.npz"]

    def test_is_read_without_pickle_and_holds_no_truth_beside_the_label(self, content):
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            assert set(arrays) == {"n_train", "label", "images"}
            assert arrays["images"].dtype == np.uint8


class TestProblem:
    def test_has_the_documented_photographs(self, problem, kinds, folder):
        parts = problem.get_train_data(folder), problem.get_test_data(folder)
        for (X, y), n in zip(parts, (N_TRAIN, N_TEST), strict=True):
            assert X.shape == (n, SIZE, SIZE, 3)
            assert len(y) == n
            assert set(np.unique(y)) == set(range(18))
            assert np.mean(y == 0) == pytest.approx(0.28, abs=0.005)
            assert np.bincount(y).min() >= 0.009 * n
        assert len({image.tobytes() for X, _ in parts for image in X}) == N_TRAIN + N_TEST
        assert len(kinds.KINDS) == problem.N_KINDS

    def test_folds_are_three_with_a_fifth_of_every_kind(self, problem, folder):
        X, y = problem.get_train_data(folder)
        folds = list(problem.get_cv(X, y))
        assert [(len(a), len(b)) for a, b in folds] == [(1600, 400)] * 3
        for train_is, valid_is in folds:
            assert not set(train_is) & set(valid_is)
            np.testing.assert_allclose(
                np.bincount(y[valid_is], minlength=18), np.bincount(y) / 5, atol=1
            )

    def test_rare_kinds_count_in_the_second_score_as_much_as_frequent_ones(self, problem):
        accuracy, balanced, _ = problem.score_types
        truth = problem.Predictions(y_true=np.array([0, 0, 0, 17]))
        y_pred = np.eye(18)[[0, 0, 0, 0]]
        predictions = problem.Predictions(y_pred=y_pred)
        assert accuracy.score_function(truth, predictions) == 0.75
        assert balanced.score_function(truth, predictions) == 0.5
        assert not accuracy.is_lower_the_better
