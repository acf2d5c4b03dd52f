"""The verdict on one cell of two results: its record, its status, its predictions, its scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rampflow.cell.keys import Parts, differences
from rampflow.cell.record import read_predictions
from rampflow.errors import ResultError
from rampflow.files import read_json
from rampflow.hashing import file_sha256, key_of
from rampflow.paths import CellFolder
from rampflow.verify.numbers import INFINITE, difference
from rampflow.verify.published import Published, Where

VERDICTS = ("identical", "within tolerance", "differs", "missing")
NOT_COMPARED = "its scores are of other metrics or labels, not compared"


@dataclass(frozen=True)
class CellVerdict:
    """The verdict on one cell.

    Parameters
    ----------
    submission : str
        ``team/model``.
    fold : int
        The fold.
    verdict : str
        One of `VERDICTS`.
    detail : str
        What differs, and by how much.
    inputs : tuple of str
        What differs in what the cell and its scores were computed from.
    is_refit : bool
        Whether it is no fold but the refit, on all training rows.
    """

    submission: str
    fold: int
    verdict: str
    detail: str = ""
    inputs: tuple[str, ...] = ()
    is_refit: bool = False

    @property
    def where(self) -> str:
        """Its fold in words: ``fold 3``, or ``refit``."""
        return "refit" if self.is_refit else f"fold {self.fold}"


@dataclass(frozen=True)
class _Side:
    """One cell of one side, read and found sound."""

    folder: CellFolder
    record: dict[str, Any]
    scores: dict[str, dict[str, Any]]
    """Score key → content of its file."""
    current: str
    """The score key of the board; where the board does not say, that of the newest file."""


class _NoVerdict(Exception):
    """A cell cannot be compared: its verdict and why."""


def compare_cell(ours: Published, theirs: Published, where: Where, tolerance: float) -> CellVerdict:
    """Return the verdict on one cell of two results.

    A cell that is not what its own record, key or hashes say differs, whatever the other side
    holds. Scores are compared where both sides have some of the same labels and metrics. Where one
    side lacks those that the other's board was made from, the detail says so, and the verdict is
    that on the rest.

    Parameters
    ----------
    ours, theirs : Published
        The results.
    where : (str, int)
        Submission and fold.
    tolerance : float
        Largest `difference` that agrees.
    """
    verdict = _compare(ours, theirs, where, tolerance)
    return replace(verdict, is_refit=_is_refit(ours, where) or _is_refit(theirs, where))


def _is_refit(side: Published, where: Where) -> bool:
    key = side.index.get(where)
    record = side.record(key) if key else None
    fold = record["parts"].get("fold") if record else None
    return isinstance(fold, dict) and "refit" in fold


def _compare(ours: Published, theirs: Published, where: Where, tolerance: float) -> CellVerdict:
    try:
        mine, other = _read(ours, where, "here"), _read(theirs, where, "there")
    except _NoVerdict as found:
        return CellVerdict(*where, *found.args)
    inputs = (
        *differences(other.record["parts"], mine.record["parts"]),
        *differences(_score_parts(other), _score_parts(mine)),
    )
    status, their_status = mine.record["status"], other.record["status"]
    if status != their_status:
        detail = f"status {status} here, {their_status} there"
        return CellVerdict(*where, "differs", detail, inputs)
    try:
        largest = max(_prediction_difference(mine, other), _score_difference(mine, other))
    except ResultError as error:
        return CellVerdict(*where, "differs", error.what, inputs)
    verdict = "identical" if largest == 0 else "within tolerance"
    details = [f"largest relative difference {largest:.3g}"] if largest else []
    if not {mine.current, other.current} <= mine.scores.keys() & other.scores.keys():
        details.append(NOT_COMPARED)
    if largest > tolerance:
        verdict = "differs"
    return CellVerdict(*where, verdict, "; ".join(details), inputs)


def _read(side: Published, where: Where, name: str) -> _Side:
    """Return a cell of one side.

    Raises
    ------
    _NoVerdict
        If it, or its scores, are missing or are not what they say they are.
    """
    key = side.index.get(where)
    record = side.record(key) if key else None
    if key is None or record is None:
        reason = "not in the index" if key is None else "no readable cell under its key"
        raise _NoVerdict("missing", f"{reason} {name}")
    folder = side.cell(key)
    if record.get("key") != key or _key(record["parts"]) != key:
        raise _NoVerdict("differs", f"cell.json was changed {name}: its parts do not make its key")
    for part, digest in record["predictions"].items():
        path = folder.predictions(part)
        if not path.is_file():
            raise _NoVerdict("differs", f"{part}.npy is missing {name}")
        if file_sha256(path) != digest:
            changed = f"{part}.npy was changed {name}: its hash is not the one in cell.json"
            raise _NoVerdict("differs", changed)
    scores = dict(_read_scores(folder, key, name))
    current = side.score_key or next(iter(scores), "")
    if current not in scores:
        raise _NoVerdict("missing", f"no readable scores {name}")
    return _Side(folder, record, scores, current)


def _read_scores(folder: CellFolder, key: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield score key and content of every score file of a cell that is readable, newest first."""
    files = sorted(folder.scores_folder.glob("*.json"), key=lambda p: -p.stat().st_mtime_ns)
    for path in files:
        try:
            content = read_json(path)
            parts, fit_key, _ = content["parts"], content["fit_key"], content["scores"].items()
        except (ResultError, TypeError, KeyError, AttributeError):
            continue
        if fit_key != key or _key(parts) != path.stem:
            changed = f"scores/{path.name} was changed {name}: its parts do not make its key"
            raise _NoVerdict("differs", changed)
        yield path.stem, content


def _key(parts: Any) -> str:
    """Return the key of parts that may be anything; no key if they are not plain values."""
    try:
        return key_of(parts)
    except (TypeError, ValueError):
        return ""


def _score_parts(side: _Side) -> Parts:
    parts: Parts = side.scores[side.current]["parts"]
    return parts


def _prediction_difference(mine: _Side, other: _Side) -> float:
    """Return the largest difference of the predictions of two cells.

    Raises
    ------
    ResultError
        If they cannot be read as numbers.
    """
    digests, theirs = mine.record["predictions"], other.record["predictions"]
    if digests.keys() != theirs.keys():
        return INFINITE
    largest = 0.0
    for part in digests:
        if digests[part] != theirs[part]:
            a, b = (read_predictions(side.folder, part) for side in (mine, other))
            largest = max(largest, _number_difference(a, b, f"{part}.npy"))
    return largest


def _score_difference(mine: _Side, other: _Side) -> float:
    """Return the largest difference of the scores that both sides have, metric by metric.

    Raises
    ------
    ResultError
        If they are not numbers.
    """
    largest = 0.0
    for key in mine.scores.keys() & other.scores.keys():
        a, b = (_by_metric(side.scores[key]["scores"]) for side in (mine, other))
        if a.keys() != b.keys():
            return INFINITE
        for metric in a:
            if a[metric].keys() != b[metric].keys():
                return INFINITE
            one, two = ([_value(side[metric][part]) for part in a[metric]] for side in (a, b))
            largest = max(largest, _number_difference(one, two, f"scores/{key}.json"))
    return largest


def _value(score: Any) -> Any:
    return float("nan") if score is None else score


def _by_metric(scores: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part, values in scores.items():
        for metric, value in values.items():
            found.setdefault(metric, {})[part] = value
    return found


def _number_difference(a: Any, b: Any, file: str) -> float:
    try:
        return difference(a, b)
    except (TypeError, ValueError):
        raise ResultError(f"{file} holds something that is not a number") from None
