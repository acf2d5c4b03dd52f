"""The state of an event in words: every cell done, failed, unscored or missing, and why."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from rampflow.cell.keys import Parts, differences, fit_parts
from rampflow.data.importing import source_to_bring
from rampflow.errors import RampflowError
from rampflow.files import read_json
from rampflow.paths import AGGREGATES, CellFolder
from rampflow.plan.plan import Cell, Plan

NEW = "new submission"
NEW_REFIT = "the refit is new"


@dataclass(frozen=True)
class CellState:
    """One cell.

    Parameters
    ----------
    submission : str
        ``team/model``.
    fold : int
        The fold.
    state : str
        ``done``, ``failed`` (done, with a failure as its result), ``unscored``, ``trained``,
        ``missing``, or ``unknown`` while the rows of the folds are not known.
    why : str
        Why it is missing or unscored, or how it failed.
    reasons : tuple of str
        The single reasons why it is stale.
    is_refit : bool
        Whether it is no fold but the refit.
    """

    submission: str
    fold: int
    state: str
    why: str = ""
    reasons: tuple[str, ...] = ()
    is_refit: bool = False


@dataclass(frozen=True)
class EventState:
    """The state of an event.

    Parameters
    ----------
    event : str
        The event.
    is_prepared : bool
        Whether the folds are known. If not, the cells are those of the last evaluation.
    why_not_prepared : tuple of str
        What changed since the last evaluation.
    cells : tuple of CellState
        All cells.
    stale_aggregates : tuple of str
        Aggregate steps that are missing or stale.
    seconds : float or None
        Mean fit and predict seconds of the cells that are done.
    to_import : str or None
        The data file that a run imports first, where there are no data yet.
    steps : tuple of str
        The aggregate steps of the event.
    n_predictions : int
        Entries of predictions, in a challenge; they are no cells.
    refused : tuple of str
        Entries of any kind that are refused, each with its reason.
    """

    event: str
    is_prepared: bool
    why_not_prepared: tuple[str, ...]
    cells: tuple[CellState, ...]
    stale_aggregates: tuple[str, ...]
    seconds: float | None
    to_import: str | None = None
    steps: tuple[str, ...] = AGGREGATES
    n_predictions: int = 0
    refused: tuple[str, ...] = ()

    @property
    def is_finished(self) -> bool:
        """Whether a run would do nothing."""
        open_cells = any(c.state not in ("done", "failed") for c in self.cells)
        return self.is_prepared and not open_cells and not self.stale_aggregates

    def counts(self) -> dict[str, int]:
        """Return how many cells are in each state; states without cells are left out."""
        found = Counter(cell.state for cell in self.cells)
        order = ("done", "failed", "unscored", "trained", "missing", "unknown")
        return {state: found[state] for state in order if found[state]}

    def reasons(self) -> list[tuple[str, int]]:
        """Return why cells are stale, and how many each reason concerns, most first."""
        return Counter(reason for cell in self.cells for reason in cell.reasons).most_common()

    def jobs(self) -> dict[str, Any]:
        """Return what a run would do: jobs by step, and fit and predict seconds as far as known."""
        found = Counter(cell.state for cell in self.cells)
        n_cells = found["missing"] + found["trained"]
        counts = {
            "data": 1 if self.to_import else 0,
            "prepare": 0 if self.is_prepared else 1,
            "train": found["missing"],
            "predict": n_cells,
            "score": n_cells + found["unscored"],
            **{step: int(step in self.stale_aggregates) for step in self.steps},
        }
        estimate = self.seconds * n_cells if self.seconds is not None and n_cells else None
        return {"event": self.event, "counts": counts, "estimated_seconds": estimate}

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "event": self.event,
            "is_finished": self.is_finished,
            "is_prepared": self.is_prepared,
            "to_import": self.to_import,
            "why_not_prepared": list(self.why_not_prepared),
            "counts": self.counts(),
            "cells": [asdict(cell) for cell in self.cells],
            "stale_aggregates": list(self.stale_aggregates),
            "n_predictions": self.n_predictions,
            "refused": list(self.refused),
        }


def event_state(plan: Plan) -> EventState:
    """Return the state of an event, from files only.

    Raises
    ------
    DataError
        If it has no data, and nobody has said where they come from.
    """
    source = plan.loaded.event.data_source
    to_import = source_to_bring(plan.project, plan.data, source)
    index = _last_index(plan)
    why_not_prepared: tuple[str, ...] = ()
    if plan.is_prepared:
        seconds: list[float] = []
        cells = tuple(_cell_state(plan, cell, index, seconds) for cell in plan.cells)
        stale = tuple(plan.stale_aggregates())
    else:
        seconds = []
        why_not_prepared = _why_not_prepared(plan)
        cells = tuple(_unprepared(plan, index))
        stale = plan.steps
    return EventState(
        event=plan.event,
        is_prepared=plan.is_prepared,
        why_not_prepared=why_not_prepared,
        cells=cells,
        stale_aggregates=stale,
        seconds=mean(seconds) if seconds else None,
        to_import=to_import,
        steps=plan.steps,
        n_predictions=len(plan.loaded.predictions),
        refused=_refused(plan),
    )


def _refused(plan: Plan) -> tuple[str, ...]:
    """Return the entries that break a rule, or are not described as they must be."""
    code = [f"{submission.name}: {why}" for submission, why in plan.loaded.refused]
    predictions = [f"{p.full_name}: {p.refusal}" for p in plan.loaded.predictions if p.refusal]
    return (*code, *predictions)


Index = dict[tuple[str, int], str]


def _last_index(plan: Plan) -> Index:
    """Return submission and fold → fit key of the last evaluation of the event."""
    path = plan.results.index
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as stream:
        return {
            (f"{row['team']}/{row['model']}", int(row["fold"])): row["key"]
            for row in csv.DictReader(stream)
        }


def _cell_state(plan: Plan, cell: Cell, index: Index, seconds: list[float]) -> CellState:
    name, folder = cell.submission.name, plan.project.cell(cell.key)

    def found(state: str, why: str = "", reasons: tuple[str, ...] = ()) -> CellState:
        return CellState(name, cell.fold, state, why or "; ".join(reasons), reasons, cell.is_refit)

    if not folder.record.exists():
        state = "trained" if plan.project.work(cell.key).trained.exists() else "missing"
        old_key = index.get((name, cell.fold))
        if old_key is None and cell.is_refit and (name, 0) in index:
            return found(state, reasons=(NEW_REFIT,))
        parts = plan.tasks.parts(cell.submission, cell.fold)
        return found(state, reasons=_why_missing(plan, old_key, parts))
    if not folder.scores(plan.tasks.score).exists():
        return found("unscored", reasons=_why_unscored(plan, cell.key))
    record = read_json(folder.record)
    if record["status"] != "ok":
        larger = _now_larger(plan, name, record, folder)
        return found("failed", f"{record['status']}: {record['reason']}{larger}")
    seconds.append(_seconds(read_json(folder.run)))
    return found("done")


def _now_larger(plan: Plan, name: str, record: dict[str, Any], cell: CellFolder) -> str:
    """Say that a cell failed under a smaller limit than the one of today: a key holds no limits."""
    limit = {"timeout": "time_s", "memory": "memory_mb"}.get(record["status"])
    if limit is None:
        return ""
    before = read_json(cell.run)[record["step"]]["limits"][limit]
    now = next(getattr(s, limit) for s in plan.submissions if s.name == name)
    return f"; the limit is {now:g} now: run with --retry-failed" if now > before else ""


def _seconds(run: dict[str, Any]) -> float:
    return float(sum(step.get("wall_s") or 0.0 for step in run.values()))


def _why_missing(plan: Plan, old_key: str | None, parts: Parts) -> tuple[str, ...]:
    if old_key is None:
        return (NEW,) if plan.results.index.exists() else ()
    try:
        old = read_json(plan.project.cell(old_key).record)["parts"]
    except RampflowError:
        return ("its cell was removed",)
    return tuple(differences(old, parts)) or ("its cell was removed",)


def _why_unscored(plan: Plan, key: str) -> tuple[str, ...]:
    """Compare the parts of the score key with those of the newest scores of the cell."""
    found = sorted(
        plan.project.cell(key).scores_folder.glob("*.json"), key=lambda p: p.stat().st_mtime_ns
    )
    if not found:
        return ()
    return tuple(differences(read_json(found[-1])["parts"], plan.tasks.score_parts))


def _why_not_prepared(plan: Plan) -> tuple[str, ...]:
    """Compare the parts of the prepare key with those of the last prepared data of the event."""
    if not plan.results.plan.exists():
        return ()
    before = plan.project.prepared(read_json(plan.results.plan)["prepared"]).record
    if not before.exists():
        return ("the prepared data were removed",)
    return tuple(differences(read_json(before)["parts"], plan.prepare_parts))


def _unprepared(plan: Plan, index: Index) -> list[CellState]:
    """Return the cells of the last evaluation, with what is known to have changed.

    The rows of the folds are not known before preparing, so they are not compared.
    """
    folds = sorted({fold for _, fold in index})
    found = []
    for submission in plan.submissions:
        for fold in folds:
            seed = plan.loaded.event.seed + fold
            parts = fit_parts(
                plan.common,
                submission.files,
                submission.entry,
                {},
                seed,
                submission.threads,
                submission.gpus,
            )
            del parts["fold"]
            old_key = index.get((submission.name, fold))
            reasons = _why_missing(plan, old_key, parts)
            if reasons == ("its cell was removed",) and old_key:
                reasons = ()
            state = "missing" if reasons or old_key is None else "unknown"
            is_refit = _was_refit(plan, old_key)
            why = "; ".join(reasons)
            found.append(CellState(submission.name, fold, state, why, reasons, is_refit))
    return found


def _was_refit(plan: Plan, key: str | None) -> bool:
    """Return whether the cell of the last evaluation was a refit, as far as anybody knows."""
    try:
        record = read_json(plan.project.cell(key).record) if key else {}
    except RampflowError:
        return False
    return "refit" in record.get("parts", {}).get("fold", {})
