"""The public and the private part of a test set: which rows, and the labels of each apart.

A row is public where the hash of the event's number and the id of the row is among the smallest. So
the split depends on no random generator and on no order of rows, and is the same years later. A
problem whose data were split before says itself which rows are public.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.cell.prepare import labels_sha256
from rampflow.config.challenge import Challenge
from rampflow.data import store
from rampflow.errors import ProblemError
from rampflow.files import publish_folder, write_json
from rampflow.hashing import array_sha256, key_of, value_sha256
from rampflow.paths import Project, Split
from rampflow.problems.predictions.rows import truth_array

Rows = npt.NDArray[np.intp]
PARTS = ("public", "private")


@dataclass(frozen=True)
class Part:
    """One part of a test set.

    Parameters
    ----------
    name : str
        ``public`` or ``private``.
    rows : ndarray of int
        Its rows of the test set, in order.
    y_true : array-like
        Their labels, as the problem gave them.
    """

    name: str
    rows: Rows
    y_true: Any


def public_rows(ids: Sequence[str], share: float, seed: int) -> Rows:
    """Return the rows of the public part, in order.

    Parameters
    ----------
    ids : sequence of str
        Of all rows of the test set, all different.
    share : float
        Of them, between 0 and 1; each part has at least one row.
    seed : int
        The event's number.

    Raises
    ------
    ProblemError
        If there are fewer than two rows.
    """
    if len(ids) < 2:
        raise ProblemError(f"a test set of {len(ids)} rows has no two parts")
    n_public = min(max(round(share * len(ids)), 1), len(ids) - 1)
    digests = [hashlib.sha256(f"{seed}:{name}".encode()).digest() for name in ids]
    smallest = sorted(range(len(ids)), key=digests.__getitem__)[:n_public]
    return np.array(sorted(smallest), dtype=np.intp)


def make_split(
    project: Project,
    y_true: Any,
    ids: Sequence[str],
    options: Challenge,
    given: Rows | None = None,
) -> str:
    """Split a test set, unless that was done before, and return the key of the split.

    Parameters
    ----------
    project : Project
        Where splits are.
    y_true : array-like
        All labels of the test set.
    ids : sequence of str
        The ids of its rows.
    options : Challenge
        Share and seed.
    given : ndarray of int, optional
        The public rows, in order, where the problem says which they are: no option decides then.
    """
    how: dict[str, Any] = {"public_share": options.public_share, "seed": options.seed}
    if given is not None:
        how = {"given": array_sha256(given.astype("<i8"))}
    parts = {"ids": value_sha256(list(ids)), "truth": labels_sha256(y_true), **how}
    key = key_of(parts)
    final = project.split(key)
    if final.record.exists():
        return key
    public = public_rows(ids, options.public_share, options.seed) if given is None else given
    rows = {"public": public, "private": np.setdiff1d(np.arange(len(ids)), public)}
    aside = Split(final.folder.with_name(f".{key}.{secrets.token_hex(6)}"))
    for part in PARTS:
        store.save(_take(y_true, rows[part]), aside.labels(part))
        np.save(aside.rows(part), rows[part])
    record = {
        "parts": parts,
        "n_rows": {part: len(rows[part]) for part in PARTS},
        "rows_sha256": array_sha256(public.astype("<i8")),
    }
    write_json(aside.record, record)
    publish_folder(aside.folder, final.folder)
    return key


def load_part(split: Split, name: str) -> Part:
    """Read one part; nothing of the other is opened."""
    return Part(name, np.load(split.rows(name)), store.load(split.labels(name)))


def _take(y: Any, rows: Rows) -> Any:
    return y.iloc[rows] if hasattr(y, "iloc") else truth_array(y)[rows]
