"""Drug spectra, split by preparation: which molecule is in an infusion nobody has seen before?

The challenge of the problem ``drug_spectra`` on the same spectra; only the split is another one.
The card of the problem is ``README.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rampflow.problems.metrics.classification import ClassificationError
from rampflow.problems.metrics.combined import MixedScore, PartScore
from rampflow.problems.metrics.regression import MARE
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression
from rampflow.problems.spectra import DrugSpectra, preparations, spectra_table

if TYPE_CHECKING:
    import pandas as pd

    Part = tuple[pd.DataFrame, npt.NDArray[np.object_]]

MOLECULES = ["A", "B", "Q", "R"]
TRAINING_SHARE = 0.7
SEED = 57
"""Of the choice of preparations for training."""

problem_title = "Drug spectra, split by preparation: which molecule, and how much of it"
Predictions = make_combined(
    [make_multiclass(label_names=MOLECULES), make_regression(label_names=["concentration"])]
)
workflow = DrugSpectra()
_error, _mare = ClassificationError(name="error", precision=3), MARE(name="mare", precision=3)
score_types = [
    MixedScore([_error, _mare], weights=[2 / 3, 1 / 3], name="combined", precision=3),
    PartScore(_error, part=0),
    PartScore(_mare, part=1),
]


def get_cv(
    X: pd.DataFrame, y: npt.NDArray[np.object_]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return eight random splits of preparations, a fifth of them to validate on."""
    from sklearn.model_selection import GroupShuffleSplit

    splitter = GroupShuffleSplit(n_splits=8, test_size=0.2, random_state=57)
    return iter(splitter.split(X, groups=preparations(X, y)))


def get_train_data(path: str = ".") -> Part:
    """Read the vials for training.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/spectra.npz`` below it.

    Returns
    -------
    X : pandas.DataFrame
        One row per vial: ``solute``, ``spectra`` (arrays of 1866 intensities) and ``vial``.
    y : ndarray of object, shape (n_vials, 2)
        Molecule and concentration.
    """
    return _read(path, training=True)


def get_test_data(path: str = ".") -> Part:
    """Read the vials for testing; see `get_train_data` for what is returned."""
    return _read(path, training=False)


def _read(path: str, *, training: bool) -> Part:
    """Read one part: preparations drawn once and for all are for training, the others for testing.

    Drawn, as those that come first among vials in random order would have more vials than others.
    """
    X, y = spectra_table(Path(path) / "data" / "spectra.npz")
    group = preparations(X, y)
    n_groups = int(group.max()) + 1
    drawn = np.random.default_rng(SEED).permutation(n_groups)
    part = np.isin(group, drawn[: round(TRAINING_SHARE * n_groups)]) == training
    return X[part].reset_index(drop=True), y[part]
