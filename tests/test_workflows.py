"""Workflows: how the files of a submission are imported, trained and asked to predict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import cloudpickle
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rampflow.errors import SubmissionError
from rampflow.problems.elements import check_rows, get_attribute, import_element, take_rows
from rampflow.problems.workflows import (
    Classifier,
    Estimator,
    FeatureExtractorClassifier,
    FeatureExtractorRegressor,
    Regressor,
    TimeSeriesRegressor,
)

MEAN_REGRESSOR = """
    class Regressor:
        def fit(self, X, y):
            self.mean, self.n_rows = y.mean(), len(X)

        def predict(self, X):
            return [self.mean] * len(X)
"""
NOW = """
    import numpy as np

    class FeatureExtractor:
        def transform(self, X_ds):
            return X_ds["sst"].values[3:, np.newaxis]
"""
SUM_REGRESSOR = """
    class Regressor:
        def fit(self, X, y):
            self.X, self.y = X, y

        def predict(self, X):
            return X.sum(axis=1)
"""


@pytest.fixture
def submission(tmp_path, monkeypatch):
    """Write files into a folder that is on sys.path, as the runner has it."""
    folder = tmp_path / "team" / "model"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(folder)

    def write(**files):
        for name, text in files.items():
            (folder / f"{name}.py").write_text(dedent(text))
        return folder

    return write


@pytest.fixture
def series():
    """Ten steps of a series whose value is the number of the step: with burn-in 3, seven rows."""
    time = pd.date_range("2001-01-01", periods=10, freq="MS")
    return xr.Dataset({"sst": ("time", np.arange(10.0))}, coords={"time": time})


class TestImportElement:
    def test_leaves_nothing_behind_in_sys_modules(self, submission):
        before = set(sys.modules)
        module = import_element(submission(regressor=MEAN_REGRESSOR), "regressor")
        assert module.Regressor
        assert set(sys.modules) == before

    def test_leaves_nothing_behind_when_the_file_fails(self, submission):
        before = set(sys.modules)
        with pytest.raises(ZeroDivisionError):
            import_element(submission(regressor="1 / 0"), "regressor")
        assert set(sys.modules) == before

    def test_reads_every_file_anew(self, submission):
        submission(regressor="value = 1")
        first = import_element(submission(), "regressor")
        second = import_element(submission(regressor="value = 2"), "regressor")  # same size
        assert (first.value, second.value) == (1, 2)

    def test_writes_nothing_into_the_folder(self, submission):
        folder = submission(regressor="value = 1")
        import_element(folder, "regressor")
        assert [path.name for path in folder.iterdir()] == ["regressor.py"]

    def test_a_file_may_read_beside_itself_and_import_its_neighbours(self, submission):
        folder = submission(
            neighbour_of_regressor="value = 7",
            regressor="""
                from pathlib import Path
                from neighbour_of_regressor import value
                text = Path(__file__).with_name("weights.txt").read_text()
            """,
        )
        (folder / "weights.txt").write_text("1 2 3")
        module = import_element(folder, "regressor")
        sys.modules.pop("neighbour_of_regressor")
        assert (module.value, module.text) == (7, "1 2 3")

    def test_dataclasses_with_postponed_annotations_work(self, submission):
        folder = submission(
            regressor="""
                from __future__ import annotations
                from dataclasses import dataclass

                @dataclass
                class Regressor:
                    depth: int = 3
            """
        )
        assert import_element(folder, "regressor").Regressor().depth == 3

    def test_classes_travel_by_value(self, submission):
        """A process without the submission's folder can open what was trained."""
        model = import_element(submission(regressor=MEAN_REGRESSOR), "regressor").Regressor()
        model.fit(np.zeros((2, 1)), np.array([1.0, 3.0]))
        opened = "import pickle, sys; print(*pickle.load(sys.stdin.buffer).predict([0, 0, 0]))"
        done = subprocess.run(
            [sys.executable, "-c", opened],
            input=cloudpickle.dumps(model),
            capture_output=True,
            check=True,
            cwd=Path(__file__).parent,
        )
        assert done.stdout.split() == [b"2.0", b"2.0", b"2.0"]

    def test_a_missing_file_is_named(self, submission):
        with pytest.raises(SubmissionError, match=r"no file regressor\.py"):
            import_element(submission(), "regressor")

    def test_a_missing_class_is_named_with_what_there_is(self, submission):
        folder = submission(regressor="import os\nclass regressor: pass\ndef scale(): pass")
        module = import_element(folder, "regressor")
        expected = r"regressor\.py defines no class Regressor; it defines regressor, scale"
        with pytest.raises(SubmissionError, match=expected):
            get_attribute(module, "Regressor")


class TestRows:
    @pytest.mark.parametrize(
        "X",
        [
            np.array([[10.0], [11], [12], [13]]),
            pd.DataFrame({"a": [10.0, 11, 12, 13]}, index=[7, 6, 5, 4]),
            [[10.0], [11.0], [12.0], [13.0]],
        ],
        ids=["array", "table", "list"],
    )
    def test_are_taken_by_position_in_the_order_asked_for(self, X):
        assert np.asarray(take_rows(X, np.array([2, 0]))).tolist() == [[12.0], [10.0]]

    def test_a_wrong_number_is_told(self):
        with pytest.raises(SubmissionError, match=r"predict returned 3 rows; 4 were expected"):
            check_rows([1, 2, 3], 4, "predict")

    @pytest.mark.parametrize("value", [None, 3.0])
    def test_no_rows_at_all_are_told(self, value):
        with pytest.raises(SubmissionError, match="not an array of 4 rows"):
            check_rows(value, 4, "predict")


class TestOneFile:
    """Estimator, Classifier and Regressor train on the rows of the fold and predict all rows."""

    X = np.arange(12.0).reshape(6, 2)
    train_is = np.array([0, 1, 4])

    def test_estimator_predicts_values(self, submission):
        folder = submission(
            estimator="""
                from sklearn.dummy import DummyRegressor

                def get_estimator():
                    return DummyRegressor()
            """
        )
        workflow = Estimator()
        y = np.array([1.0, 2, np.nan, np.nan, 6, np.nan])
        trained = workflow.train_submission(folder, self.X, y, self.train_is)
        assert workflow.test_submission(trained, self.X).tolist() == [3.0] * 6

    def test_estimator_predicts_probabilities(self, submission):
        folder = submission(
            estimator="""
                from sklearn.dummy import DummyClassifier

                def get_estimator():
                    return DummyClassifier(strategy="prior")
            """
        )
        workflow = Estimator(method="predict_proba")
        y = np.array(["a", "b", "?", "?", "b", "?"])
        trained = workflow.train_submission(folder, self.X, y, self.train_is)
        y_pred = workflow.test_submission(trained, self.X)
        np.testing.assert_allclose(y_pred, [[1 / 3, 2 / 3]] * 6)

    def test_estimator_without_the_method_is_told(self, submission):
        folder = submission(
            estimator="""
                from sklearn.linear_model import Ridge
                get_estimator = Ridge
            """
        )
        with pytest.raises(SubmissionError, match="Ridge, which has no method predict_proba"):
            Estimator("predict_proba").train_submission(folder, self.X, self.X[:, 0], [0, 1])

    def test_an_unknown_method_is_refused(self):
        with pytest.raises(ValueError, match="give 'predict' or 'predict_proba'"):
            Estimator("transform")  # type: ignore[arg-type]

    def test_regressor(self, submission):
        workflow = Regressor()
        y = np.array([1.0, 2, np.nan, np.nan, 6, np.nan])
        folder = submission(regressor=MEAN_REGRESSOR)
        trained = workflow.train_submission(folder, self.X, y, self.train_is)
        assert trained.n_rows == 3
        assert workflow.test_submission(trained, self.X).tolist() == [3.0] * 6

    def test_classifier_with_too_few_rows_is_told(self, submission):
        folder = submission(
            classifier="""
                class Classifier:
                    def fit(self, X, y): pass
                    def predict_proba(self, X): return [[0.5, 0.5]]
            """
        )
        workflow = Classifier()
        trained = workflow.train_submission(folder, self.X, np.zeros(6), self.train_is)
        expected = r"Classifier\.predict_proba returned 1 rows; 6 were expected"
        with pytest.raises(SubmissionError, match=expected):
            workflow.test_submission(trained, self.X)

    @pytest.mark.parametrize(
        ("workflow", "files"),
        [
            (Estimator(), ("estimator.py",)),
            (Classifier(), ("classifier.py",)),
            (Regressor(), ("regressor.py",)),
            (FeatureExtractorRegressor(), ("feature_extractor.py", "regressor.py")),
            (FeatureExtractorClassifier(), ("feature_extractor.py", "classifier.py")),
            (FeatureExtractorClassifier("features_clf"), ("features_clf.py", "classifier.py")),
            (TimeSeriesRegressor(), ("ts_feature_extractor.py", "regressor.py")),
        ],
    )
    def test_element_names_are_the_files_of_a_submission(self, workflow, files):
        assert workflow.element_names == files


class TestFeatureExtractorRegressor:
    X = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [10.0, 20, 30, 40]})

    def test_fits_both_on_the_training_rows(self, submission):
        folder = submission(
            feature_extractor="""
                class FeatureExtractor:
                    def fit(self, X, y):
                        self.shift = y.sum()

                    def transform(self, X):
                        return X.to_numpy() + self.shift
            """,
            regressor=SUM_REGRESSOR,
        )
        workflow = FeatureExtractorRegressor()
        y = np.array([100.0, np.nan, 200.0, np.nan])
        trained = workflow.train_submission(folder, self.X, y, [0, 2])
        np.testing.assert_array_equal(trained[1].X, [[301, 310], [303, 330]])
        np.testing.assert_array_equal(trained[1].y, [100, 200])
        assert workflow.test_submission(trained, self.X).tolist() == [611, 622, 633, 644]

    def test_fit_of_the_features_may_be_missing_and_lost_rows_are_told(self, submission):
        folder = submission(
            feature_extractor="""
                class FeatureExtractor:
                    def transform(self, X):
                        return X[X.a > 1].to_numpy()
            """,
            regressor=SUM_REGRESSOR,
        )
        expected = r"FeatureExtractor\.transform returned 1 rows; 2 were expected"
        with pytest.raises(SubmissionError, match=expected):
            FeatureExtractorRegressor().train_submission(folder, self.X, np.ones(4), [0, 2])


class TestFeatureExtractorClassifier:
    """As the regressor, but probabilities come out; X may be a table of arrays."""

    X = pd.DataFrame({"points": [np.array([1.0]), np.array([2.0, 4]), np.arange(3.0), np.ones(9)]})

    def test_fits_both_on_the_training_rows_and_predicts_probabilities(self, submission):
        folder = submission(
            feature_extractor="""
                import numpy as np

                class FeatureExtractor:
                    def transform(self, X):
                        return np.array([[len(p), p.sum()] for p in X["points"]])
            """,
            classifier="""
                import numpy as np

                class Classifier:
                    def fit(self, X, y):
                        self.X, self.y = X, y

                    def predict_proba(self, X):
                        share = X[:, 0] / 10
                        return np.stack([share, 1 - share], axis=1)
            """,
        )
        workflow = FeatureExtractorClassifier()
        trained = workflow.train_submission(folder, self.X, np.array([1, 0, 2, 0]), [2, 0])
        assert trained[1].X.tolist() == [[3, 3], [1, 1]]
        assert trained[1].y.tolist() == [2, 1]
        y_pred = workflow.test_submission(trained, self.X)
        np.testing.assert_allclose(y_pred[:, 0], [0.1, 0.2, 0.3, 0.9])

    def test_a_class_with_another_name_is_told(self, submission):
        folder = submission(feature_extractor="class FeatureExtractor: ...", classifier="Model = 1")
        expected = r"classifier\.py defines no class Classifier; it defines"
        with pytest.raises(SubmissionError, match=expected):
            FeatureExtractorClassifier().train_submission(folder, self.X, np.ones(4), [0])


class TestTimeSeriesRegressor:
    workflow = TimeSeriesRegressor(burn_in=3)

    def test_row_i_is_issued_at_step_burn_in_plus_i(self, submission, series):
        folder = submission(ts_feature_extractor=NOW, regressor=SUM_REGRESSOR)
        trained = self.workflow.train_submission(folder, series, np.zeros(7), [0, 1])
        np.testing.assert_array_equal(trained[1].X, [[3], [4]])
        y_pred = self.workflow.test_submission(trained, series)
        assert y_pred.tolist() == [3, 4, 5, 6, 7, 8, 9]

    def test_any_prefix_is_predicted(self, submission, series):
        folder = submission(ts_feature_extractor=NOW, regressor=SUM_REGRESSOR)
        trained = self.workflow.train_submission(folder, series, np.zeros(7), [0, 1])
        for n_rows in range(1, 8):
            prefix = series.isel(time=slice(0, 3 + n_rows))
            assert self.workflow.test_submission(trained, prefix).tolist() == [
                3.0 + row for row in range(n_rows)
            ]

    def test_training_ends_at_the_last_issue_and_hides_other_labels(self, submission, series):
        folder = submission(
            ts_feature_extractor=NOW
            + """
        def fit(self, X_ds, y):
            self.last, self.y = float(X_ds["sst"][-1]), y
            """,
            regressor=SUM_REGRESSOR,
        )
        y = np.array([10.0, 11, 12, 13, 14, 15, 16])
        extractor, regressor = self.workflow.train_submission(folder, series, y, [0, 3, 1])
        assert extractor.last == 6.0  # row 3 is issued at step 6
        np.testing.assert_array_equal(extractor.y, [10, 11, np.nan, 13])
        np.testing.assert_array_equal(regressor.y, [10, 13, 11])
        np.testing.assert_array_equal(regressor.X, [[3], [6], [4]])

    def test_features_of_the_burn_in_are_told(self, submission, series):
        folder = submission(
            ts_feature_extractor=NOW.replace("[3:,", "[:,"), regressor=SUM_REGRESSOR
        )
        with pytest.raises(SubmissionError) as caught:
            self.workflow.train_submission(folder, series, np.zeros(7), [0, 1])
        assert "returned 5 rows; 2 were expected" in str(caught.value)
        assert "5 steps of time, of which the first 3 are burn-in" in str(caught.value)

    def test_a_single_feature_without_its_axis_is_told(self, submission, series):
        folder = submission(
            ts_feature_extractor=NOW.replace(", np.newaxis", ""), regressor=SUM_REGRESSOR
        )
        with pytest.raises(SubmissionError, match=r"shape \(2,\); two dimensions"):
            self.workflow.train_submission(folder, series, np.zeros(7), [0, 1])

    def test_lost_predictions_are_told(self, submission, series):
        folder = submission(
            ts_feature_extractor=NOW, regressor=SUM_REGRESSOR.replace("axis=1", "axis=0")
        )
        trained = self.workflow.train_submission(folder, series, np.zeros(7), [0, 1])
        with pytest.raises(SubmissionError, match=r"Regressor\.predict returned 1 rows; 7"):
            self.workflow.test_submission(trained, series)


def test_importing_the_workflows_is_cheap():
    """Light steps import this module: it must not bring in a heavy library."""
    heavy = "{'pandas', 'xarray', 'sklearn', 'scipy', 'matplotlib', 'cloudpickle'}"
    code = f"import sys, rampflow.problems.workflows; print({heavy} & set(sys.modules) or 'none')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1] / "workflow",
    )
    assert done.stdout.strip() == "none"
