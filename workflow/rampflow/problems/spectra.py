"""Spectra of infusions: a class and a number at once, from the same rows.

What the problems of drug spectra share, whatever their split and wherever their data come from.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import SubmissionError
from rampflow.problems.elements import Rows, take_rows
from rampflow.problems.workflows import FeatureExtractorClassifier, FeatureExtractorRegressor

if TYPE_CHECKING:
    import pandas as pd

    Table = tuple[pd.DataFrame, npt.NDArray[np.object_]]


class DrugSpectra:
    """Four files: features and a classifier for the class, features and a regressor for the number.

    ``feature_extractor_clf.py`` and ``feature_extractor_reg.py`` hold a class ``FeatureExtractor``,
    ``classifier.py`` a class ``Classifier`` and ``regressor.py`` a class ``Regressor``, as in
    `FeatureExtractorClassifier` and `FeatureExtractorRegressor`.

    The table that the second feature extractor gets has one more column per class, named like the
    class: in training 1.0 where it is that of the row and 0.0 elsewhere, in predicting the
    probabilities of the classifier. y has two columns, class and number.
    """

    def __init__(self) -> None:
        self.classification = FeatureExtractorClassifier("feature_extractor_clf")
        self.regression = FeatureExtractorRegressor("feature_extractor_reg")
        self.element_names = self.classification.element_names + self.regression.element_names

    def train_submission(
        self, module_path: str | Path, X: pd.DataFrame, y: Any, train_is: Rows
    ) -> tuple[npt.NDArray[Any], Any, Any]:
        """Return the classes, and what was trained for each of the two questions."""
        X_train, y_train = take_rows(X, train_is), np.asarray(take_rows(y, train_is))
        label, number = y_train[:, 0], y_train[:, 1].astype(np.float64)
        everything = np.arange(len(y_train))
        classified = self.classification.train_submission(module_path, X_train, label, everything)
        classes = np.unique(label)
        known = (label[:, np.newaxis] == classes).astype(np.float64)
        measured = self.regression.train_submission(
            module_path, _with_classes(X_train, classes, known), number, everything
        )
        return classes, classified, measured

    def test_submission(
        self, trained: tuple[npt.NDArray[Any], Any, Any], X: pd.DataFrame
    ) -> npt.NDArray[np.float64]:
        """Return probabilities and number of all rows of X, side by side."""
        classes, classified, measured = trained
        probabilities = np.asarray(self.classification.test_submission(classified, X))
        if probabilities.ndim != 2 or probabilities.shape[1] != len(classes):
            raise SubmissionError(
                f"Classifier.predict_proba returned an array of shape {probabilities.shape}; "
                f"{len(classes)} columns, one per class, were expected",
                do=f"return probabilities in the order {', '.join(map(str, classes))}",
            )
        table = _with_classes(X, classes, probabilities)
        number = np.asarray(self.regression.test_submission(measured, table), dtype=np.float64)
        return np.column_stack([probabilities, number.reshape(len(probabilities), -1)])


def _with_classes(
    X: pd.DataFrame, classes: npt.NDArray[Any], values: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """Return a table with one more column per class; X itself stays as it is."""
    return X.assign(**{str(name): values[:, i] for i, name in enumerate(classes)})


def spectra_table(file: Path) -> Table:
    """Read the simulated spectra.

    Parameters
    ----------
    file : Path
        What ``problems/drug_spectra/simulate.py`` wrote.

    Returns
    -------
    X : pandas.DataFrame
        One row per vial: ``solute``, ``spectra`` (an array in each cell) and ``vial``.
    y : ndarray of object, shape (n_vials, 2)
        Molecule and concentration.
    """
    with np.load(file, allow_pickle=False) as arrays:
        intensities = arrays["ticks"] * float(arrays["tick"])
        return make_table(
            arrays["molecule"],
            arrays["concentration"],
            arrays["solute"].astype(np.int64),
            arrays["vial"].astype(np.int64),
            list(intensities),
        )


def make_table(
    molecule: npt.ArrayLike,
    concentration: npt.ArrayLike,
    solute: npt.ArrayLike,
    vial: npt.ArrayLike,
    intensities: list[npt.NDArray[np.float64]],
) -> Table:
    """Return X and y as the kit has them, whatever they were read from."""
    import pandas as pd

    cells = np.empty(len(intensities), dtype=object)
    for row, spectrum in enumerate(intensities):
        cells[row] = spectrum
    X = pd.DataFrame({"solute": solute, "spectra": cells, "vial": vial})
    y = np.empty((len(cells), 2), dtype=object)
    y[:, 0] = [str(name) for name in np.asarray(molecule)]
    y[:, 1] = [float(number) for number in np.asarray(concentration)]
    return X, y


def preparations(X: pd.DataFrame, y: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    """Number the preparations: vials of one molecule, concentration and solute.

    Parameters
    ----------
    X : pandas.DataFrame
        With a column ``solute``.
    y : ndarray of object, shape (n_vials, 2)
        Molecule and concentration.

    Returns
    -------
    ndarray of int, shape (n_vials,)
        0, 1, 2 … in the order in which preparations come first.
    """
    number: dict[tuple[Any, ...], int] = {}
    keys = zip(y[:, 0], y[:, 1], X["solute"], strict=True)
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
