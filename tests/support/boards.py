"""Boards for the tests of the report room: plain data, as ``leaderboard.json`` holds it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

OPENED = datetime(2015, 5, 21, 9, 0, tzinfo=timezone(timedelta(hours=2)))

_TEAMS = {"la_nina": "La Niña", "kelvin": "Kelvin", "orsay": "Orsay ML"}
_ENTRIES = {
    "climatology": "Climatology",
    "persistence": "Persistence",
    "damped": "Damped persistence",
    "ridge": "Ridge on the grid",
    "lags": "Components with lags",
}
_LOG = """Traceback (most recent call last):
  File "regressor.py", line 12, in predict
    return X[:, self.lag + 6]
IndexError: index 6 is out of bounds for axis 1 with size 6"""


def make_board(n_scored: int = 5, n_failed: int = 2, **changes: Any) -> dict[str, Any]:
    """Make the board of a closed event in which later entries are better.

    Parameters
    ----------
    n_scored, n_failed : int
        Rows with a rank and rows without one.
    **changes
        Replace values of a part: ``event={"note": ""}``, or a whole part: ``blend=None``.

    Returns
    -------
    dict
    """
    rows = [make_row(n_scored - i, i + 1, n_scored) for i in range(n_scored)]
    rows += [make_failure(i) for i in range(n_failed)]
    board: dict[str, Any] = {
        "event": _event(),
        "metric": {"name": "rmse", "unit": "°C", "is_lower_the_better": True, "precision": 3},
        "ranked_on": "bagged test",
        "rows": rows,
        "comparison": _comparison(n_scored),
        "blend": _blend(n_scored),
        "spread": {"level": 0.95, "block": 24, "n_rows": 288, "replicates": 200, "why_not": ""},
        "references": [],
        "provenance": _provenance(),
    }
    for key, change in changes.items():
        board[key] = {**board[key], **change} if isinstance(change, dict) else change
    return board


def make_row(age: int, rank: int, n_scored: int, **changes: Any) -> dict[str, Any]:
    """Make a scored row: the `age`-th entry handed in, of `n_scored`."""
    team, model = _pick(_TEAMS, age), _pick(_ENTRIES, age - 1)
    score = 0.5 + 0.037 * (rank - 1)
    share = 2 * (n_scored - rank + 1) / (n_scored * (n_scored + 1))
    return {
        "rank": rank,
        "team": team,
        "model": model,
        "commit": (OPENED + timedelta(minutes=47 * age + 11 * (age % 3))).isoformat(),
        "score": score,
        "contributivity": share,
        "train_time": 0.0012 * 7**age if age < 6 else 20.0,
        "test_time": 0.02,
        "score_low": score - 0.04,
        "score_high": score + 0.05,
        "is_level_with_first": rank <= 2,
        "first_place_probability": 0.6 if rank == 1 else 0.4 if rank == 2 else 0.0,
        "best_rank": max(1, rank - 1),
        "worst_rank": min(n_scored, rank + 1),
        "valid_score": score + 0.02,
        "test_score": score,
        "refit_score": None,
        "historical_contributivity": share,
        "contributivity_low": 0.5 * share,
        "contributivity_high": min(1.0, 1.5 * share),
        "contributivity_fold_low": 0.0 if n_scored > 1 else share,
        "contributivity_fold_high": min(1.0, 2 * share),
        "train_time_sum": 0.1,
        "test_time_sum": 0.16,
        "n_folds_failed": 0,
        "status": "ok",
        "reason": "",
        "display_name": _ENTRIES[model],
        "team_name": _TEAMS[team],
        "builds_on": [{"submission": "kelvin/climatology", "credit": 0.5}] if age == 3 else [],
        "submission_hash": f"{age:064x}",
        "log": "",
        **changes,
    }


def make_reference(name: str, score: float | None, **changes: Any) -> dict[str, Any]:
    """Make an unranked row of the organisers; its validation score is a little worse."""
    return {
        "name": name,
        "note": "Made by the organisers.",
        "is_limit": False,
        "score": score,
        "valid_score": None if score is None else score + 0.01,
        "test_score": score,
        **changes,
    }


def make_failure(i: int, **changes: Any) -> dict[str, Any]:
    """Make a row without a rank: an error in one fold, or too much time."""
    times = ("contributivity", "train_time", "test_time", "historical_contributivity")
    shares = tuple(f"contributivity_{end}" for end in ("low", "high", "fold_low", "fold_high"))
    sure = ("score_low", "score_high", "is_level_with_first", "first_place_probability")
    ranks = ("rank", "best_rank", "worst_rank")
    absent = (*times, *shares, *ranks, *sure, "score", "valid_score", "test_score")
    return {
        **make_row(i + 1, 1, 1),
        **dict.fromkeys((*absent, "train_time_sum", "test_time_sum")),
        "n_folds_failed": 1,
        "status": ("error", "timeout", "memory", "bad_predictions")[i % 4],
        "reason": "fold 3, predict: IndexError: index 6 is out of bounds for axis 1 with size 6",
        "display_name": f"Looks ahead {i}",
        "model": f"looks_ahead_{i}",
        "builds_on": [],
        "log": _LOG,
        **changes,
    }


def _pick(names: dict[str, str], i: int) -> str:
    return list(names)[i % len(names)]


def _event() -> dict[str, Any]:
    return {
        "name": "el_nino_2015",
        "title": "El Niño RAMP 2015",
        "problem": "el_nino",
        "problem_title": "Niño 3.4 surface temperature, six months ahead",
        "phase": "closed",
        "final": "bagged",
        "note": "The submissions are examples, written for this repository.",
        "n_folds": 8,
        "n_train": 588,
        "n_test": 588,
        "seed": 1000,
        "opened": OPENED.isoformat(),
        "closed": (OPENED + timedelta(hours=10)).isoformat(),
    }


def _comparison(n_scored: int) -> dict[str, Any]:
    return {
        "level": 0.95,
        "block": 24,
        "n_rows": 588 if n_scored else 0,
        "replicates": 2000 if n_scored else 0,
        "n_compared": n_scored,
        "kendall_tau": 0.9 if n_scored > 1 else None,
        "why_not": "",
    }


def _blend(n_scored: int) -> dict[str, Any] | None:
    """Blend of the entries: none of nothing, the entry itself of one."""
    if n_scored == 0:
        return None
    score = 0.5 if n_scored == 1 else 0.462
    return {
        "score": score,
        "valid_score": score + 0.008,
        "test_score": score,
        "refit_score": None,
        "foldwise_best_score": 0.49,
        "n_members": [1] * 8 if n_scored == 1 else [3, 4, 2, 5, 3, 3, 4, 2],
    }


def _provenance() -> dict[str, Any]:
    return {
        "data": [{"path": "problems/el_nino/data/enso.nc", "md5": "9c1b" * 8}],
        "lock_sha256": "3f" * 32,
        "folds_sha256": "a0" * 32,
        "code": {"commit": "1f" * 20, "clean": True},
        "python": "3.11",
        "rampflow": "0.1.0",
        "command": "rampflow run el_nino_2015",
        "threads": 1,
    }
