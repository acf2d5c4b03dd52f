"""Blend: combine the submissions that finished, fold by fold, and share out the credit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from rampflow.board.bagging import final_scores, finite
from rampflow.board.cells import Array, Entry, EventCells, csv_text
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


class Stored(Sequence[Array]):
    """Predictions of a part on one fold, read from the cells when they are asked for.

    Parameters
    ----------
    cells : EventCells
        Where they are.
    keys : list of str
        Fit keys of the candidates.
    part : str
        ``valid`` or ``test``.
    """

    def __init__(self, cells: EventCells, keys: list[str], part: str) -> None:
        self._cells, self._keys, self._part = cells, keys, part

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, position: Any) -> Any:
        return self._cells.predictions(self._keys[position], self._part)


def blend_event(
    cells: EventCells,
    problem: Problem,
    results: EventResults,
    *,
    max_members: int,
    min_improvement: float,
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
    submitted_at : dict of str to datetime
        Every submission → when it was handed in.
    builds_on : dict of str to dict
        Submission → its sources and their credit.
    """
    fresh_folder(results.blend)
    bagged, metric = read_json(results.bagged), str(problem.score_types[0].name)
    entries = [entry for entry in cells.entries if final_scores(bagged.get(entry.name), metric)]
    record: dict[str, Any] = {"candidates": [entry.name for entry in entries], "folds": []}
    shared: Contributivity | None = None
    if entries:
        blended = blend(
            problem.predictions,
            problem.score_types,
            cells.labels("train"),
            _folds(cells, entries),
            y_test=cells.labels("test") if cells.has_test else None,
            max_members=max_members,
            min_improvement=min_improvement,
        )
        shared = contributivity(blended.selections, len(entries))
        record |= _record(blended, entries)
        _save(results, "valid", blended.valid)
        if blended.test is not None:
            _save(results, "test", blended.test)
        if cells.has_refit:
            record |= _blend_refits(cells, problem, entries, blended, results)
    mean = {e.name: float(v) for e, v in zip(entries, shared.mean if shared else [], strict=True)}
    record["contributivity"] = mean
    record["historical_contributivity"] = historical_contributivity(mean, submitted_at, builds_on)
    _write_contributivity(entries, shared, cells.n_folds, results)
    write_json(results.blend_record, record)


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


def _write_contributivity(
    entries: list[Entry], shared: Contributivity | None, n_folds: int, results: EventResults
) -> None:
    rows: list[list[Any]] = []
    if shared is not None:
        for entry, mean, shares in zip(entries, shared.mean, shared.shares, strict=True):
            rows.append([entry.name, float(mean), *map(float, shares)])
    header = ["submission", "contributivity", *(f"fold_{fold}" for fold in range(n_folds))]
    write_text(results.contributivity, csv_text(header, rows))
