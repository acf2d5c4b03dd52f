"""What a file of predictions looks like: its columns, their range, and what they mean.

A challenge takes predictions of the test set as a CSV table with a column of ids. Which columns a
problem wants, and which ids its test rows have, it may say by the names of `OPTIONAL`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError
from rampflow.problems.contract import Problem, error_inside
from rampflow.problems.predictions import (
    BasePredictions,
    CombinedPredictions,
    MulticlassPredictions,
    RegressionPredictions,
)

FloatArray = npt.NDArray[np.float64]
Columns = Mapping[str, FloatArray]
"""Name of a column → its values, shape (n_samples,), in the order of the test set."""
OPTIONAL = {
    "prediction_table": "a PredictionTable; without it, columns follow from Predictions",
    "get_test_ids": "get_test_ids(path): the ids of the test rows; without it, 0, 1, 2 …",
    "get_public_rows": "get_public_rows(path): a mask of the test rows that are public; without it "
    "the event's options decide",
}
"""Names of ``problem.py`` beside those of `rampflow.problems.contract`."""
NAMES = (*OPTIONAL, "Predictions")
"""Names that reading a file of predictions depends on."""
ID = "Id"
SUM_TOLERANCE = 0.01
"""Probabilities of a row have to sum to one up to this: teams round."""


@dataclass(frozen=True)
class Column:
    """A column of a file of predictions.

    Parameters
    ----------
    name : str
        Its heading.
    minimum, maximum : float
        What is allowed, both included; never NaN or infinite.
    labels : tuple of str
        Where words are allowed instead of numbers: a value is then the position of its word.
    is_order : bool
        Whether it holds each of 1 to the number of rows once.
    """

    name: str
    minimum: float = -math.inf
    maximum: float = math.inf
    labels: tuple[str, ...] = ()
    is_order: bool = False


def _side_by_side(columns: Columns) -> FloatArray:
    arrays = list(columns.values())
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


@dataclass(frozen=True)
class PredictionTable:
    """The columns of a file of predictions, and the predictions that they are.

    Parameters
    ----------
    columns : sequence of Column
        In the order in which they are shown; a file may have them in any order.
    id_name : str
        The heading of the ids.
    decode : callable
        Makes of name → values what ``Predictions(y_pred=…)`` takes; by default the columns side by
        side.
    check : callable, optional
        Given name → values, returns a mask of wrong rows and what is wrong with them.
    """

    columns: Sequence[Column]
    id_name: str = ID
    decode: Callable[[Columns], FloatArray] = _side_by_side
    check: Callable[[Columns], tuple[npt.NDArray[np.bool_], str]] | None = None

    @property
    def header(self) -> list[str]:
        """The headings, that of the ids first."""
        return [self.id_name, *(column.name for column in self.columns)]


def table_of(Predictions: type[BasePredictions]) -> PredictionTable:
    """Return the table that follows from a prediction type.

    Parameters
    ----------
    Predictions : type
        Of classes: a column per label, with probabilities that sum to one. Of numbers: a column
        per target, or ``prediction``. Of several types side by side: the columns of each, and the
        number of its part before a name that another part has.

    Raises
    ------
    ProblemError
        If the type is none of these: then the problem has to say what it wants.
    """
    if issubclass(Predictions, MulticlassPredictions):
        columns = [Column(str(label), 0, 1) for label in Predictions.label_names]
        return PredictionTable(columns, check=_sums_to_one)
    if issubclass(Predictions, CombinedPredictions):
        return PredictionTable(_joined([table_of(part).columns for part in Predictions.parts]))
    if not issubclass(Predictions, RegressionPredictions):
        raise ProblemError(
            f"no table of predictions is known for {Predictions.__name__}",
            where="problem.py: prediction_table",
            do="define one, see docs/challenge.md",
        )
    names = [str(name) for name in Predictions.label_names] or ["prediction"]
    return PredictionTable([Column(name) for name in names])


def _joined(parts: Sequence[Sequence[Column]]) -> list[Column]:
    names = [column.name for part in parts for column in part]
    return [
        Column(
            column.name if names.count(column.name) == 1 else f"{number}_{column.name}",
            column.minimum,
            column.maximum,
        )
        for number, part in enumerate(parts)
        for column in part
    ]


def _sums_to_one(columns: Columns) -> tuple[npt.NDArray[np.bool_], str]:
    total = np.sum(list(columns.values()), axis=0)
    return np.abs(total - 1) > SUM_TOLERANCE, "the probabilities do not sum to 1"


def ranked_classes(
    signal: str = "s",
    background: str = "b",
    *,
    id_name: str = "EventId",
    signal_is_first: bool = False,
) -> PredictionTable:
    """Return the table of a search for a signal: a rank and a class per event, as in HiggsML 2014.

    ``RankOrder`` is 1 for the event that is most like background, and the number of events for the
    one most like signal; ``Class`` is the decision. The probability of signal made of them keeps
    both: it is above one half exactly where the class is signal, and within a class it grows with
    the rank.

    Parameters
    ----------
    signal, background : str
        The words of the column ``Class``.
    id_name : str
        The heading of the ids.
    signal_is_first : bool
        Whether signal is the first column of ``Predictions``; the second by default.
    """

    def decode(columns: Columns) -> FloatArray:
        rank, is_signal = columns["RankOrder"], columns["Class"] == 1
        half = rank / (2 * (len(rank) + 1))
        p_signal = np.where(is_signal, 0.5 + half, half)
        pair = [1 - p_signal, p_signal]
        return np.column_stack(pair[::-1] if signal_is_first else pair)

    rank = Column("RankOrder", is_order=True)
    return PredictionTable([rank, Column("Class", labels=(background, signal))], id_name, decode)


def prediction_table(problem: Problem) -> PredictionTable:
    """Return the table of predictions that a problem wants.

    Raises
    ------
    ProblemError
        If ``prediction_table`` is something else, or has one heading twice.
    """
    found: Any = getattr(problem.module, "prediction_table", None)
    table = table_of(problem.predictions) if found is None else found
    where = f"{problem.folder / 'problem.py'}: prediction_table"
    if not isinstance(table, PredictionTable):
        raise ProblemError(
            f"prediction_table is a {type(table).__name__}", where=where, do="use PredictionTable"
        )
    if len(set(table.header)) < len(table.header) or len(table.header) < 2:
        raise ProblemError(f"the headings are {', '.join(table.header)}", where=where)
    return table


def ids_of_test(problem: Problem, n_rows: int) -> list[str]:
    """Return the ids of the test rows as they stand in a file of predictions.

    Parameters
    ----------
    problem : Problem
        Asked by its ``get_test_ids(path)``, if it has one.
    n_rows : int
        Rows of the test set.

    Raises
    ------
    ProblemError
        If the function raises, or the ids are not one for each row, all different.
    """
    function = getattr(problem.module, "get_test_ids", None)
    if function is None:
        return [str(row) for row in range(n_rows)]
    file = problem.folder / "problem.py"
    try:
        ids = [str(found) for found in np.asarray(function(str(problem.folder))).tolist()]
    except Exception as error:
        raise error_inside(file, "get_test_ids failed", error) from error
    if len(ids) != n_rows or len(set(ids)) < n_rows:
        raise ProblemError(
            f"{len(ids)} ids, {len(set(ids))} of them different, for {n_rows} test rows",
            where=f"{file}: get_test_ids",
        )
    return ids


def public_rows_of_test(problem: Problem, n_rows: int) -> npt.NDArray[np.intp] | None:
    """Return the test rows that a problem says are public, in order; None if it does not say.

    Parameters
    ----------
    problem : Problem
        Asked by its ``get_public_rows(path)``, if it has one.
    n_rows : int
        Rows of the test set.

    Raises
    ------
    ProblemError
        If the function raises, or does not return one true or false for each row, of both kinds.
    """
    function = getattr(problem.module, "get_public_rows", None)
    if function is None:
        return None
    file = problem.folder / "problem.py"
    try:
        mask = np.asarray(function(str(problem.folder)))
    except Exception as error:
        raise error_inside(file, "get_public_rows failed", error) from error
    if mask.dtype != bool or mask.shape != (n_rows,) or mask.all() or not mask.any():
        raise ProblemError(
            f"{mask.dtype} of shape {mask.shape}, for {n_rows} test rows of two parts",
            where=f"{file}: get_public_rows",
            do="return an array with true for each public row and false for each private one",
        )
    return np.flatnonzero(mask)
