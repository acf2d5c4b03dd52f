"""The leaderboard: one row per submission, ranked once, on full precision.

A submission that failed on any fold, or in the refit, is a row with an empty rank, its status and
its reason. References are listed apart, without a rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rampflow.board.bagging import final_scores
from rampflow.board.cells import Entry, EventCells, csv_text
from rampflow.board.confined import count_stamps
from rampflow.board.history import changes_of_blend
from rampflow.board.references import reference_rows, score_references, write_references
from rampflow.board.refused import refused_rows
from rampflow.board.withheld import told
from rampflow.cell.keys import Parts
from rampflow.config.event import LoadedEvent, Submission
from rampflow.files import read_json, write_json, write_text
from rampflow.hashing import key_of
from rampflow.paths import EventResults
from rampflow.problems.contract import Problem

SURE = (
    "score_low",
    "score_high",
    "is_level_with_first",
    "first_place_probability",
    "best_rank",
    "worst_rank",
)
"""How sure the score and the rank of a row are; None where it was not compared."""
SHARE = ("low", "high", "fold_low", "fold_high")  # of contributivity: interval and folds
COLUMNS = (
    "rank",
    "team",
    "model",
    "commit",
    "score",
    "contributivity",
    "train_time",
    "test_time",
    *SURE,
    "ranked_on",
    "valid_score",
    "test_score",
    "refit_score",
    "historical_contributivity",
    *(f"contributivity_{end}" for end in SHARE),
    "train_time_sum",
    "test_time_sum",
    "n_folds_failed",
    "status",
    "reason",
    "display_name",
    "team_name",
    "builds_on",
    "submission_hash",
)
"""Of ``leaderboard.csv``; the first eight are the talk's. A new one is added here and in `_row`."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Sources:
    """What the leaderboard is made of.

    Parameters
    ----------
    cells : EventCells
        Finished cells.
    loaded : LoadedEvent
        The event as people wrote it.
    problem : Problem
        Its metrics.
    results : EventResults
        Where the bagged scores and the blend are, and the leaderboard goes.
    provenance : dict
        What the result depends on, for the page.
    """

    cells: EventCells
    loaded: LoadedEvent
    problem: Problem
    results: EventResults
    provenance: Parts

    @property
    def metric(self) -> Any:
        """The official metric."""
        return self.problem.score_types[0]

    @property
    def ranked_part(self) -> str:
        """What ranks: ``valid`` or ``test`` (bagged), or the ``refit`` on the test set."""
        if self.cells.has_refit:
            return "refit"
        return "test" if self.cells.has_test else "valid"


RANKED_ON = {"valid": "bagged validation", "test": "bagged test", "refit": "refit test"}
"""What ranks, in words."""


def build_leaderboard(sources: Sources) -> None:
    """Write ``leaderboard.csv``, ``leaderboard.json`` and ``references.csv`` of an event."""
    bagged = read_json(sources.results.bagged)
    blend = read_json(sources.results.blend_record)
    by_name = {s.name: s for s in sources.loaded.submissions}
    comparison = read_json(sources.results.comparison)
    sure = {row["submission"]: row for row in comparison["rows"]}
    rows = [
        _row(sources, by_name[entry.name], entry, bagged.get(entry.name), blend)
        | {name: sure.get(entry.name, {}).get(name) for name in SURE}
        for entry in sources.cells.entries
        if entry.name in by_name  # not one that was removed while the evaluation ran
    ]
    is_lower = bool(sources.metric.is_lower_the_better)
    ranked = rank(rows + refused_rows(sources.loaded, COLUMNS), is_lower_the_better=is_lower)
    references = score_references(sources.cells, sources.problem)
    board = {
        "event": _event(sources),
        "metric": {
            "name": str(sources.metric.name),
            "unit": str(getattr(sources.metric, "unit", "")),
            "is_lower_the_better": is_lower,
            "precision": int(sources.metric.precision),
        },
        "ranked_on": RANKED_ON[sources.ranked_part],
        "rows": ranked,
        "comparison": {name: value for name, value in comparison.items() if name != "rows"},
        "blend": _blend(sources, blend),
        "spread": blend.get("spread"),
        "blend_history": changes_of_blend(sources.results),
        "references": reference_rows(
            references,
            str(sources.metric.name),
            "test" if sources.cells.has_test else "valid",
            is_lower_the_better=is_lower,
        ),
        "provenance": sources.provenance,
    }
    write_references(references, sources.results)
    write_text(sources.results.leaderboard_csv, csv_text(COLUMNS, [_csv(row) for row in ranked]))
    write_json(sources.results.leaderboard_json, board)


def rank(rows: list[Row], *, is_lower_the_better: bool) -> list[Row]:
    """Return rows in the order of the board, with their ranks.

    Rows with a score come first, best first, and are ranked 1, 2, 3 … on full precision; the order
    in which they are given (time handed in, then team, then model) decides between equal scores.
    The others follow in the order given, without a rank.

    Parameters
    ----------
    rows : list of dict
        With ``score``: a number or None.
    is_lower_the_better : bool
        The direction of the metric.

    Returns
    -------
    list of dict
        The same rows with ``rank`` set.
    """
    sign = 1.0 if is_lower_the_better else -1.0
    scored = sorted((r for r in rows if r["score"] is not None), key=lambda r: sign * r["score"])
    others = [r for r in rows if r["score"] is None]
    placed = [{**row, "rank": place} for place, row in enumerate(scored, start=1)]
    return placed + [{**row, "rank": None} for row in others]


def _row(
    sources: Sources,
    submission: Submission,
    entry: Entry,
    bagged: dict[str, Any] | None,
    blend: dict[str, Any],
) -> Row:
    metric = str(sources.metric.name)
    last = final_scores(bagged, metric)
    status, reason, log = _outcome(sources, entry, bagged, has_score=bool(last))
    ends = blend["contributivity_ends"].get(entry.name, {})
    return {
        "team": submission.team,
        "model": submission.model,
        "commit": submission.file.submitted_at.isoformat(),
        "score": last.get(sources.ranked_part),
        "contributivity": blend["contributivity"].get(entry.name),
        "ranked_on": sources.ranked_part,
        "valid_score": last.get("valid"),
        "test_score": last.get("test"),
        "refit_score": last.get("refit"),
        "historical_contributivity": blend["historical_contributivity"].get(entry.name),
        **{f"contributivity_{end}": ends.get(end) for end in SHARE},
        **_times(sources.cells, entry),
        "n_folds_failed": len(entry.failed_folds),
        "status": status,
        "reason": reason,
        "log": log,
        "display_name": submission.display_name,
        "team_name": _team_name(sources, submission.team),
        "builds_on": [
            {"submission": c.submission, "credit": c.credit} for c in submission.file.builds_on
        ],
        "submission_hash": key_of(entry.submission.files),
    }


def _outcome(
    sources: Sources, entry: Entry, bagged: dict[str, Any] | None, *, has_score: bool
) -> tuple[str, str, str]:
    """Return status, reason and traceback of the first failed fold; the refit comes last."""
    if has_score:
        return "ok", "", ""
    if entry.is_ok:
        return "bad_predictions", _undefined(bagged or {}, str(sources.metric.name)), ""
    if entry.failed_folds:
        fold = entry.failed_folds[0]
        where, key = f"fold {fold}", entry.keys[fold]
    else:
        where, key = "refit", str(entry.refit_key)
    failure = sources.cells.failure(key)
    reason, log = told(sources.cells, key, is_open=sources.loaded.event.phase == "open")
    return str(failure["status"]), f"{where}, {failure['step']}: {reason}", log


def _undefined(bagged: dict[str, Any], metric: str) -> str:
    """Say why a submission that succeeded everywhere has no score."""
    if "error" in bagged:
        return str(bagged["error"])
    parts = [part for part, scores in bagged.items() if scores[metric][-1] is None]
    what = "refit" if parts == ["refit"] else "bagged"
    return f"{metric} of its {what} predictions is not a number"


def _times(cells: EventCells, entry: Entry) -> dict[str, float | None]:
    """Return fit and predict seconds alone, mean over folds and sum; None where a fold failed.

    The refit is not among the folds: its time would hide that of the fits that are compared.
    """
    found: dict[str, float | None] = {}
    runs = [cells.run(key) for key in entry.keys]
    for name, step in (("train_time", "train"), ("test_time", "predict")):
        seconds = [run.get(step, {}).get("seconds") for run in runs]
        known = [s for s in seconds if s is not None]
        complete = bool(known) and len(known) == len(runs)
        found[f"{name}_sum"] = sum(known) if complete else None
        found[name] = sum(known) / len(known) if complete else None
    return found


def _team_name(sources: Sources, team: str) -> str:
    described = sources.loaded.teams.get(team)
    return described.display_name if described else team


def _event(sources: Sources) -> dict[str, Any]:
    event, prepared = sources.loaded.event, sources.cells.prepared
    return {
        "name": sources.loaded.name,
        "title": event.title,
        "problem": event.problem,
        "problem_title": sources.problem.title,
        "phase": event.phase,
        "final": event.final,
        "note": event.note,
        "n_folds": len(prepared["folds"]),
        "n_train": prepared["rows"]["train"],
        "n_test": prepared["rows"].get("test"),
        "seed": event.seed,
        "opened": event.opened.isoformat() if event.opened else None,
        "closed": event.closed.isoformat() if event.closed else None,
        "sandbox": count_stamps(sources.cells),
    }


def _blend(sources: Sources, blend: dict[str, Any]) -> dict[str, Any] | None:
    if not blend["folds"]:
        return None
    metric = str(sources.metric.name)
    part = sources.ranked_part
    return {
        "score": blend[part][metric],
        "valid_score": blend["valid"][metric],
        "test_score": blend["test"][metric] if blend["test"] else None,
        "refit_score": blend["refit"][metric] if "refit" in blend else None,
        "foldwise_best_score": blend[f"foldwise_best_{part}"][metric],
        "n_members": [len(fold["selection"]) for fold in blend["folds"]],
    }


def _csv(row: Row) -> list[Any]:
    sources = ";".join(f"{s['submission']}:{s['credit']!r}" for s in row["builds_on"])
    return [{**row, "builds_on": sources}[column] for column in COLUMNS]
