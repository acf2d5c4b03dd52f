"""Pollinating insects: which of eighteen kinds is it, from a small photograph?

The card of the problem is ``README.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rampflow.problems.images import SimplifiedImageClassifier
from rampflow.problems.metrics.classification import (
    Accuracy,
    BalancedAccuracy,
    NegativeLogLikelihood,
)
from rampflow.problems.predictions import make_multiclass

Part = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]

N_KINDS = 18
"""Their names are in ``kinds.py``."""

problem_title = "Pollinating insects: eighteen kinds, from small photographs"
Predictions = make_multiclass(label_names=list(range(N_KINDS)))
workflow = SimplifiedImageClassifier(n_classes=N_KINDS)
score_types = [
    Accuracy(name="accuracy", precision=3),
    BalancedAccuracy("balanced", precision=3, adjusted=False),
    NegativeLogLikelihood("nll", precision=3),
]


def get_cv(
    X: npt.NDArray[np.uint8], y: npt.NDArray[np.int64]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return three random splits, each with a fifth of every kind to validate on."""
    from sklearn.model_selection import StratifiedShuffleSplit

    return iter(StratifiedShuffleSplit(n_splits=3, test_size=0.2, random_state=57).split(X, y))


def get_train_data(path: str = ".") -> Part:
    """Read the photographs for training.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/insects.npz`` below it.

    Returns
    -------
    X : ndarray of uint8, shape (n_photographs, size, size, 3)
        Red, green and blue, 0 to 255.
    y : ndarray of int, shape (n_photographs,)
        The kind, 0 to 17, the most frequent one first.
    """
    return _read(path, training=True)


def get_test_data(path: str = ".") -> Part:
    """Read the photographs for testing; see `get_train_data` for what is returned."""
    return _read(path, training=False)


def _read(path: str, *, training: bool) -> Part:
    with np.load(Path(path) / "data" / "insects.npz", allow_pickle=False) as arrays:
        n_train = int(arrays["n_train"])
        part = slice(0, n_train) if training else slice(n_train, None)
        return arrays["images"][part], arrays["label"][part].astype(np.int64)
