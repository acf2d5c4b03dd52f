"""The drug spectra problems: the simulated bench, its data set, two splits of it."""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from rampflow.problems.contract import load_problem
from rampflow.problems.spectra import preparations

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "drug_spectra"
PROBLEMS = ("drug_spectra", "drug_spectra_grouped")
SEED = 31
MARGIN = 1e-13
"""By how much any intensity may be off without changing a byte; processors differ by 1e-17."""


@pytest.fixture(scope="module")
def modules():
    """The modules ``bench`` and ``simulate``, found as the command finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        yield importlib.import_module("bench"), importlib.import_module("simulate")
        del sys.modules["simulate"]


@pytest.fixture(scope="module")
def bench(modules):
    return modules[0]


@pytest.fixture(scope="module")
def measured(bench):
    """Vials and spectra before they are packed."""
    rng = np.random.default_rng(SEED)
    vials = bench.draw_vials(rng)
    return vials, bench.spectra(vials, rng)


@pytest.fixture(scope="module")
def content(modules):
    """The bytes of the data set."""
    return modules[1].encode(modules[1].make_arrays(SEED))


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drug_spectra")
    (folder / "data").mkdir()
    (folder / "data" / "spectra.npz").write_bytes(content)
    return str(folder)


@pytest.fixture(params=PROBLEMS)
def name(request):
    return request.param


@pytest.fixture
def problem(name):
    return load_problem(ROOT / "problems" / name).module


class TestBench:
    def test_labels_are_those_of_the_kit(self, bench, measured):
        vials, _ = measured
        assert len(vials.vial) == 1080
        for number, molecule in enumerate(bench.MOLECULES):
            mine = vials.molecule == number
            assert set(vials.concentration[mine]) == set(bench.CONCENTRATIONS[molecule])
            assert set(vials.solute[mine]) == set(range(1, bench.N_SOLUTES[molecule] + 1))
        assert set(vials.vial) == {1, 2, 3}

    def test_pixels_are_those_of_the_kit(self, bench):
        steps = np.diff(bench.SHIFT)
        assert (bench.SHIFT[0], bench.SHIFT[-1]) == pytest.approx((400.1, 3999.4), abs=0.3)
        assert (steps[0], steps[-1]) == pytest.approx((2.53, 1.48), abs=0.002)

    def test_water_has_its_two_bands(self, bench):
        water = bench.water()
        high, low = bench.SHIFT > 3000, np.abs(bench.SHIFT - 1645) < 150
        assert bench.SHIFT[high][water[high].argmax()] == pytest.approx(3406, abs=20)
        ends = bench.SHIFT[low][[0, -1]], water[low][[0, -1]]
        bend = water[low] - np.interp(bench.SHIFT[low], *ends)
        assert bench.SHIFT[low][bend.argmax()] == pytest.approx(1645, abs=15)

    @pytest.mark.parametrize(("molecule", "peaks"), [("A", (835, 1063, 1462, 2938)),
                                                     ("Q", (899, 1329, 1413))])  # fmt: skip
    def test_molecules_have_their_peaks(self, bench, molecule, peaks):
        light = bench.molecule_response(molecule)
        for peak in peaks:
            near = np.abs(bench.SHIFT - peak) < 12
            assert bench.SHIFT[near][light[near].argmax()] == pytest.approx(peak, abs=5)

    def test_all_spectra_have_the_same_area(self, bench, measured):
        area = np.trapezoid(measured[1], bench.SHIFT, axis=1)
        np.testing.assert_allclose(area, 100, atol=0.1)

    def test_noise_of_a_pixel_is_as_documented(self, measured):
        second = np.diff(measured[1][:, :300], 2, axis=1)
        noise = np.median(np.abs(second)) / 0.6745 / np.sqrt(6)
        assert 1.3e-4 < noise < 1.5e-4

    def test_the_first_component_has_most_of_the_variance(self, measured):
        """As in the spectra that were measured (0.95)."""
        some = measured[1][::4]
        spectra = some - some.mean(axis=0)
        variance = np.linalg.svd(spectra, compute_uv=False) ** 2
        assert 0.85 < variance[0] / variance.sum() < 0.97

    def test_siblings_are_more_alike_than_their_labels_make_them(self, measured):
        vials, spectra = measured
        key = np.stack([vials.molecule, vials.concentration])
        same = (key[:, :, np.newaxis] == key[:, np.newaxis]).all(axis=0)
        siblings = vials.preparation[:, np.newaxis] == vials.preparation
        same &= np.tri(len(same), k=-1, dtype=bool)
        square = (spectra**2).sum(axis=1)
        distance = square[:, np.newaxis] + square - 2 * spectra @ spectra.T
        assert np.median(distance[same & siblings]) < 0.5 * np.median(distance[same & ~siblings])


class TestDataset:
    def test_has_the_bytes_that_dvc_has_locked_for_both_problems(self, content, name):
        (out,) = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"][name]["outs"]
        assert out["path"] == f"problems/{name}/data/spectra.npz"
        assert out["size"] == len(content) < 5e6
        assert out["md5"] == hashlib.md5(content).hexdigest()

    def test_the_lock_is_of_the_code_as_it_is(self, name):
        stage = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"][name]
        locked = {dep["path"]: dep["md5"] for dep in stage["deps"]}
        assert set(locked) == {f"problems/drug_spectra/{name}.py" for name in ("bench", "simulate")}
        for path, md5 in locked.items():
            found = hashlib.md5((ROOT / path).read_bytes()).hexdigest()
            assert found == md5, f"{path} has changed: run `dvc repro` and commit dvc.lock"

    def test_last_bits_cannot_change_an_intensity(self, modules, measured):
        ticks = measured[1] / modules[1].TICK
        assert np.abs(ticks - np.floor(ticks) - 0.5).min() * modules[1].TICK > MARGIN

    def test_the_argument_gives_the_bytes(self, modules, content, tmp_path):
        file = tmp_path / "new" / "spectra.npz"
        modules[1].main(["--output", str(file)])
        assert file.read_bytes() == content
        assert modules[1].encode(modules[1].make_arrays(SEED + 1)) != content


class TestProblems:
    def test_all_vials_are_in_one_part(self, problem, folder):
        (X, y), (X_test, y_test) = problem.get_train_data(folder), problem.get_test_data(folder)
        assert len(X) == len(y)
        assert len(X_test) == len(y_test)
        assert len(y) + len(y_test) == 1080
        assert len(y_test) == pytest.approx(0.3 * 1080, abs=20)
        spectra = {spectrum.tobytes() for part in (X, X_test) for spectrum in part["spectra"]}
        assert len(spectra) == 1080
        assert {len(spectrum) for spectrum in X["spectra"]} == {1866}

    def test_folds_are_eight_and_validate_a_fifth(self, problem, folder):
        X, y = problem.get_train_data(folder)
        folds = list(problem.get_cv(X, y))
        assert len(folds) == 8
        for train_is, valid_is in folds:
            assert not set(train_is) & set(valid_is)
            assert len(train_is) + len(valid_is) == len(y)
            assert len(valid_is) == pytest.approx(len(y) / 5, abs=12)

    def test_siblings_are_split_as_the_card_says(self, problem, name, folder):
        """Random: three of four test vials have one in training. Grouped: none, in no fold."""
        (X, y), (X_test, y_test) = problem.get_train_data(folder), problem.get_test_data(folder)

        def mixtures(table, labels):
            return [tuple(k) for k in np.column_stack([labels, table["solute"]])]

        known = set(mixtures(X, y))
        share = np.mean([mixture in known for mixture in mixtures(X_test, y_test)])
        in_folds = [
            np.isin(preparations(X, y)[valid_is], preparations(X, y)[train_is]).mean()
            for train_is, valid_is in problem.get_cv(X, y)
        ]
        if name == "drug_spectra_grouped":
            assert share == 0
            assert max(in_folds) == 0
        else:
            assert share == pytest.approx(0.73, abs=0.005)
            assert min(in_folds) > 0.6

    def test_every_fold_trains_on_every_molecule_and_concentration(self, problem, folder):
        X, y = problem.get_train_data(folder)
        labels = {tuple(row) for row in y}
        assert len(labels) == 40
        for train_is, _ in problem.get_cv(X, y):
            assert {tuple(row) for row in y[train_is]} == labels

    def test_the_score_is_two_thirds_error_and_one_third_relative_error(self, problem):
        official, error, mare = problem.score_types
        truth = problem.Predictions(y_true=np.array([["A", 100.0], ["Q", 200.0]], dtype=object))
        y_pred = np.array([[0.9, 0.1, 0, 0, 150.0], [0.6, 0.4, 0, 0, 100.0]])
        predictions = problem.Predictions(y_pred=y_pred)
        scores = [s.score_function(truth, predictions) for s in (official, error, mare)]
        assert scores == pytest.approx([0.5, 0.5, 0.5])
        assert official.is_lower_the_better
