"""Workflow and tables of the drug spectra problems: a class and a number from the same rows."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pandas as pd
import pytest

from rampflow.errors import SubmissionError
from rampflow.problems.spectra import DrugSpectra, make_table, preparations

FEATURES_CLF = """
    import numpy as np

    class FeatureExtractor:
        def transform(self, X):
            self.columns = list(X.columns)
            return np.stack(X["spectra"])
"""
CLASSIFIER = """
    import numpy as np

    class Classifier:
        def fit(self, X, y):
            self.X, self.y = X, y

        def predict_proba(self, X):
            return np.tile([0.25, 0.75], (len(X), 1))
"""
FEATURES_REG = """
    import numpy as np

    class FeatureExtractor:
        def fit(self, X, y):
            self.X, self.y = X, y

        def transform(self, X):
            return X[["a", "b"]].to_numpy()
"""
REGRESSOR = """
    class Regressor:
        def fit(self, X, y):
            self.X, self.y = X, y

        def predict(self, X):
            return 100 * X[:, 0] + X[:, 1]
"""
FILES = {
    "feature_extractor_clf": FEATURES_CLF,
    "classifier": CLASSIFIER,
    "feature_extractor_reg": FEATURES_REG,
    "regressor": REGRESSOR,
}


@pytest.fixture
def table():
    """Four vials of two molecules, two pixels each."""
    intensities = [np.array([1.0, 2]), np.array([3.0, 4]), np.array([5.0, 6]), np.array([7.0, 8])]
    return make_table(
        ["b", "a", "a", "b"], [10, 20, 20, 10], [1, 2, 2, 9], [1, 1, 2, 1], intensities
    )


@pytest.fixture
def submission(tmp_path, monkeypatch):
    """Write the files of a submission, some of them changed."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(**changed):
        for name, text in (FILES | changed).items():
            (tmp_path / f"{name}.py").write_text(dedent(text))
        return tmp_path

    return write


class TestDrugSpectra:
    def test_has_four_files(self):
        assert DrugSpectra().element_names == tuple(f"{name}.py" for name in FILES)

    def test_trains_each_question_on_its_own_answer(self, table, submission):
        classes, (_, classifier), (features, regressor) = DrugSpectra().train_submission(
            submission(), *table, [0, 1]
        )
        assert classes.tolist() == ["a", "b"]
        assert classifier.X.tolist() == [[1, 2], [3, 4]]
        assert classifier.y.tolist() == ["b", "a"]
        # the regression is told which class each row is of
        assert features.X[["a", "b"]].to_numpy().tolist() == [[0, 1], [1, 0]]
        assert regressor.X.tolist() == [[0, 1], [1, 0]]
        assert regressor.y.tolist() == [10.0, 20.0]
        assert regressor.y.dtype == np.float64

    def test_predicts_probabilities_then_the_number_which_was_told_of_them(self, table, submission):
        workflow, (X, y) = DrugSpectra(), table
        trained = workflow.train_submission(submission(), X, y, np.arange(4))
        y_pred = workflow.test_submission(trained, X)
        assert y_pred.tolist() == [[0.25, 0.75, 25.75]] * 4

    def test_leaves_the_table_as_it_is(self, table, submission):
        workflow, (X, y) = DrugSpectra(), table
        before = X.copy()
        trained = workflow.train_submission(submission(), X, y, np.arange(4))
        workflow.test_submission(trained, X)
        pd.testing.assert_frame_equal(X, before)

    def test_the_classifier_is_not_told_the_class(self, table, submission):
        _, (features, _), _ = DrugSpectra().train_submission(submission(), *table, np.arange(4))
        assert features.columns == ["solute", "spectra", "vial"]

    def test_a_fit_of_features_may_be_missing(self, table, submission):
        folder = submission(
            feature_extractor_reg="""
                class FeatureExtractor:
                    def transform(self, X):
                        return X[["a", "b"]].to_numpy()
            """
        )
        DrugSpectra().train_submission(folder, *table, np.arange(4))

    def test_probabilities_of_another_number_of_classes_are_told(self, table, submission):
        workflow, (X, y) = DrugSpectra(), table
        folder = submission(classifier=CLASSIFIER.replace("[0.25, 0.75]", "[0.2, 0.3, 0.5]"))
        trained = workflow.train_submission(folder, X, y, np.arange(4))
        with pytest.raises(SubmissionError, match=r"\(4, 3\); 2 columns, one per class") as caught:
            workflow.test_submission(trained, X)
        assert "in the order a, b" in caught.value.do

    def test_lost_rows_are_told(self, table, submission):
        workflow, (X, y) = DrugSpectra(), table
        folder = submission(regressor=REGRESSOR.replace("+ X[:, 1]", "[1:]"))
        trained = workflow.train_submission(folder, X, y, np.arange(4))
        with pytest.raises(SubmissionError, match=r"Regressor\.predict returned"):
            workflow.test_submission(trained, X)


class TestTable:
    def test_has_an_array_in_each_cell_and_two_answers(self, table):
        X, y = table
        assert list(X.columns) == ["solute", "spectra", "vial"]
        assert X["spectra"][2].tolist() == [5.0, 6.0]
        assert y.tolist() == [["b", 10.0], ["a", 20.0], ["a", 20.0], ["b", 10.0]]

    def test_preparations_are_numbered_as_they_come(self, table):
        """The last vial is of another solute than the first."""
        assert preparations(*table).tolist() == [0, 1, 1, 2]
