"""The HiggsML problem: its simulated collisions, its data set, its contract."""

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
from tests.support.need import need_shared

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "higgsml"
FILE = "problems/higgsml/data/events.npz"
SEED, N_TRAIN, N_TEST = 41, 25_000, 55_000
CODE = ("collisions", "kinematics", "missing_mass", "processes", "simulate")
MARGIN = 1e-11
"""GeV by which any quantity may be off without changing a byte; processors differ by 1e-12."""
PUBLISHED_JETS = {0: (0.460, 0.296, 0.147, 0.096), 1: (0.299, 0.323, 0.296, 0.082)}
PUBLISHED_MISSING = {0: (0.211, 0.756), 1: (0.032, 0.622)}
"""For background and signal: without an estimated mass, and without two jets."""
SIGNAL_WEIGHTS = (0.001502, 0.001503, 0.002653, 0.018636)


@pytest.fixture(scope="module")
def modules():
    """The modules of the simulator, found as the command finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.delitem(sys.modules, "simulate", raising=False)  # other problems have one too
        yield {name: importlib.import_module(name) for name in CODE}
        for name in CODE:
            del sys.modules[name]


@pytest.fixture(scope="module")
def content(modules):
    """The bytes of the default data set."""
    simulate = modules["simulate"]
    return simulate.encode(simulate.make_arrays(SEED, N_TRAIN, N_TEST))


@pytest.fixture(scope="module")
def problem():
    return load_problem(FOLDER).module


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    """A problem folder that holds the data set."""
    folder = tmp_path_factory.mktemp("higgsml")
    (folder / "data").mkdir()
    (folder / "data" / "events.npz").write_bytes(content)
    return str(folder)


@pytest.fixture(scope="module")
def train(problem, folder):
    return problem.get_train_data(folder)


@pytest.fixture(scope="module")
def test(problem, folder):
    return problem.get_test_data(folder)


class TestCollisions:
    def test_labels_and_jets_are_as_frequent_as_published(self, test):
        X, y = test
        assert y[:, 0].mean() == pytest.approx(85_667 / 250_000, abs=0.006)
        for label, expected in PUBLISHED_JETS.items():
            jets = X["PRI_jet_num"][y[:, 0] == label]
            np.testing.assert_allclose([np.mean(jets == n) for n in range(4)], expected, atol=0.01)

    def test_as_much_is_missing_as_published(self, test):
        X, y = test
        for label, expected in PUBLISHED_MISSING.items():
            own = X[y[:, 0] == label]
            shares = [np.mean(own[name] == -999) for name in ("DER_mass_MMC", "DER_mass_jet_jet")]
            np.testing.assert_allclose(shares, expected, atol=0.012)

    def test_signal_has_four_weights_and_background_many(self, test):
        weight, label = test[1][:, 1], test[1][:, 0]
        np.testing.assert_allclose(np.unique(weight[label == 1]), SIGNAL_WEIGHTS)
        background = weight[label == 0]
        assert (background.min(), background.max()) == (0.064, 7.58)
        assert background.mean() == pytest.approx(2.51, abs=0.03)
        assert len(np.unique(background)) > 10_000

    def test_the_mass_of_the_signal_is_that_of_its_boson_and_background_s_lies_lower(self, test):
        X, y = test
        mass = X["DER_mass_MMC"]
        medians = [np.median(mass[(y[:, 0] == k) & (mass > 0)]) for k in (0, 1)]
        assert medians[1] == pytest.approx(125, abs=4)
        assert 95 < medians[0] < 115

    def test_a_trigger_kept_them(self, test):
        X, _ = test
        assert X["PRI_tau_pt"].min() >= 20
        assert X["PRI_lep_pt"].min() >= 26
        assert X[["PRI_tau_eta", "PRI_lep_eta"]].abs().max(axis=None) <= 2.5
        assert X["DER_deltar_tau_lep"].min() >= 0.499

    def test_decays_conserve_momentum_and_mass(self, modules):
        collisions, processes = modules["collisions"], modules["processes"]
        rng = np.random.default_rng(0)
        process = processes.PROCESSES[processes.SIGNAL][0]
        boson = collisions._boson(process, 30 * rng.standard_normal((2, 100)), rng)
        first, second = collisions._decay(boson, rng)
        np.testing.assert_allclose(first + second, boson, atol=1e-9)
        for particle in (first, second):
            massless = particle[3] ** 2 - np.sum(particle[:3] ** 2, axis=0)
            np.testing.assert_allclose(massless / particle[3] ** 2, 0, atol=1e-10)
        mass = np.sqrt(boson[3] ** 2 - np.sum(boson[:3] ** 2, axis=0))
        np.testing.assert_allclose(mass, 125, atol=0.1)


class TestKinematics:
    @pytest.fixture(scope="class")
    @classmethod
    def events(cls, modules):
        """Tau and lepton back to back, the missing momentum along the lepton, two jets."""
        columns = {name: np.zeros(1) for name in modules["kinematics"].PRIMITIVE}
        columns |= {
            "PRI_tau_pt": np.array([40.0]),
            "PRI_lep_pt": np.array([30.0]),
            "PRI_lep_phi": np.array([np.pi]),
            "PRI_met": np.array([10.0]),
            "PRI_met_phi": np.array([np.pi]),
            "PRI_jet_num": np.array([2.0]),
            "PRI_jet_leading_pt": np.array([50.0]),
            "PRI_jet_leading_eta": np.array([1.0]),
            "PRI_jet_subleading_pt": np.array([50.0]),
            "PRI_jet_subleading_eta": np.array([-1.0]),
            "PRI_jet_subleading_phi": np.array([np.pi]),
            "PRI_jet_all_pt": np.array([100.0]),
        }
        return columns

    def test_quantities_by_hand(self, modules, events):
        found = {k: float(v[0]) for k, v in modules["kinematics"].derive(events).items()}
        expected = {
            "DER_mass_transverse_met_lep": 0.0,
            "DER_mass_vis": 2 * np.sqrt(40 * 30),
            "DER_pt_h": 0.0,
            "DER_deltaeta_jet_jet": 2.0,
            "DER_mass_jet_jet": 100 * np.cosh(1),
            "DER_prodeta_jet_jet": -1.0,
            "DER_deltar_tau_lep": np.pi,
            "DER_pt_tot": 0.0,
            "DER_sum_pt": 170.0,
            "DER_pt_ratio_lep_tau": 0.75,
            "DER_lep_eta_centrality": 1.0,
        }
        assert {k: found[k] for k in expected} == pytest.approx(expected, abs=1e-9)

    def test_quantities_do_not_change_when_the_detector_is_turned(self, modules, test):
        kinematics = modules["kinematics"]
        columns = {name: test[0][name].to_numpy()[:500] for name in kinematics.PRIMITIVE}
        turned = {
            name: np.where(v == -999, v, v + 0.7) if name.endswith("phi") else v
            for name, v in columns.items()
        }
        for name, values in kinematics.derive(turned).items():
            np.testing.assert_allclose(values, kinematics.derive(columns)[name], atol=1e-6)

    def test_derived_columns_follow_from_the_others(self, modules, test):
        kinematics = modules["kinematics"]
        columns = {name: test[0][name].to_numpy() for name in kinematics.PRIMITIVE}
        for name, values in kinematics.derive(columns).items():
            np.testing.assert_allclose(test[0][name], values, atol=0.000501)

    def test_the_missing_mass_of_taus_that_lose_nothing_is_the_visible_one(self, modules, events):
        """Nothing is missing, so shares near one are likely; the mean over all is a little more."""
        still = events | {"PRI_met": np.array([0.0]), "PRI_lep_pt": np.array([40.0])}
        found = modules["missing_mass"].missing_mass(still)
        assert 80 < found[0] < 160

    def test_missing_momentum_that_no_tau_explains_has_no_mass(self, modules, events):
        away = events | {"PRI_met": np.array([120.0]), "PRI_met_phi": np.array([np.pi / 2])}
        assert modules["missing_mass"].missing_mass(away)[0] == -999


class TestDataset:
    def test_has_the_bytes_that_dvc_has_locked(self, content):
        (out,) = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["higgsml"]["outs"]
        assert out["path"] == FILE
        assert out["size"] == len(content) < 12e6
        assert out["md5"] == hashlib.md5(content).hexdigest()

    def test_the_lock_is_of_the_code_as_it_is(self):
        stage = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["higgsml"]
        locked = {dep["path"]: dep["md5"] for dep in stage["deps"]}
        assert set(locked) == {f"problems/higgsml/{name}.py" for name in CODE}
        for path, md5 in locked.items():
            found = hashlib.md5((ROOT / path).read_bytes()).hexdigest()
            assert found == md5, f"{path} has changed: run `dvc repro` and commit dvc.lock"

    def test_last_bits_cannot_change_a_quantity(self, modules):
        rng = np.random.default_rng(SEED)
        collisions = modules["collisions"].draw_collisions(N_TRAIN + N_TEST, rng)
        table = modules["simulate"].measured_and_derived(collisions.measured, rng)
        # a product or a quotient of two rounded numbers is the same on every machine
        derived = {
            name: values
            for name, values in table.items()
            if name.startswith("DER") and "ratio" not in name and "prodeta" not in name
        }
        for values in (*collisions.measured.values(), *derived.values()):
            ticks = values * 1000
            assert np.abs(ticks - np.floor(ticks) - 0.5).min() / 1000 > MARGIN

    def test_the_arguments_give_the_bytes(self, modules, tmp_path):
        simulate = modules["simulate"]
        file = tmp_path / "new" / "events.npz"
        simulate.main(["--seed", "5", "--train", "30", "--test", "20", "--output", str(file)])
        assert file.read_bytes() == simulate.encode(simulate.make_arrays(5, 30, 20))
        assert file.read_bytes() != simulate.encode(simulate.make_arrays(6, 30, 20))
        assert [path.name for path in file.parent.iterdir()] == ["events.npz"]

    def test_is_read_without_pickle_and_says_nothing_of_the_process(self, content):
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            names = set(arrays)
        assert names == {"n_train", "columns", "thousandths", "event_id", "label", "weight"}


class TestProblem:
    def test_has_the_documented_events(self, modules, train, test):
        for (X, y), n_events in ((train, N_TRAIN), (test, N_TEST)):
            assert X.shape == (n_events, 31)
            assert y.shape == (n_events, 2)
            assert set(np.unique(y[:, 0])) == {0, 1}
            assert (y[:, 1] > 0).all()
        assert list(train[0]) == ["EventId", *modules["kinematics"].COLUMNS]
        observed = load_problem(ROOT / "problems" / "higgsml_observed").module
        assert modules["kinematics"].COLUMNS == observed.COLUMNS
        assert (train[0].dtypes[1:] == np.float64).all()

    def test_no_weight_is_a_quantity_and_numbers_of_events_run_on(self, problem, folder, test):
        X, _ = test
        assert not [name for name in X if "eight" in name or name == "Label"]
        assert X["EventId"].tolist() == list(range(125_000, 180_000))
        assert problem.get_test_ids(folder) == [str(number) for number in X["EventId"]]

    def test_what_is_missing_follows_the_number_of_jets(self, modules, train):
        X, kinematics = train[0], modules["kinematics"]
        for n_jets, names in ((1, kinematics.OF_ONE_JET), (2, kinematics.OF_TWO_JETS)):
            for name in names:
                assert ((X[name] == -999) == (X["PRI_jet_num"] < n_jets)).all()
        always = X.drop(columns=[*kinematics.OF_ONE_JET, *kinematics.OF_TWO_JETS, "DER_mass_MMC"])
        assert not (always == -999).any(axis=None)

    def test_folds_are_five_that_validate_every_event_once(self, problem, train):
        folds = list(problem.get_cv(*train))
        assert [len(valid_is) for _, valid_is in folds] == [5000] * 5
        assert sorted(np.concatenate([valid_is for _, valid_is in folds])) == list(range(N_TRAIN))
        shares = [train[1][valid_is, 0].mean() for _, valid_is in folds]
        np.testing.assert_allclose(shares, train[1][:, 0].mean(), atol=0.0003)

    def test_a_window_on_the_mass_scores_the_same_in_every_part(self, problem, train, test):
        """Weights of a part are renormalised, so its size does not matter."""
        scores = []
        for (X, y), rows in ((train, slice(None)), (test, slice(None)), (test, slice(0, 20_000))):
            near = np.abs(X["DER_mass_MMC"].to_numpy()[rows] - 125) < 22
            truth = problem.Predictions(y_true=y[rows])
            found = problem.Predictions(y_pred=np.stack([~near, near], axis=1))
            scores.append(problem.score_types[0].score_function(truth, found))
        np.testing.assert_allclose(scores, 1.55, atol=0.1)

    def test_a_table_of_events_is_stored_and_read_as_it_is(self, train, tmp_path):
        X = train[0].iloc[:50]
        save(X, tmp_path / "X")
        pd.testing.assert_frame_equal(load(tmp_path / "X"), X)


@pytest.mark.shared
class TestRealEvents:
    """The code of the simulator on 9,998 events of the challenge of 2014."""

    @pytest.fixture(scope="class")
    @classmethod
    def real(cls):
        return pd.read_csv(need_shared("data/higgs/higgsml_10k.csv.gz"))

    def test_columns_derived_from_the_others_are_those_of_the_file(self, modules, real):
        """Up to what rounding leaves; jets have masses there."""
        kinematics = modules["kinematics"]
        found = kinematics.derive({name: real[name].to_numpy() for name in kinematics.PRIMITIVE})
        assert {*found, "DER_mass_MMC"} == set(kinematics.DERIVED)
        for name, values in found.items():
            expected = real[name].to_numpy()
            there = expected != -999
            np.testing.assert_array_equal(values != -999, there)
            off = np.quantile(np.abs(values - expected)[there], 0.99)
            assert off < (10 if name == "DER_mass_jet_jet" else 0.1), name

    def test_the_small_calculator_agrees_with_that_of_the_experiment(self, modules, real):
        kinematics = modules["kinematics"]
        columns = {name: real[name].to_numpy() for name in kinematics.PRIMITIVE}
        found, expected = modules["missing_mass"].missing_mass(columns), real["DER_mass_MMC"]
        both = (found > 0) & (expected > 0)
        assert np.corrcoef(np.log(found[both]), np.log(expected[both]))[0, 1] > 0.95
        assert np.median(found[both] / expected[both]) == pytest.approx(1.0, abs=0.1)
