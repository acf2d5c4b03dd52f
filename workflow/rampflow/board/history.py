"""History: the blend as it would have been at every moment of the event."""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from rampflow.board.bagging import final_scores, finite
from rampflow.board.cells import Entry, EventCells, Stored, csv_text
from rampflow.ensemble.bag import bag_test, bag_valid
from rampflow.ensemble.blend import blend_refits
from rampflow.ensemble.history import blend_fold_history
from rampflow.files import read_json, write_text
from rampflow.paths import EventResults
from rampflow.problems.contract import Problem

MOST_MOMENTS = 400
"""So many moments, spread evenly over the entries, are blended; the last one always is."""
COLUMNS = ("commit", "submission", "n_entries", "score")


def blend_history(
    cells: EventCells,
    problem: Problem,
    results: EventResults,
    *,
    max_members: int,
    min_improvement: float,
    submitted_at: dict[str, datetime],
) -> None:
    """Write ``blend_history.csv``: the score of the blend of all entries handed in up to a time.

    Parameters
    ----------
    cells : EventCells
        Finished cells; only submissions that have a bagged score are candidates.
    problem : Problem
        Its official metric and predictions.
    results : EventResults
        Where the bagged scores are, and where the file goes.
    max_members, min_improvement
        The event's options.
    submitted_at : dict of str to datetime
        Every submission → when it was handed in.
    """
    bagged, metric = read_json(results.bagged), str(problem.score_types[0].name)
    entries = [
        entry
        for entry in cells.entries
        if entry.name in submitted_at and final_scores(bagged.get(entry.name), metric)
    ]
    rows: list[list[Any]] = []
    if entries:
        sizes = _sizes([submitted_at[entry.name] for entry in entries])
        selections = _selections(cells, problem, entries, sizes, max_members, min_improvement)
        scores = _scores(cells, problem, entries, selections)
        for size, score in zip(sizes, scores, strict=True):
            name = entries[size - 1].name
            rows.append([submitted_at[name].isoformat(), name, size, finite(score)])
    write_text(results.blend_history, csv_text(COLUMNS, rows))


def _sizes(moments: Sequence[datetime]) -> list[int]:
    """Return how many entries there were at each moment; those of one moment come together."""
    n = len(moments)
    sizes = [k for k in range(1, n + 1) if k == n or moments[k] != moments[k - 1]]
    if len(sizes) <= MOST_MOMENTS:
        return sizes
    chosen = np.linspace(0, len(sizes) - 1, MOST_MOMENTS).round().astype(int)
    return [sizes[i] for i in chosen]


def _selections(
    cells: EventCells,
    problem: Problem,
    entries: list[Entry],
    sizes: list[int],
    max_members: int,
    min_improvement: float,
) -> list[tuple[tuple[int, ...], ...]]:
    """Return the members of each fold's blend, at each moment."""
    labels = cells.labels("train")
    by_fold = [
        blend_fold_history(
            problem.predictions,
            problem.score_types[0],
            problem.predictions(y_true=labels, fold_is=rows),
            Stored(cells, [entry.keys[fold] for entry in entries], "valid"),
            sizes,
            max_members=max_members,
            min_improvement=min_improvement,
        )
        for fold, rows in enumerate(cells.valid_is())
    ]
    return list(zip(*by_fold, strict=True))


def _scores(
    cells: EventCells,
    problem: Problem,
    entries: list[Entry],
    selections: list[tuple[tuple[int, ...], ...]],
) -> list[float]:
    """Return the score of each blend on the rows that rank; NaN where a fold has none."""
    part = "refit" if cells.has_refit else "test" if cells.has_test else "valid"
    Predictions, metrics = problem.predictions, problem.score_types[:1]
    labels = cells.labels("train" if part == "valid" else "test")
    valid_is = cells.valid_is()

    @functools.lru_cache(maxsize=256)
    def read(key: str) -> Any:
        return cells.predictions(key, "valid" if part == "valid" else "test")

    @functools.cache
    def score(selected: tuple[tuple[int, ...], ...]) -> float:
        if not all(selected):
            return float("nan")
        if part == "refit":
            keys = [str(entry.refit_key) for entry in entries]
            blend, _ = blend_refits(Predictions, metrics, labels, selected, lambda j: read(keys[j]))
            return blend.final_scores[str(metrics[0].name)]
        folds = [
            Predictions.combine([Predictions(y_pred=read(entries[j].keys[fold])) for j in members])
            for fold, members in enumerate(selected)
        ]
        y_preds = [fold.y_pred for fold in folds]
        if part == "valid":
            bag = bag_valid(Predictions, metrics, labels, y_preds, valid_is)
        else:
            bag = bag_test(Predictions, metrics, labels, y_preds)
        return bag.final_scores[str(metrics[0].name)]

    return [score(selected) for selected in selections]


def changes_of_blend(results: EventResults) -> list[dict[str, Any]]:
    """Return when the blend changed (``commit``, ISO 8601) and its ``score`` from then on.

    Parameters
    ----------
    results : EventResults
        Where the history is.
    """
    found: list[dict[str, Any]] = []
    with results.blend_history.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            score = float(row["score"]) if row["score"] else None
            if not found or score != found[-1]["score"]:
                found.append({"commit": row["commit"], "score": score})
    return found
