"""HiggsML: which collisions to select, so that a signal among them would stand out?

The card of the problem is ``README.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.problems.metrics.classification import (
    ROCAUC,
    BalancedAccuracy,
    NegativeLogLikelihood,
)
from rampflow.problems.metrics.significance import AMS, Renormalized
from rampflow.problems.predictions import make_multiclass
from rampflow.problems.tables import ranked_classes
from rampflow.problems.workflows import Classifier

if TYPE_CHECKING:
    import pandas as pd

    Part = tuple[pd.DataFrame, npt.NDArray[np.float64]]

BACKGROUND, SIGNAL = 0, 1
TOTALS = (410_999.8473, 691.9886)
"""Background and signal that are expected among all events of a year, before any selection."""
EVEN_ODDS = (15.0, 1.0)
"""Totals with which an even chance is about where the best selection ends."""

problem_title = "HiggsML: a signal among collisions"
Predictions = make_multiclass(label_names=[BACKGROUND, SIGNAL], weights=True)
workflow = Classifier()
score_types = [
    AMS(TOTALS, "ams", precision=3),
    ROCAUC("auc", precision=3),
    BalancedAccuracy("balanced accuracy", precision=3, adjusted=False),
    Renormalized(NegativeLogLikelihood("nll", precision=3), EVEN_ODDS),
]
prediction_table = ranked_classes()


def get_cv(
    X: pd.DataFrame, y: npt.NDArray[np.float64]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return five folds: each event is validated once, and all have the same share of signal."""
    from sklearn.model_selection import StratifiedKFold

    return iter(StratifiedKFold(n_splits=5, shuffle=True, random_state=57).split(X, y[:, 0]))


def get_train_data(path: str = ".") -> Part:
    """Read the events for training.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/events.npz`` below it.

    Returns
    -------
    X : pandas.DataFrame
        One row per event: ``EventId``, then 30 quantities; -999 where one does not exist.
    y : ndarray of float, shape (n_events, 2)
        The label, 0 for background and 1 for signal, and the weight of the event.
    """
    with np.load(_file(path), allow_pickle=False) as arrays:
        return _events(dict(arrays), slice(0, int(arrays["n_train"])))


def get_test_data(path: str = ".") -> Part:
    """Read the events for testing; see `get_train_data` for what is returned."""
    with np.load(_file(path), allow_pickle=False) as arrays:
        return _events(dict(arrays), slice(int(arrays["n_train"]), None))


def get_test_ids(path: str = ".") -> list[str]:
    """Return the ``EventId`` of the test events, in order."""
    with np.load(_file(path), allow_pickle=False) as arrays:
        return [str(number) for number in arrays["event_id"][int(arrays["n_train"]) :]]


def _file(path: str) -> Path:
    return Path(path) / "data" / "events.npz"


def _events(arrays: dict[str, npt.NDArray[Any]], part: slice) -> Part:
    """Make the table of some events."""
    import pandas as pd

    X = pd.DataFrame(arrays["thousandths"][part] / 1000, columns=arrays["columns"].tolist())
    X.insert(0, "EventId", arrays["event_id"][part].astype(np.int64))
    return X, np.column_stack([arrays["label"][part], arrays["weight"][part] / 1e6])
