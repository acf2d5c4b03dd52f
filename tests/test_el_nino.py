"""The El Niño problem: its simulated climate, its data set, its forecasts."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from rampflow.problems.contract import load_problem

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "el_nino"
REFERENCE = ROOT.parent / "shared" / "data" / "enso_reference.py"
BURN_IN, LEAD = 120, 6


@pytest.fixture(scope="module")
def climate():
    """The module of the model, found as `simulate.py` finds it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield importlib.import_module("climate")


@pytest.fixture(scope="module")
def simulate(climate):
    """The module that writes the data set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield importlib.import_module("simulate")


@pytest.fixture(scope="module")
def dataset_bytes(climate, simulate):
    """The default data set, as `dvc repro` makes it."""
    sst, _ = climate.simulate(seed=17, n_months=1440)
    return simulate.encode(sst, seed=17)


@pytest.fixture(scope="module")
def data_folder(dataset_bytes, tmp_path_factory):
    """A problem folder that holds the data set."""
    folder = tmp_path_factory.mktemp("el_nino")
    (folder / "data").mkdir()
    (folder / "data" / "enso.nc").write_bytes(dataset_bytes)
    return folder


@pytest.fixture(scope="module")
def months(data_folder):
    """The whole data set, opened as anyone would."""
    with xr.open_dataset(data_folder / "data" / "enso.nc") as dataset:
        return dataset.load()


@pytest.fixture(scope="module")
def problem():
    return load_problem(FOLDER).module


@pytest.fixture(scope="module")
def train(problem, data_folder):
    return problem.get_train_data(str(data_folder))


@pytest.fixture(scope="module")
def test(problem, data_folder):
    return problem.get_test_data(str(data_folder))


@pytest.fixture(scope="module")
def folds(problem, train):
    return list(problem.get_cv(*train))


def box_mean(climate, sst):
    """Niño 3.4 of sea cells, in °C."""
    return sst[:, climate.NINO34[climate.SEA]].mean(axis=1)


class TestClimate:
    def test_reproduces_the_published_run(self, climate):
        """Values of the first six months and moments of 1,428 months, seed 17 (file precision)."""
        sst, _ = climate.simulate(seed=17, n_months=1428)
        nino34 = box_mean(climate, sst)
        expected = [27.501, 27.461, 27.292, 27.523, 27.706, 27.297]
        np.testing.assert_allclose(nino34[:6], expected, atol=0.0015)
        assert nino34.mean() == pytest.approx(27.256, abs=0.001)
        assert nino34.std() == pytest.approx(0.949, abs=0.001)

    def test_has_the_statistics_of_its_documentation(self, climate):
        """24,000 months without trend, seed 7: deviation by month, memory, skewness."""
        sst, _ = climate.simulate(7, 24_000, climate.Parameters(trend=0.0))
        years = box_mean(climate, sst).reshape(-1, 12)
        anomaly = (years - years.mean(axis=0)).ravel()
        assert anomaly.std() == pytest.approx(0.842, abs=0.002)
        by_month = [1.07, 0.95, 0.80, 0.67, 0.59, 0.58, 0.62, 0.70, 0.80, 0.93, 1.05, 1.11]
        np.testing.assert_allclose(years.std(axis=0), by_month, atol=0.006)
        memory = {1: 0.96, 3: 0.82, 6: 0.50, 12: -0.10, 24: -0.41}
        for lag, expected in memory.items():
            found = np.corrcoef(anomaly[lag:], anomaly[:-lag])[0, 1]
            assert found == pytest.approx(expected, abs=0.01), f"lag {lag}"
        skewness = np.mean(anomaly**3) / anomaly.std() ** 3
        assert skewness == pytest.approx(0.28, abs=0.01)

    def test_the_path_of_the_state_does_not_depend_on_the_length(self, climate):
        _, short = climate.simulate(3, 24)
        _, long = climate.simulate(3, 60)
        np.testing.assert_array_equal(short, long[:24])

    def test_grid_has_363_sea_cells_and_20_of_the_region(self, climate):
        assert climate.SEA.sum() == 363
        assert climate.NINO34.sum() == 20
        assert climate.SEA[climate.NINO34].all()

    @pytest.mark.shared
    def test_equals_the_reference_code(self, climate):
        if not REFERENCE.is_file():
            pytest.skip("the reference simulator (../shared/data/enso_reference.py) is absent")
        spec = importlib.util.spec_from_file_location("enso_reference", REFERENCE)
        reference = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(reference)
        expected, state, _ = reference.simulate(17, 120)
        sst, found_state = climate.simulate(17, 120)
        np.testing.assert_allclose(found_state, state, atol=1e-12)
        np.testing.assert_allclose(sst, expected, atol=1e-6)  # it adds 1e-9 to two quantities


class TestDataset:
    def test_has_the_bytes_that_dvc_has_locked(self, dataset_bytes):
        lock = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["el_nino"]
        (out,) = lock["outs"]
        assert out["path"] == "problems/el_nino/data/enso.nc"
        assert out["size"] == len(dataset_bytes)
        assert out["md5"] == hashlib.md5(dataset_bytes).hexdigest()

    def test_the_lock_is_of_the_code_as_it_is(self):
        lock = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["el_nino"]
        locked = {dep["path"]: dep["md5"] for dep in lock["deps"]}
        assert set(locked) == {f"problems/el_nino/{name}.py" for name in ("climate", "simulate")}
        for path, md5 in locked.items():
            found = hashlib.md5((ROOT / path).read_bytes()).hexdigest()
            assert found == md5, f"{path} has changed: run `dvc repro` and commit dvc.lock"

    def test_last_bits_cannot_change_a_packed_value(self, climate):
        """No temperature lies so near the middle of two steps that rounding could tip over."""
        sst, _ = climate.simulate(seed=17, n_months=1440)
        steps = (sst - 20.0) / 0.001
        distance = np.abs(steps - np.floor(steps) - 0.5).min() * 0.001
        assert distance > 1e-10  # °C; processors differ by about 1e-14

    def test_follows_cf_and_acdd(self, months, dataset_bytes):
        assert dataset_bytes[:4] == b"CDF\x02"  # classic format with 64-bit offsets
        assert months.attrs["Conventions"] == "CF-1.8, ACDD-1.3"
        assert {"title", "summary", "keywords", "license", "history"} <= set(months.attrs)
        assert dict(months["sst"].attrs) == {
            "standard_name": "sea_surface_temperature",
            "long_name": "simulated sea surface temperature, monthly mean",
            "units": "degree_Celsius",
            "cell_methods": "time: mean",
            "coverage_content_type": "modelResult",
        }
        assert months["sst"].dims == ("time", "lat", "lon")
        assert months["sst"].dtype == np.float64
        for name, axis in {"time": "T", "lat": "Y", "lon": "X"}.items():
            assert months[name].attrs["axis"] == axis
            assert months[name].attrs["standard_name"]

    def test_has_every_month_once_from_a_january_on(self, months):
        expected = np.arange("1701-01", "1821-01", dtype="datetime64[M]")
        np.testing.assert_array_equal(months["time"].values.astype("datetime64[M]"), expected)
        bounds = months["time_bnds"].values
        np.testing.assert_array_equal(bounds[:, 0].astype("datetime64[M]"), expected)
        np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])

    def test_keeps_temperatures_to_half_a_step_and_marks_land(self, climate, months):
        sst, _ = climate.simulate(seed=17, n_months=1440)
        sea = months["sst"].values[:, climate.SEA]
        np.testing.assert_allclose(sea, sst, atol=0.000501)
        assert np.isnan(months["sst"].values[:, ~climate.SEA]).all()

    def test_other_seeds_are_other_worlds(self, climate, simulate):
        files = [simulate.encode(climate.simulate(s, 12)[0], s) for s in (1, 1, 2)]
        assert files[0] == files[1]
        assert files[0] != files[2]

    def test_temperatures_that_do_not_fit_are_refused(self, climate, simulate):
        sst = np.full((12, 363), 20.0)
        sst[3, 5] = 60.0
        with pytest.raises(ValueError, match=r"from 20\.0 to 60\.0 °C do not fit 16 bits"):
            simulate.encode(sst, seed=1)

    def test_command_writes_the_file_and_nothing_else(self, simulate, tmp_path):
        output = tmp_path / "new folder" / "enso.nc"
        for _ in range(2):  # the second time over the first
            simulate.main(["--seed", "17", "--months", "24", "--output", str(output)])
        assert [path.name for path in output.parent.iterdir()] == ["enso.nc"]
        with xr.open_dataset(output) as dataset:
            assert dataset.sizes["time"] == 24

    def test_command_refuses_an_empty_run(self, simulate, tmp_path, capsys):
        with pytest.raises(SystemExit):
            simulate.main(["--months", "0", "--output", str(tmp_path / "enso.nc")])
        assert "--months is 0" in capsys.readouterr().err


class TestForecasts:
    @pytest.mark.parametrize(("part", "first"), [("train", 0), ("test", 720)])
    def test_target_is_the_region_six_months_after_the_issue(self, part, first, months, request):
        """Written out cell by cell on the whole data set."""
        X, y = request.getfixturevalue(part)
        sst, lat, lon = (months[name].values for name in ("sst", "lat", "lon"))
        for row in (0, 1, 300, len(y) - 1):
            cells = [
                sst[first + BURN_IN + row + LEAD, i, j]
                for i in range(len(lat))
                for j in range(len(lon))
                if -5 <= lat[i] <= 5 and 190 <= lon[j] <= 240
            ]
            assert len(cells) == 20
            assert y[row] == pytest.approx(sum(cells) / 20, abs=1e-12)
            issued = X["time"].values[BURN_IN + row]
            assert issued == months["time"].values[first + BURN_IN + row]

    def test_x_ends_at_the_last_issue(self, problem, train, test):
        for X, y in (train, test):
            assert X.sizes["time"] == BURN_IN + len(y) == 714
            assert len(y) == 594
            problem.sequence.check(X, y, "train")

    def test_halves_are_whole_years_without_overlap(self, train, test):
        (X_train, _), (X_test, _) = train, test
        assert X_train["time"].dt.month[0] == X_test["time"].dt.month[0] == 1
        assert (X_test["time"].values[0] - X_train["time"].values[-1]) > np.timedelta64(6 * 30, "D")

    def test_x_tells_the_burn_in_and_the_lead(self, problem, train):
        X, _ = train
        assert (X.n_burn_in, X.n_lookahead) == (BURN_IN, LEAD)
        assert (problem.sequence.burn_in, problem.sequence.lead) == (BURN_IN, LEAD)
        assert problem.workflow.burn_in == BURN_IN

    def test_folds_are_nested_in_time(self, problem, folds):
        assert [len(train_is) for train_is, _ in folds] == [306 + 36 * k for k in range(8)]
        for fold, (train_is, valid_is) in enumerate(folds):
            rows = np.concatenate([train_is, valid_is])
            np.testing.assert_array_equal(rows, np.arange(594))
            problem.sequence.check_fold(train_is, valid_is, fold)
