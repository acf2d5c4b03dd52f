"""When two numbers agree: the one rule that every comparison of two results uses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

INFINITE = float("inf")
SMALLEST = math.ulp(0.0)


def difference(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return the largest difference of two arrays, relative to the scale of its column.

    That is the largest ``|a - b| / s``, where ``s`` is the largest absolute value of the column on
    either side. So a single number is measured against the larger of the two, and a prediction
    near zero in a column of ordinary size is not held to digits that rounding alone decides.

    Parameters
    ----------
    a, b : array_like of float, shape (), (n_samples,) or (n_samples, n_columns)
        What stands on the two sides. NaN and infinity agree with themselves only.

    Returns
    -------
    float
        0 if every number is the same; infinite where shapes differ, or one side only is finite.
    """
    one, two = (np.asarray(side, dtype=np.float64) for side in (a, b))
    if one.shape != two.shape:
        return INFINITE
    unequal = (one != two) & ~(np.isnan(one) & np.isnan(two))
    if not unequal.any():
        return 0.0
    if not (np.isfinite(one) & np.isfinite(two))[unequal].all():
        return INFINITE
    one, two = (np.where(np.isfinite(side), side, 0.0) for side in (one, two))
    scale = np.maximum(np.abs(one), np.abs(two))
    if scale.ndim:
        scale = np.broadcast_to(scale.max(axis=0), scale.shape)
    with np.errstate(over="ignore"):
        largest = float(np.max(np.abs(one - two)[unequal] / scale[unequal]))
    return max(largest, SMALLEST)  # a quotient may be too small for a number


def unlike(a: Any, b: Any, tolerance: float, where: str) -> Iterator[str]:
    """Yield in words where two plain values (as read from JSON) do not agree.

    Parameters
    ----------
    a, b : object
        Ours and theirs: dicts, lists, numbers, texts, None. Numbers agree within the tolerance, a
        list of numbers by its own scale; all else must be equal.
    tolerance : float
        Largest `difference` of numbers.
    where : str
        What the values are.

    Yields
    ------
    str
        Such as ``leaderboard.json ants/line score: 0.5 here, 0.75 there``.
    """
    if isinstance(a, dict) and isinstance(b, dict):
        for name in dict.fromkeys([*a, *b]):
            if name in a and name in b:
                yield from unlike(a[name], b[name], tolerance, f"{where} {name}")
            else:
                yield f"{where} {name}: not {'here' if name in b else 'there'}"
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield f"{where}: {len(a)} values here, {len(b)} there"
        elif all(_is_number(v) or v is None for v in [*a, *b]):
            one, two = ([np.nan if v is None else v for v in side] for side in (a, b))
            if difference(one, two) > tolerance:
                yield f"{where}: {a} here, {b} there"
        else:
            for position, pair in enumerate(zip(a, b, strict=True)):
                yield from unlike(pair[0], pair[1], tolerance, f"{where}[{position}]")
    elif _is_number(a) and _is_number(b):
        if difference(a, b) > tolerance:
            yield f"{where}: {a} here, {b} there"
    elif a != b:
        yield f"{where}: {_words(a)} here, {_words(b)} there"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(value: object) -> str:
    return "none" if value is None else str(value)
