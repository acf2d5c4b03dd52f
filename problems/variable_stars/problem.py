"""Variable stars: which of four kinds is a star, from a catalogue and its light curves?

The card of the problem is ``README.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rampflow.problems.metrics.classification import Accuracy, NegativeLogLikelihood
from rampflow.problems.predictions import make_multiclass
from rampflow.problems.workflows import FeatureExtractorClassifier

if TYPE_CHECKING:
    import pandas as pd

    Part = tuple[pd.DataFrame, npt.NDArray[np.int64]]

CLASSES = {1: "binary", 2: "Cepheid", 3: "RR Lyrae", 4: "Mira"}
POINTS = ("light", "error", "background", "pollution")
"""What the file has of each point, beside its night, in hundredths."""
SHORT = {"background": "bkg", "pollution": "polltn"}
"""Names of X where they differ: those of the kit of 2015."""

problem_title = "Variable stars: four kinds, from their light curves"
Predictions = make_multiclass(label_names=list(CLASSES))
workflow = FeatureExtractorClassifier()
score_types = [Accuracy(name="accuracy", precision=3), NegativeLogLikelihood("nll", precision=3)]


def get_cv(
    X: pd.DataFrame, y: npt.NDArray[np.int64]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return eight random splits, each with a fifth of the stars of every class to validate on."""
    from sklearn.model_selection import StratifiedShuffleSplit

    return iter(StratifiedShuffleSplit(n_splits=8, test_size=0.2, random_state=57).split(X, y))


def get_train_data(path: str = ".") -> Part:
    """Read the stars for training.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/stars.npz`` below it.

    Returns
    -------
    X : pandas.DataFrame
        One row per star: numbers of the catalogue, then in ten columns, such as
        ``light_points_b``, arrays whose lengths differ from star to star.
    y : ndarray of int, shape (n_stars,)
        The class, a key of `CLASSES`.
    """
    with np.load(_file(path), allow_pickle=False) as arrays:
        n_train = int(arrays["n_train"])
        return _stars(dict(arrays), slice(0, n_train))


def get_test_data(path: str = ".") -> Part:
    """Read the stars for testing; see `get_train_data` for what is returned."""
    with np.load(_file(path), allow_pickle=False) as arrays:
        n_train = int(arrays["n_train"])
        return _stars(dict(arrays), slice(n_train, None))


def _file(path: str) -> Path:
    return Path(path) / "data" / "stars.npz"


def _stars(arrays: dict[str, npt.NDArray[np.generic]], part: slice) -> Part:
    """Make the table of some stars."""
    import pandas as pd

    X = pd.DataFrame(arrays["catalogue"][part], columns=arrays["columns"].tolist())
    for band in ("b", "r"):
        ends = np.cumsum(arrays[f"n_points_{band}"], dtype=np.int64)
        times = arrays[f"times_{band}"][arrays[f"night_{band}"]]
        values = {"time": times} | {name: arrays[f"{name}_{band}"] / 100 for name in POINTS}
        for name, points in values.items():
            column = np.empty(len(ends), dtype=object)
            for star, own in enumerate(np.split(points, ends[:-1])):
                column[star] = own
            X[f"{SHORT.get(name, name)}_points_{band}"] = column[part]
    return X, arrays["type"][part].astype(np.int64)
