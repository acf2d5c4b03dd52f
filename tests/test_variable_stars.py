"""The variable stars problem: its simulated sky, its data set, its contract."""

from __future__ import annotations

import hashlib
import importlib
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from rampflow.data.store import load, save
from rampflow.problems.contract import load_problem

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "variable_stars"
FILE = "problems/variable_stars/data/stars.npz"
SEED, N_TRAIN, N_TEST = 23, 2000, 1000
MARGIN = 1e-9
"""Magnitudes by which any point may be off without changing a byte; processors differ by 1e-14."""

CATALOGUE = [
    *("magnitude_b", "magnitude_r", "asym_b", "asym_r", "sigma_flux_b", "sigma_flux_r"),
    *("num_points_good_b", "num_points_good_r", "log_p_not_variable", "quality"),
    *("period", "frequency", "div_period", "asc_d", "asc_m", "asc_s", "dec_d", "dec_m", "dec_s"),
]
CURVES = [f"{n}_points_{b}" for n in ("time", "light", "error", "bkg", "polltn") for b in "br"]


@pytest.fixture(scope="module")
def modules():
    """The modules ``sky`` and ``simulate``, found as the command finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        yield importlib.import_module("sky"), importlib.import_module("simulate")
        del sys.modules["simulate"]


@pytest.fixture(scope="module")
def sky(modules):
    return modules[0]


@pytest.fixture(scope="module")
def content(modules):
    """The bytes of the default data set."""
    return modules[1].encode(modules[1].make_arrays(SEED, N_TRAIN, N_TEST))


@pytest.fixture(scope="module")
def problem():
    return load_problem(FOLDER).module


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    """A problem folder that holds the data set."""
    folder = tmp_path_factory.mktemp("variable_stars")
    (folder / "data").mkdir()
    (folder / "data" / "stars.npz").write_bytes(content)
    return str(folder)


@pytest.fixture(scope="module")
def train(problem, folder):
    return problem.get_train_data(folder)


@pytest.fixture(scope="module")
def test(problem, folder):
    return problem.get_test_data(folder)


@pytest.fixture(scope="module")
def stars(sky):
    """More stars than the data set has."""
    return sky.draw_stars(20_000, np.random.default_rng(1))


class TestSky:
    def test_classes_are_as_frequent_as_documented(self, sky, stars):
        shares = [np.mean(stars.kind == kind) for kind in sky.CLASSES]
        np.testing.assert_allclose(shares, sky.SHARES, atol=0.01)

    def test_medians_are_near_those_of_the_survey(self, sky, stars):
        """Periods in days; of binaries half the orbit, which is what a catalogue often lists."""
        period = [np.median(stars.period[stars.kind == kind]) for kind in sky.CLASSES]
        np.testing.assert_allclose(period[1:], [2.9, 0.55, 182], rtol=0.25)
        assert 1.0 < period[0] / 2 < 1.5 < period[0]
        amplitude = [np.median(stars.amplitude[stars.kind == kind, 0]) for kind in sky.CLASSES]
        np.testing.assert_allclose(amplitude, [0.63, 0.93, 0.89, 1.17], rtol=0.2)

    def test_stars_that_pulsate_brighten_faster_than_they_fade(self, sky):
        phase = np.linspace(0, 1, 400, endpoint=False)[np.newaxis]
        curve = sky.shape_of_pulsation(phase, np.array([0.5]), np.array([0.85]))[0]
        rising = np.mean(np.diff(curve) < 0)  # to smaller magnitudes, so to more light
        assert rising < 0.4
        assert np.ptp(curve) == pytest.approx(1.0, abs=0.25)
        assert curve.mean() == pytest.approx(0.0, abs=1e-12)

    def test_binaries_have_two_eclipses_half_an_orbit_apart(self, sky):
        phase = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]])
        curve = sky.shape_of_eclipses(phase, np.array([0.4]), np.array([0.05]))[0]
        np.testing.assert_allclose(curve, [1.0, 0.0, 0.4, 0.0, 1.0], atol=1e-3)

    def test_the_listed_period_is_a_multiple_of_the_period_or_an_alias(self, sky, stars):
        period, multiple = sky.listed_periods(stars, np.random.default_rng(2))
        assert (multiple.min(), multiple.max()) == (1, 14)
        ratio = period / multiple / stars.period
        is_period = np.abs(ratio - 1) < 1e-4
        is_half = np.abs(ratio - 0.5) < 1e-4
        assert not is_half[stars.kind != sky.BINARY].any()
        assert 0.2 < is_half[stars.kind == sky.BINARY].mean() < 0.6
        for kind, share in zip(sky.CLASSES, sky.ALIAS, strict=True):
            others = 1 - (is_period | is_half)[stars.kind == kind].mean()
            assert others == pytest.approx(share, abs=0.03)

    def test_some_stars_are_called_by_another_name(self, sky, stars):
        named = sky.listed_classes(stars, np.random.default_rng(3))
        assert np.mean(named != stars.kind) == pytest.approx(sky.OTHER_NAME, abs=0.004)
        assert set(np.unique(named)) == set(sky.CLASSES)

    def test_nights_are_distinct_and_in_order_with_gaps_of_a_day_or_two(self, sky):
        times = sky.nights(np.random.default_rng(4))
        assert times.shape == (2, sky.N_NIGHTS) == (2, 124)
        gaps = np.diff(times, axis=1)
        assert (gaps > 0).all()
        assert 1.0 < np.median(gaps) < 2.1
        assert (times[1] > times[0]).all()


class TestDataset:
    def test_has_the_bytes_that_dvc_has_locked(self, content):
        (out,) = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["variable_stars"]["outs"]
        assert out["path"] == FILE
        assert out["size"] == len(content) < 5e6
        assert out["md5"] == hashlib.md5(content).hexdigest()

    def test_the_lock_is_of_the_code_as_it_is(self):
        stage = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["variable_stars"]
        locked = {dep["path"]: dep["md5"] for dep in stage["deps"]}
        assert set(locked) == {f"problems/variable_stars/{name}.py" for name in ("simulate", "sky")}
        for path, md5 in locked.items():
            found = hashlib.md5((ROOT / path).read_bytes()).hexdigest()
            assert found == md5, f"{path} has changed: run `dvc repro` and commit dvc.lock"

    def test_last_bits_cannot_change_a_point(self, sky):
        rng = np.random.default_rng(SEED)
        seen = sky.observe(sky.draw_stars(N_TRAIN + N_TEST, rng), rng)
        for values in (seen.light, seen.error, seen.background, seen.pollution):
            ticks = values / 0.01
            assert np.abs(ticks - np.floor(ticks) - 0.5).min() * 0.01 > MARGIN

    def test_the_arguments_give_the_bytes(self, modules, tmp_path):
        simulate = modules[1]
        file = tmp_path / "new" / "stars.npz"
        simulate.main(["--seed", "5", "--train", "30", "--test", "20", "--output", str(file)])
        assert file.read_bytes() == simulate.encode(simulate.make_arrays(5, 30, 20))
        assert file.read_bytes() != simulate.encode(simulate.make_arrays(6, 30, 20))
        assert [path.name for path in file.parent.iterdir()] == ["stars.npz"]

    def test_is_read_without_pickle_and_holds_no_truth_beside_the_class(self, content):
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            names = set(arrays)
        bands = {
            f"{name}_{band}"
            for name in ("times", "n_points", "night", "light", "error", "background", "pollution")
            for band in "br"
        }
        assert names == {"n_train", "type", "columns", "catalogue"} | bands


class TestProblem:
    def test_has_the_documented_stars(self, train, test):
        for (X, y), n_stars in ((train, N_TRAIN), (test, N_TEST)):
            assert len(X) == len(y) == n_stars
            assert set(np.unique(y)) == {1, 2, 3, 4}
        assert np.mean(train[1] == 3) == pytest.approx(0.61, abs=0.005)
        assert np.mean(test[1] == 3) == pytest.approx(0.595, abs=0.0005)

    def test_columns_are_those_of_the_kit_without_numbers_of_stars_and_fields(self, train):
        plain, curves = CATALOGUE, CURVES
        assert set(train[0].columns) == set(plain) | set(curves)
        assert (len(plain), len(curves)) == (19, 10)
        assert (train[0][plain].dtypes == np.float64).all()
        assert np.isfinite(train[0][plain].to_numpy()).all()

    @pytest.mark.parametrize("band", ["b", "r"])
    def test_light_curves_have_their_own_lengths_and_sane_values(self, train, band):
        X, _ = train
        lengths = X[f"time_points_{band}"].map(len)
        assert lengths.nunique() > 20
        assert lengths.median() == 121
        assert (lengths == X[f"num_points_good_{band}"]).all()
        for name in ("light", "error", "bkg", "polltn"):
            assert (X[f"{name}_points_{band}"].map(len) == lengths).all()
        assert all((np.diff(times) > 0).all() for times in X[f"time_points_{band}"])
        assert all((error > 0).all() for error in X[f"error_points_{band}"])
        mean = X[f"light_points_{band}"].map(np.mean)
        np.testing.assert_allclose(mean, X[f"magnitude_{band}"], atol=1e-4)

    def test_the_first_points_are_those_of_the_file(self, train, content):
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            n_first = arrays["n_points_b"][0]
            second = train[0]["light_points_b"][1]
            expected = arrays["light_b"][n_first : n_first + len(second)] / 100
            np.testing.assert_array_equal(second, expected)

    def test_folds_are_eight_with_a_fifth_of_every_kind(self, problem, train):
        folds = list(problem.get_cv(*train))
        assert [(len(a), len(b)) for a, b in folds] == [(1600, 400)] * 8
        y = train[1]
        for train_is, valid_is in folds:
            assert not set(train_is) & set(valid_is)
            for kind in (1, 2, 3, 4):
                assert np.mean(y[valid_is] == kind) == pytest.approx(np.mean(y == kind), abs=0.002)

    def test_rows_come_in_no_order_of_kind(self, train):
        y = train[1]
        same = np.mean(y[1:] == y[:-1])
        assert same == pytest.approx(sum(np.mean(y == kind) ** 2 for kind in range(1, 5)), abs=0.03)

    def test_a_table_of_curves_is_stored_and_read_as_it_is(self, train, tmp_path):
        X = train[0].iloc[:50]
        save(X, tmp_path / "X")
        pd.testing.assert_frame_equal(load(tmp_path / "X"), X)
