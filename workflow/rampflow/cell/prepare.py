"""Prepare: read the data once, fix the folds once, lay labels apart.

A trusted step. It writes ``results/prepared/<key>/``: X of both parts, per fold the row indices
and the labels of its training rows only, and all labels in a folder that no submission sees.

After the folds comes the refit, which trains on all rows and validates on none. It is laid out like
a fold, under the next number, whether an event wants it or not: so its option ``final`` changes
nothing here.
"""

from __future__ import annotations

import random
import secrets
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.data import store
from rampflow.data.content import stored_sha256
from rampflow.errors import ProblemError
from rampflow.files import publish_folder, write_json
from rampflow.hashing import array_sha256, sha256, value_sha256
from rampflow.paths import Prepared
from rampflow.problems.contract import Problem

Rows = npt.NDArray[np.intp]


def prepare(problem: Problem, target: Prepared, parts: dict[str, Any], seed: int) -> None:
    """Write the prepared data of a problem, whole and once.

    Parameters
    ----------
    problem : Problem
        The loaded problem.
    target : Prepared
        Where it goes. If somebody else finishes first, theirs stays.
    parts : dict
        The parts of the prepare key in clear; kept in the record.
    seed : int
        Random generators are seeded with it before data are read and before the folds are asked
        for.

    Raises
    ------
    ProblemError
        If the data or the folds do not keep the contract.
    """
    aside = Prepared(target.folder.with_name(f".{target.folder.name}.{secrets.token_hex(6)}"))
    record: dict[str, Any] = {"parts": parts, "rows": {}, "truth": {}, "folds": []}
    record["input_files"] = {}
    record["is_sequence"] = problem.sequence is not None
    _seed(seed)
    X, y = _save_part(problem, "train", aside, record) or (None, None)
    if y is None:
        raise ProblemError("there are no training data", where="problem.py: get_train_data")
    _seed(seed)
    for fold, (train_is, valid_is) in enumerate(problem.folds(X, y)):
        record["folds"].append(_save_fold(problem, aside, fold, train_is, valid_is, y))
    if not record["folds"]:
        raise ProblemError("there are no folds", where="problem.py: get_cv")
    record["refit"] = _save_refit(aside, len(record["folds"]), y)
    _seed(seed)
    _save_part(problem, "test", aside, record)
    _hash_what_is_given(problem, aside, record)
    write_json(aside.record, record)
    publish_folder(aside.folder, target.folder)


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)


def _save_part(
    problem: Problem, part: str, aside: Prepared, record: dict[str, Any]
) -> tuple[Any, Any] | None:
    data = problem.read(part)
    if data is None:
        return None
    X, y = data
    if problem.sequence is not None:
        problem.sequence.check(X, y, part)
        store.save_sequence(X, problem.sequence, aside.inputs(part))
    else:
        store.save(X, aside.inputs(part))
    store.save(y, aside.labels(part))
    record["rows"][part] = len(y)
    record["input_files"][part] = problem.input_files(part)
    record["truth"][part] = labels_sha256(y)
    truth = problem.predictions(y_true=y)
    record.setdefault("shapes", {})[part] = _prediction_shape(problem, truth)
    return X, y


def _prediction_shape(problem: Problem, truth: Any) -> list[int]:
    """Return the shape that predictions of a part must have."""
    blank = problem.predictions(n_samples=len(truth.y_pred))
    return [int(n) for n in np.shape(blank.y_pred)]


def labels_sha256(y: Any) -> str:
    """Return the hash of labels of any kind."""
    array = np.asarray(y)
    if array.dtype.kind in "biufcMmSU":
        return array_sha256(array)
    return sha256(repr(array.tolist()).encode())


def _save_fold(
    problem: Problem, aside: Prepared, fold: int, train_is: Any, valid_is: Any, y: Any
) -> dict[str, Any]:
    train, valid = (
        _rows(fold, name, rows, len(y)) for name, rows in (("train", train_is), ("valid", valid_is))
    )
    if problem.sequence is not None:
        problem.sequence.check_fold(train, valid, fold)
    _check_apart(fold, train, valid)
    return _save_rows(aside, fold, train, valid, y)


def _save_refit(aside: Prepared, number: int, y: Any) -> dict[str, Any]:
    """Save what the refit is given: every training row once, in order."""
    return _save_rows(aside, number, np.arange(len(y)), np.arange(0), y)


def _save_rows(aside: Prepared, fold: int, train: Rows, valid: Rows, y: Any) -> dict[str, Any]:
    folder = aside.fold(fold)
    store.save(_take(y, train), folder / "y_train")
    np.save(folder / "train_is.npy", train)
    np.save(folder / "valid_is.npy", valid)
    return {
        "sha256": {"rows": array_sha256(train.astype("<i8"), valid.astype("<i8"))},
        "n_train": len(train),
        "n_valid": len(valid),
    }


def _check_apart(fold: int, train: Rows, valid: Rows) -> None:
    """Check that a fold validates on rows it does not train on, each once.

    Training on a row several times is allowed, as in a bootstrap sample.
    """
    where = "problem.py: get_cv"
    both = np.intersect1d(train, valid)
    if both.size:
        raise ProblemError(
            f"fold {fold}: row {both[0]} is in train_is and in valid_is: its label would be seen",
            where=where,
            do="validate on rows that the fold does not train on",
        )
    rows, counts = np.unique(valid, return_counts=True)
    if counts.max() > 1:
        raise ProblemError(
            f"fold {fold}: row {rows[counts > 1][0]} is in valid_is {counts.max()} times",
            where=where,
            do="name each validation row once",
        )


def _hash_what_is_given(problem: Problem, aside: Prepared, record: dict[str, Any]) -> None:
    """Add to each fold and to the refit the hashes of what a runner is given, for the fit key.

    They are of the files as stored, so that a fix here which changes them fits again, and one
    which does not, does not.
    """
    hide = {str(problem.folder), str(problem.folder.resolve())}
    inputs = {f"X_{part}": stored_sha256(aside.inputs(part), hide) for part in record["rows"]}
    shapes = value_sha256(record["shapes"])
    for fold, described in enumerate([*record["folds"], record["refit"]]):
        y_train = stored_sha256(aside.fold(fold) / "y_train", hide)
        described["sha256"] |= {"y_train": y_train, **inputs, "shapes": shapes}


def _take(y: Any, rows: Rows) -> Any:
    return y.iloc[rows] if hasattr(y, "iloc") else np.asarray(y)[rows]


def _rows(fold: int, name: str, rows: Any, n_rows: int) -> Rows:
    array = np.asarray(rows)
    where = "problem.py: get_cv"
    if array.dtype == bool and array.shape == (n_rows,):
        array = np.flatnonzero(array)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ProblemError(f"fold {fold}: {name}_is is not a list of row indices", where=where)
    if array.size == 0:
        raise ProblemError(f"fold {fold}: {name}_is is empty", where=where)
    if array.min() < 0 or array.max() >= n_rows:
        raise ProblemError(
            f"fold {fold}: {name}_is reaches from {array.min()} to {array.max()}, but the training "
            f"set has rows 0 to {n_rows - 1}",
            where=where,
        )
    return array.astype(np.intp)
