"""How sure scores and ranks of the first teams are: the rows of the part, drawn again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.challenge.scoring import read_rows
from rampflow.challenge.split import Part
from rampflow.config.schemas import Uncertainty
from rampflow.paths import Project
from rampflow.problems.contract import Problem
from rampflow.problems.metrics.base import sample_weights
from rampflow.ranking.compare import compare_all
from rampflow.ranking.intervals import score_intervals
from rampflow.ranking.memory import Pieces, pieces_of
from rampflow.ranking.replicates import is_mean_loss, replicate_scores
from rampflow.ranking.resample import block_counts

FloatArray = npt.NDArray[np.float64]
MOST_COMPARED = 100
"""So many teams, the first of the board, are compared."""
MOST_SLOW = 20
"""So many where a metric knows no loss of a row: each replicate is then scored by itself."""
FEWEST_REPLICATES = 200
MOST_DRAWS = 50_000_000
"""Rows drawn in all replicates together; fewer replicates are made of more rows."""
SURE = ("score_low", "score_high", "is_level_with_first", "best_rank", "worst_rank")
"""What is known of a team that was compared; None for the others."""


def compare_teams(
    project: Project,
    problem: Problem,
    part: Part,
    ranked: Sequence[tuple[str, float]],
    options: Uncertainty,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return how sure the first teams of a board are, and how that was found.

    The same rows are drawn for all. That a team's best entry was chosen by the scores is not in the
    intervals.

    Parameters
    ----------
    project : Project
        Where read entries are.
    problem : Problem
        Its official metric.
    part : Part
        Rows and labels.
    ranked : sequence of (str, float)
        Key of the entry that counts, and its score, of every team with a rank, first one first.
    options : Uncertainty
        Level, blocks and replicates.

    Returns
    -------
    rows : list of dict
        `SURE` for each of the teams that were compared, in order.
    facts : dict
        ``level``, ``n_rows``, ``replicates``, ``n_compared`` and ``why_not``.
    """
    n_rows, metric = len(part.rows), problem.score_types[0]
    facts: dict[str, Any] = {"level": options.level, "n_rows": n_rows}
    facts |= {"replicates": 0, "n_compared": 0, "why_not": ""}
    if n_rows < 2 * options.block or not ranked:
        what = f"{n_rows} rows are too few to resample blocks of {options.block}"
        return [], facts | {"why_not": what if ranked else "no team has a score"}
    compared = ranked[: MOST_COMPARED if is_mean_loss(metric) else MOST_SLOW]
    scores = np.array([score for _, score in compared])
    predictions = [problem.predictions(y_pred=read_rows(project, k, part)) for k, _ in compared]
    truth = problem.predictions(y_true=part.y_true)
    replicates = _scores_on_redrawn(metric, truth, predictions, options)
    n_whole = int(np.isfinite(replicates).all(axis=1).sum())
    pieces = pieces_of(metric, truth, predictions, options.block)
    rows = _how_sure(metric, truth, scores, replicates, pieces, options)
    return rows, facts | {"replicates": n_whole, "n_compared": len(scores)}


def _scores_on_redrawn(
    metric: Any, truth: Any, predictions: Sequence[Any], options: Uncertainty
) -> FloatArray:
    """Score predictions on rows drawn again and again: shape (n_replicates, n_predictions)."""
    n_rows = len(truth.y_pred)
    wanted = options.replicates if is_mean_loss(metric) else FEWEST_REPLICATES
    n_replicates = min(wanted, max(FEWEST_REPLICATES, MOST_DRAWS // n_rows))
    counts = block_counts(n_rows, n_replicates, options.block, np.random.default_rng(0))
    return replicate_scores(metric, truth, predictions, counts)


def _how_sure(
    metric: Any,
    truth: Any,
    scores: FloatArray,
    replicates: FloatArray,
    pieces: Pieces | None,
    options: Uncertainty,
) -> list[dict[str, Any]]:
    """Return `SURE` for each team, from its score and its scores on the rows drawn again."""
    n_rows, is_lower = len(truth.y_pred), bool(metric.is_lower_the_better)
    pairs = compare_all(
        scores,
        replicates,
        options.level,
        n_rows / options.block,
        is_lower_the_better=is_lower,
        pieces=pieces,
    )
    low, high = score_intervals(
        metric,
        scores,
        replicates,
        n_rows,
        options.level,
        block=options.block,
        is_weighted=sample_weights(truth) is not None,
        pieces=pieces,
    )
    level = pairs.level_with(0)
    return [
        {
            "score_low": _finite(low[i]),
            "score_high": _finite(high[i]),
            "is_level_with_first": bool(level[i]),
            "best_rank": int(pairs.best_ranks[i]),
            "worst_rank": int(pairs.worst_ranks[i]),
        }
        for i in range(len(scores))
    ]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
