"""The board files of two results: leaderboard, fold and bagged scores, blend, contributivity.

Times and names for people are not compared; the ranks have a section of their own.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rampflow.errors import ResultError
from rampflow.files import read_json
from rampflow.paths import ChallengeResults, EventResults
from rampflow.verify.numbers import difference, unlike
from rampflow.verify.published import Published

ROW = (
    "score",
    "contributivity",
    "valid_score",
    "test_score",
    "refit_score",
    "score_low",
    "score_high",
    "historical_contributivity",
    "contributivity_low",
    "contributivity_high",
    "commit",
    "n_folds_failed",
    "status",
)
"""Columns of the leaderboard that two results must agree on, beside the rank."""
COPIED = ("rank", *ROW[:8])
"""Columns of numbers that ``leaderboard.csv`` must copy from ``leaderboard.json``."""
BLEND = (
    "score",
    "valid_score",
    "test_score",
    "refit_score",
    "foldwise_best_score",
    "n_members",
)
"""What two results must agree on of the blend."""
TEAM = ("rank", "change", "score", "entries", "entry", "public_rank", "public_score")
"""What two results must agree on of a team on a board of a challenge."""
REFERENCE = ("score", "valid_score", "test_score", "is_limit")
"""What two results must agree on of a reference."""


def compare_boards(ours: Published, theirs: Published, tolerance: float) -> list[str]:
    """Say where the aggregates of two results differ, or one side's board contradicts itself.

    Parameters
    ----------
    ours, theirs : Published
        The results.
    tolerance : float
        Largest `difference` of numbers that agrees.

    Returns
    -------
    list of str
        One sentence per difference; empty if nothing differs.
    """
    found = [*_contradictions(ours, "here"), *_contradictions(theirs, "there")]
    found += unlike(_facts(ours.board), _facts(theirs.board), tolerance, "leaderboard.json")
    readers: list[tuple[Callable[[EventResults], Path], Callable[[Path], Any]]] = [
        (lambda results: results.fold_scores, _fold_scores),
        (lambda results: results.bagged, read_json),
        (lambda results: results.contributivity, _contributivity),
        (lambda results: results.blend_record, read_json),
        (lambda results: results.blended("valid"), _array),
        (lambda results: results.blended("test"), _array),
        (lambda results: results.blended("refit"), _array),
        (lambda results: results.references, _references),
        (lambda results: _part(results, "public"), _part_board),
        (lambda results: _part(results, "private"), _part_board),
    ]
    for path_of, read in readers:
        found += _compare_file(path_of(ours.event), path_of(theirs.event), read, ours, tolerance)
    return found


def _facts(board: dict[str, Any]) -> dict[str, Any]:
    """Return what two leaderboards must agree on."""
    metric = board.get("metric") or {}
    return {
        "metric": metric.get("name"),
        "is_lower_the_better": metric.get("is_lower_the_better"),
        "ranked_on": board.get("ranked_on"),
        "blend": _chosen(board.get("blend"), BLEND),
        "references": {
            row.get("name"): _chosen(row, REFERENCE) for row in board.get("references") or ()
        },
        **{name: _chosen(row, ROW) for name, row in _rows(board).items()},
    }


def _chosen(facts: dict[str, Any] | None, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """Return some keys; what a result of an older version lacks is None."""
    return None if facts is None else {key: facts.get(key) for key in keys}


def _rows(board: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{row['team']}/{row['model']}": row for row in board["rows"]}


def _compare_file(
    mine: Path, other: Path, read: Callable[[Path], Any], ours: Published, tolerance: float
) -> Iterator[str]:
    """Yield where a file differs on the two sides; a file that both lack does not."""
    name = mine.relative_to(ours.event.folder).as_posix()
    if not (mine.is_file() and other.is_file()):
        if mine.is_file() or other.is_file():
            yield f"{name} is missing {'there' if mine.is_file() else 'here'}"
        return
    values = []
    for side, path in (("here", mine), ("there", other)):
        try:
            values.append(read(path))
        except (ResultError, OSError, ValueError, KeyError, TypeError, EOFError):
            yield f"{name} cannot be read {side}"
            return
    if read is not _array:
        yield from unlike(values[0], values[1], tolerance, name)
    elif (largest := difference(values[0], values[1])) > tolerance:
        yield f"{name}: largest relative difference {largest:.3g}"


def _contradictions(side: Published, name: str) -> Iterator[str]:
    """Yield where the tables of one side do not say what its ``leaderboard.json`` says."""
    rows = _rows(side.board)
    blended = [who for who, row in rows.items() if row.get("contributivity") is not None]
    tables: list[tuple[Path, Callable[[Path], dict[str, Any]], list[str], tuple[str, ...]]] = [
        (side.event.leaderboard_csv, _leaderboard, list(rows), COPIED),
        (side.event.contributivity, _contributivity, blended, ("contributivity",)),
    ]
    for path, read, expected, columns in tables:
        try:
            table = read(path)
        except FileNotFoundError:
            yield f"{path.name} is missing {name}"
            continue
        except (OSError, ValueError, KeyError, TypeError):
            yield f"{path.name} cannot be read {name}"
            continue
        # the rows of the leaderboard stand in its order, those of the blend in the event's
        if columns == COPIED and list(table) != expected or {*table} != {*expected}:
            yield f"{path.name} has other rows than leaderboard.json {name}"
            continue
        for who, values in table.items():
            for column in columns:
                if values[column] != rows[who].get(column):
                    yield (
                        f"{path.name} {who} {column}: {values[column]}, but "
                        f"{rows[who].get(column)} in leaderboard.json {name}"
                    )


def _part(results: EventResults, part: str) -> Path:
    return ChallengeResults(results.folder).part(part).leaderboard_json


def _part_board(path: Path) -> dict[str, Any]:
    """Return what two boards of a challenge must agree on."""
    board = read_json(path)
    return {
        "split": board["provenance"]["split_sha256"],
        "teams": {row["team"]: _chosen(row, TEAM) for row in board["rows"]},
        "references": {row["name"]: row["score"] for row in board["references"]},
        "entries": {
            f"{row['team']}/{row['name']}": _chosen(row, ("score", "status", "counts"))
            for row in board["entries"]
        },
    }


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _leaderboard(path: Path) -> dict[str, Any]:
    """Return submission → column → number, in the order of the board."""
    return {
        # a table of an older version has no column of refits
        f"{row['team']}/{row['model']}": {column: _number(row.get(column, "")) for column in COPIED}
        for row in _table(path)
    }


def _contributivity(path: Path) -> dict[str, Any]:
    """Return submission → column → number."""
    return {
        row["submission"]: {name: _number(v) for name, v in row.items() if name != "submission"}
        for row in _table(path)
    }


def _fold_scores(path: Path) -> dict[str, Any]:
    """Return submission and metric → scores of all folds and steps."""
    found: dict[str, Any] = {}
    for row in _table(path):
        name = f"{row['submission']} {row['metric']}"
        steps = found.setdefault(name, {"steps": [], "scores": []})
        steps["steps"].append(f"{row['fold']} {row['step']}")
        steps["scores"].append(_number(row["value"]))
    return found


def _references(path: Path) -> dict[str, Any]:
    """Return reference, step and metric → score."""
    return {
        f"{row['reference']} {row['step']} {row['metric']}": _number(row["value"])
        for row in _table(path)
    }


def _array(path: Path) -> Any:
    import numpy as np

    return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)
