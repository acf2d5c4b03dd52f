"""Compare: which differences of the board the data support, and how sure each score is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.board.bagging import final_scores, finite
from rampflow.board.cells import Entry, EventCells, csv_text
from rampflow.config.schemas import Uncertainty
from rampflow.files import read_json, write_json, write_text
from rampflow.paths import EventResults
from rampflow.problems.contract import Problem
from rampflow.problems.metrics.base import sample_weights
from rampflow.ranking.compare import Comparison, compare_all
from rampflow.ranking.intervals import score_intervals
from rampflow.ranking.memory import pieces_of
from rampflow.ranking.replicates import is_mean_loss, replicate_scores
from rampflow.ranking.resample import block_counts
from rampflow.ranking.stability import first_place_probability, kendall_agreement

FloatArray = npt.NDArray[np.float64]

MOST_COMPARED = 1000
"""So many entries, the best of them, are compared: pairs grow with the square."""
SLOW_SCORES = 40_000
"""So many scores are computed one by one, where a metric knows no loss of a row."""
FEWEST_REPLICATES = 200
DRAW = 0
"""Seed of the draws of rows."""

COLUMNS = (
    "submission",
    "score",
    "score_low",
    "score_high",
    "behind",
    "behind_low",
    "behind_high",
    "is_level_with_first",
    "first_place_probability",
    "best_rank",
    "worst_rank",
)


def compare_event(
    cells: EventCells, problem: Problem, results: EventResults, options: Uncertainty
) -> None:
    """Write ``comparison.json`` and ``comparison.csv`` of an event.

    Parameters
    ----------
    cells : EventCells
        Finished cells.
    problem : Problem
        Its official metric and predictions.
    results : EventResults
        Where the bagged scores are, and where the files go.
    options : Uncertainty
        Level, blocks and replicates.

    Where the rows are too few for the blocks there are no intervals, and ``why_not`` says so.
    """
    metric = problem.score_types[0]
    part = "refit" if cells.has_refit else "test" if cells.has_test else "valid"
    bagged = read_json(results.bagged)
    is_lower = bool(metric.is_lower_the_better)
    scored = [
        (entry, final_scores(bagged.get(entry.name), str(metric.name)).get(part))
        for entry in cells.entries
    ]
    found = [(entry, score) for entry, score in scored if score is not None]
    found.sort(key=lambda pair: pair[1] if is_lower else -pair[1])
    record: dict[str, Any] = {
        "level": options.level,
        "block": options.block,
        "n_rows": 0,
        "replicates": 0,
        "n_compared": 0,
        "kendall_tau": None,
        "why_not": "",
        "rows": [],
    }
    if found:
        record |= _compare(cells, problem, part, found[:MOST_COMPARED], options)
    write_json(results.comparison, record)
    rows = [[row[column] for column in COLUMNS] for row in record["rows"]]
    write_text(results.comparison_csv, csv_text(COLUMNS, rows))


def _compare(
    cells: EventCells,
    problem: Problem,
    part: str,
    scored: list[tuple[Entry, float]],
    options: Uncertainty,
) -> dict[str, Any]:
    """Compare entries, best first."""
    metric, entries = problem.score_types[0], [entry for entry, _ in scored]
    direction = {"is_lower_the_better": bool(metric.is_lower_the_better)}
    truth, predictions = ranked_predictions(cells, problem, part, entries)
    n_replicates = options.replicates
    if not is_mean_loss(metric):
        n_replicates = min(n_replicates, max(FEWEST_REPLICATES, SLOW_SCORES // len(entries)))
    n_rows = len(truth.y_pred)
    if n_rows < 2 * options.block:
        why_not = f"{n_rows} rows are too few to resample blocks of {options.block}"
        return {"n_rows": n_rows, "why_not": why_not}
    rng = np.random.default_rng(DRAW)  # the same rows, whatever the seed of the fits
    counts = block_counts(n_rows, n_replicates, options.block, rng)
    replicates = replicate_scores(metric, truth, predictions, counts)
    pieces = pieces_of(metric, truth, predictions, options.block)
    scores = np.array([score for _, score in scored])
    n_blocks = n_rows / options.block
    pairs = compare_all(scores, replicates, options.level, n_blocks, **direction, pieces=pieces)
    ends = score_intervals(
        metric,
        scores,
        replicates,
        n_rows,
        options.level,
        block=options.block,
        is_weighted=sample_weights(truth) is not None,
        pieces=pieces,
    )
    first = first_place_probability(replicates, **direction)
    return {
        "n_rows": n_rows,
        "replicates": int(np.isfinite(replicates).all(axis=1).sum()),
        "n_compared": len(entries),
        "kendall_tau": finite(kendall_agreement(scores, replicates, **direction)),
        "rows": _rows(entries, scores, np.array(ends), first, pairs, **direction),
    }


def ranked_predictions(
    cells: EventCells, problem: Problem, part: str, entries: list[Entry]
) -> tuple[Any, list[Any]]:
    """Return the truth and the predictions whose scores rank, in rows that have a prediction.

    Parameters
    ----------
    cells : EventCells
        Where they are.
    problem : Problem
        How predictions are combined.
    part : str
        ``valid`` or ``test`` (bagged), or ``refit``.
    entries : list of Entry
        Those that finished.

    Returns
    -------
    truth : BasePredictions
        One row per scored row.
    predictions : list of BasePredictions
        The same rows, one for each entry.
    """
    Predictions = problem.predictions
    truth = Predictions(y_true=cells.labels("train" if part == "valid" else "test"))
    valid_is = cells.valid_is()

    def combined(entry: Entry) -> Any:
        if part == "refit":
            members = [Predictions(y_pred=cells.predictions(str(entry.refit_key), "test"))]
        elif part == "test":
            members = [Predictions(y_pred=cells.predictions(key, "test")) for key in entry.keys]
        else:
            members = []
            for key, rows in zip(entry.keys, valid_is, strict=True):
                fold = Predictions(n_samples=len(truth.y_pred))
                fold.set_valid_in_train(Predictions(y_pred=cells.predictions(key, "valid")), rows)
                members.append(fold)
        return Predictions.combine(members)

    found = [combined(entry) for entry in entries]
    rows = found[0].valid_indexes
    if not rows.all():
        for one in (truth, *found):
            one.set_slice(rows)
    return truth, found


def _rows(
    entries: list[Entry],
    scores: FloatArray,
    ends: FloatArray,
    first: FloatArray,
    pairs: Comparison,
    *,
    is_lower_the_better: bool,
) -> list[dict[str, Any]]:
    """Return what is known of each entry; differences are how far it is behind the first one."""
    sign = 1.0 if is_lower_the_better else -1.0
    level = pairs.level_with(0)
    rows = []
    for i, entry in enumerate(entries):
        behind = float(sign * (scores[i] - scores[0]))
        margin = pairs.critical * pairs.se[i, 0] if pairs.se[i, 0] > 0 else 0.0
        rows.append(
            {
                "submission": entry.name,
                "score": float(scores[i]),
                "score_low": finite(ends[0, i]),
                "score_high": finite(ends[1, i]),
                "behind": behind,
                "behind_low": finite(behind - margin),
                "behind_high": finite(behind + margin),
                "is_level_with_first": bool(level[i]),
                "first_place_probability": finite(first[i]),
                "best_rank": int(pairs.best_ranks[i]),
                "worst_rank": int(pairs.worst_ranks[i]),
            }
        )
    return rows
