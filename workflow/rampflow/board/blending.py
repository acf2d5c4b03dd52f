"""Blend: combine the submissions that finished, fold by fold, and share out the credit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from rampflow.board.bagging import final_scores, finite
from rampflow.board.cells import Entry, EventCells, Stored, csv_text
from rampflow.board.spread import Spread, spread_of
from rampflow.config.schemas import Uncertainty
from rampflow.ensemble.bag import Bagged
from rampflow.ensemble.blend import Blend, FoldCandidates, blend, blend_refits
from rampflow.ensemble.contributivity import (
    Contributivity,
    contributivity,
    historical_contributivity,
)
from rampflow.files import fresh_folder, read_json, write_json, write_text, written_aside
from rampflow.paths import EventResults
from rampflow.problems.contract import Problem


def blend_event(
    cells: EventCells,
    problem: Problem,
    results: EventResults,
    *,
    max_members: int,
    min_improvement: float,
    uncertainty: Uncertainty,
    submitted_at: dict[str, datetime],
    builds_on: dict[str, dict[str, float]],
) -> None:
    """Write ``blend/`` and ``contributivity.csv`` of an event.

    Parameters
    ----------
    cells : EventCells
        Finished cells; only submissions that have a bagged score are candidates.
    problem : Problem
        Its metrics and predictions.
    results : EventResults
        Where the files go.
    max_members, min_improvement
        The event's options.
    uncertainty : Uncertainty
        Level and blocks of the intervals of contributivity.
    submitted_at : dict of str to datetime
        Every submission → when it was handed in.
    builds_on : dict of str to dict
        Submission → its sources and their credit.
    """
    fresh_folder(results.blend)
    bagged, metric = read_json(results.bagged), str(problem.score_types[0].name)
    entries = [entry for entry in cells.entries if final_scores(bagged.get(entry.name), metric)]
    record: dict[str, Any] = {"candidates": [entry.name for entry in entries], "folds": []}
    shares: list[Share] = []
    if entries:
        greedy = {"max_members": max_members, "min_improvement": min_improvement}
        blended, scores = _blend(cells, problem, entries, results, greedy)
        shared = contributivity(blended.selections, len(entries))
        spread = spread_of(cells, problem, entries, shared.mean, uncertainty, **greedy)
        shares = _shares(entries, shared, spread)
        record |= scores | {"spread": spread.facts}
    mean = {share.name: share.mean for share in shares}
    record["contributivity"] = mean
    record["contributivity_ends"] = {share.name: share.ends for share in shares}
    record["historical_contributivity"] = historical_contributivity(mean, submitted_at, builds_on)
    _write_contributivity(shares, cells.n_folds, results)
    write_json(results.blend_record, record)


def _blend(
    cells: EventCells,
    problem: Problem,
    entries: list[Entry],
    results: EventResults,
    greedy: dict[str, Any],
) -> tuple[Blend, dict[str, Any]]:
    """Blend, store the predictions and return members and scores."""
    blended = blend(
        problem.predictions,
        problem.score_types,
        cells.labels("train"),
        _folds(cells, entries),
        y_test=cells.labels("test") if cells.has_test else None,
        **greedy,
    )
    record = _record(blended, entries)
    _save(results, "valid", blended.valid)
    if blended.test is not None:
        _save(results, "test", blended.test)
    if cells.has_refit:
        record |= _blend_refits(cells, problem, entries, blended, results)
    return blended, record


def _folds(cells: EventCells, entries: list[Entry]) -> Iterator[FoldCandidates]:
    """Yield what blending needs, one fold in memory at a time."""
    for fold, rows in enumerate(cells.valid_is()):
        keys = [entry.keys[fold] for entry in entries]
        test = partial(Stored(cells, keys, "test").__getitem__) if cells.has_test else None
        yield FoldCandidates(rows, Stored(cells, keys, "valid"), test)


def _blend_refits(
    cells: EventCells, problem: Problem, entries: list[Entry], blended: Blend, results: EventResults
) -> dict[str, Any]:
    """Blend the refits of the members, store the predictions and return the scores."""
    keys = [entry.refit_key for entry in entries if entry.refit_key is not None]
    blend_of_refits, best = blend_refits(
        problem.predictions,
        problem.score_types,
        cells.labels("test"),
        blended.selections,
        Stored(cells, keys, "test").__getitem__,
    )
    _save(results, "refit", blend_of_refits)
    return {"refit": _final(blend_of_refits), "foldwise_best_refit": _final(best)}


def _record(blended: Blend, entries: list[Entry]) -> dict[str, Any]:
    return {
        "folds": [
            {
                "selection": [entries[i].name for i in fold.selection],
                "scores": [finite(v) for v in fold.scores],
            }
            for fold in blended.folds
        ],
        "valid": _final(blended.valid),
        "test": _final(blended.test),
        "foldwise_best_valid": _final(blended.best_valid),
        "foldwise_best_test": _final(blended.best_test),
    }


def _final(bagged: Bagged | None) -> dict[str, float | None] | None:
    """Return metric → score over all folds."""
    if bagged is None:
        return None
    return {name: finite(value) for name, value in bagged.final_scores.items()}


def _save(results: EventResults, part: str, bagged: Bagged) -> None:
    with written_aside(results.blended(part)) as aside, aside.open("wb") as stream:
        np.save(stream, bagged.y_pred, allow_pickle=False)


@dataclass(frozen=True)
class Share:
    """The contributivity of one entry: mean over folds, interval, and fold by fold."""

    name: str
    mean: float
    low: float | None
    high: float | None
    folds: tuple[float, ...]

    @property
    def ends(self) -> dict[str, float | None]:
        """The interval, and the smallest and the largest share of a fold."""
        folds = {"fold_low": min(self.folds), "fold_high": max(self.folds)}
        return {"low": self.low, "high": self.high, **folds}


def _shares(entries: list[Entry], shared: Contributivity, spread: Spread) -> list[Share]:
    columns = zip(entries, shared.mean, spread.low, spread.high, shared.shares, strict=True)
    return [
        Share(entry.name, float(mean), finite(low), finite(high), tuple(map(float, folds)))
        for entry, mean, low, high, folds in columns
    ]


def _write_contributivity(shares: list[Share], n_folds: int, results: EventResults) -> None:
    folds = [f"fold_{fold}" for fold in range(n_folds)]
    rows = [[share.name, share.mean, share.low, share.high, *share.folds] for share in shares]
    header = ["submission", "contributivity", "low", "high", *folds]
    write_text(results.contributivity, csv_text(header, rows))
