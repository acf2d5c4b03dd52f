"""Reading a file of predictions: into an array, or into the reasons why that cannot be.

The text is never executed and never unpickled. It is decoded, taken apart at its commas and checked
column by column; what is wrong is said with the line where it is first found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.challenge.table import at_line, columns_of, shown
from rampflow.errors import RampflowError
from rampflow.problems.tables import Column, PredictionTable

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Wanted:
    """What a file of predictions has to be.

    Parameters
    ----------
    table : PredictionTable
        Its columns.
    rows : mapping of str to int
        Id → row of the test set.
    Predictions : type
        The problem's prediction type.
    """

    table: PredictionTable
    rows: Mapping[str, int]
    Predictions: Any


@dataclass(frozen=True)
class ReadPredictions:
    """Predictions, or why there are none.

    Parameters
    ----------
    y_pred : ndarray or None
        As the problem's ``Predictions`` hold them, in the order of the test set.
    errors : tuple of str
        One sentence per kind of error, with the first line that has it; empty where there is none.
    """

    y_pred: FloatArray | None
    errors: tuple[str, ...] = ()


def read_predictions(content: bytes, wanted: Wanted) -> ReadPredictions:
    """Read the content of a file of predictions.

    Parameters
    ----------
    content : bytes
        CSV: UTF-8, a line of headings, then one line for each row of the test set, in any order.
    wanted : Wanted
        What it has to be.

    Returns
    -------
    ReadPredictions
        Every error is one of the file, and none is raised.
    """
    header, fields, errors = columns_of(content)
    if errors:
        return _refused(errors)
    positions, errors = _heading(header, wanted.table)
    if errors:
        return _refused(errors)
    ids = fields[positions[wanted.table.id_name]]
    errors = list(_wrong_ids(ids, wanted))
    columns: dict[str, FloatArray] = {}
    for column in wanted.table.columns:
        values, found = _values(fields[positions[column.name]], column)
        errors += found
        columns[column.name] = values
    if errors:
        return _refused(errors)
    order = np.fromiter(map(wanted.rows.__getitem__, ids), np.intp, len(ids))
    placed = {}
    for name, values in columns.items():
        placed[name] = np.empty(len(order))
        placed[name][order] = values
    return _decoded(placed, wanted, order)


def _refused(errors: Sequence[str]) -> ReadPredictions:
    return ReadPredictions(None, tuple(errors))


def _decoded(
    columns: Mapping[str, FloatArray], wanted: Wanted, order: npt.NDArray[np.intp]
) -> ReadPredictions:
    """Check rows as a whole and make predictions of the columns."""
    table = wanted.table
    if table.check is not None:
        wrong, what = table.check(columns)
        if wrong.any():
            first = int(np.flatnonzero(wrong[order])[0])
            return _refused([at_line(first, what, int(wrong.sum()))])
    try:
        y_pred = wanted.Predictions(y_pred=table.decode(columns)).y_pred
    except RampflowError as error:
        return _refused([error.what])
    return ReadPredictions(np.ascontiguousarray(y_pred, dtype=np.float64))


def _heading(found: Sequence[str], table: PredictionTable) -> tuple[dict[str, int], list[str]]:
    """Return name of a column → its position, or what is wrong with the headings."""
    names = list(found)
    header = table.header
    wanted = f"wanted are the columns {','.join(header)}"
    for name in header:
        if name not in names:
            return {}, [f"line 1: there is no column {name!r}; {wanted}"]
        if names.count(name) > 1:
            return {}, [f"line 1: there are {names.count(name)} columns {name!r}; {wanted}"]
    if extra := [name for name in names if name not in header]:
        return {}, [f"line 1: the column {shown(extra[0])} is not known; {wanted}"]
    return {name: position for position, name in enumerate(names)}, []


def _wrong_ids(ids: Sequence[str], wanted: Wanted) -> Iterator[str]:
    """Yield which ids are given twice, are not in the test set, or are missing."""
    if len(ids) == len(wanted.rows) and wanted.rows.keys() == set(ids):
        return
    seen: dict[str, int] = {}
    twice, extra = [], []
    for row, name in enumerate(ids):
        if name in seen:
            twice.append(row)
        elif name not in wanted.rows:
            extra.append(row)
        seen.setdefault(name, row)
    label = wanted.table.id_name
    if twice:
        name = ids[twice[0]]
        what = f"{label} {shown(name)} was given in line {seen[name] + 2} already"
        yield at_line(twice[0], what, len(twice))
    if extra:
        what = f"{label} {shown(ids[extra[0]])} is not in the test set"
        yield at_line(extra[0], what, len(extra))
    missing = [name for name in wanted.rows if name not in seen]
    if missing:
        more = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
        yield f"{label} {shown(missing[0])}{more} missing"


def _values(fields: Sequence[str], column: Column) -> tuple[FloatArray, list[str]]:
    """Return the values of a column, and what is wrong with them."""
    if column.labels:
        return _labels(fields, column)
    try:
        values = np.array(list(map(float, fields)), dtype=np.float64)
        if "_" in "".join(fields):
            raise ValueError("a digit separator")
    except ValueError:
        values = np.array([_number(field) for field in fields], dtype=np.float64)
    errors = []
    not_finite = np.flatnonzero(~np.isfinite(values))
    if len(not_finite):
        found = shown(fields[not_finite[0]])
        what = f"{column.name} is {found}, not a finite number"
        errors.append(at_line(int(not_finite[0]), what, len(not_finite)))
    elif column.is_order:
        errors += _wrong_order(values, column)
    for wrong, what in (
        (values < column.minimum, f"below {column.minimum:g}"),
        (values > column.maximum, f"above {column.maximum:g}"),
    ):
        rows = np.flatnonzero(wrong & np.isfinite(values))
        if len(rows):
            found = f"{column.name} is {shown(fields[rows[0]])}, {what}"
            errors.append(at_line(int(rows[0]), found, len(rows)))
    return values, errors


def _labels(fields: Sequence[str], column: Column) -> tuple[FloatArray, list[str]]:
    position = {label: float(i) for i, label in enumerate(column.labels)}
    values = np.array([position.get(field, np.nan) for field in fields], dtype=np.float64)
    wrong = np.flatnonzero(np.isnan(values))
    if not len(wrong):
        return values, []
    allowed = " or ".join(column.labels)
    what = f"{column.name} is {shown(fields[wrong[0]])}, not {allowed}"
    return values, [at_line(int(wrong[0]), what, len(wrong))]


def _wrong_order(values: FloatArray, column: Column) -> list[str]:
    """Say where values are not each of 1 to n once."""
    n_rows = len(values)
    outside = np.flatnonzero((values != np.floor(values)) | (values < 1) | (values > n_rows))
    if len(outside):
        found = f"{column.name} is {values[outside[0]]:.12g}, not one of 1 to {n_rows}"
        return [at_line(int(outside[0]), found, len(outside))]
    first = np.full(n_rows + 1, -1)
    first[values[::-1].astype(np.intp)] = np.arange(n_rows)[::-1]
    again = np.flatnonzero(first[values.astype(np.intp)] != np.arange(n_rows))
    if not len(again):
        return []
    row = int(again[0])
    line = int(first[int(values[row])]) + 2
    found = f"{column.name} is {values[row]:.0f} as in line {line}; each is wanted once"
    return [at_line(row, found, len(again))]


def _number(field: str) -> float:
    try:
        return np.nan if "_" in field else float(field)
    except ValueError:
        return np.nan
