"""How much contributivity would differ with other validation rows: a bootstrap of the selection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.board.cells import Entry, EventCells, Stored
from rampflow.config.schemas import Uncertainty
from rampflow.ensemble.redrawn import is_screened, is_sideways, mean_over_folds, redrawn_shares
from rampflow.problems.contract import Problem
from rampflow.ranking.expand import expanded_level
from rampflow.ranking.intervals import percentile_intervals
from rampflow.ranking.resample import block_counts

FloatArray = npt.NDArray[np.float64]

MOST_DRAWS, FEWEST_DRAWS = 200, 50
"""Draws of the rows where selecting is cheap, and so few that ends of intervals are still ends."""
SIDEWAYS_VALUES, OTHER_VALUES = 8e9, 1e9
"""Predicted values that all draws together may read: one to two minutes of a core either way."""
VALUES_OF_A_SELECTION = 20_000
"""What a selection costs whatever its rows, where draws are selected one after another."""
SINGLE_SCORES, PASSES = 100_000, 10
"""Scores that may be computed one by one, and how often a selection asks for those of all."""
DRAW = 0
"""Seed of the draws of rows."""


@dataclass(frozen=True)
class Spread:
    """Intervals of the contributivity of some entries.

    Attributes
    ----------
    level : float
        Confidence, such as 0.95.
    block : int
        Rows that were drawn together.
    n_rows : int
        Rows that some fold validates.
    replicates : int
        Draws with a blend.
    why_not : str
        Why there are no intervals; empty where there are.
    low, high : ndarray of float, shape (n_entries,)
        Ends of the intervals, fractions; NaN where there are none.
    """

    level: float
    block: int
    n_rows: int
    replicates: int
    why_not: str
    low: FloatArray
    high: FloatArray

    @property
    def facts(self) -> dict[str, Any]:
        """All but the intervals, for a file of results."""
        return {name: v for name, v in asdict(self).items() if name not in ("low", "high")}


def spread_of(
    cells: EventCells,
    problem: Problem,
    entries: list[Entry],
    shares: FloatArray,
    options: Uncertainty,
    **greedy: Any,
) -> Spread:
    """Select the blend of every fold on resampled rows, and return intervals of the shares.

    The rows that some fold validates are drawn again with replacement, in blocks, the same draw for
    all folds: folds that share rows share their noise. Intervals are percentiles, expanded where
    blocks are few, and widened to hold the share itself: a draw has fewer different rows than the
    data, so that a selection on it is a little more diverse.

    Parameters
    ----------
    cells : EventCells
        Where the predictions are.
    problem : Problem
        Its official metric and predictions.
    entries : list of Entry
        The candidates of the blend, in its order.
    shares : ndarray of float, shape (n_entries,)
        Their contributivity.
    options : Uncertainty
        Level and blocks.
    **greedy
        ``max_members`` and ``min_improvement`` of the blend.

    Returns
    -------
    Spread
        Without intervals where rows are too few for the blocks, or entries and rows too many.
    """
    valid_is, labels = cells.valid_is(), cells.labels("train")
    truths = [problem.predictions(y_true=labels, fold_is=fold_rows) for fold_rows in valid_is]
    rows = np.unique(np.concatenate(valid_is))
    n_draws = _n_draws(problem, truths, len(entries), greedy["min_improvement"])
    without = partial(_without, options, len(rows), len(entries))
    if len(rows) < 2 * options.block:
        return without(f"{len(rows)} rows are too few to resample blocks of {options.block}")
    if n_draws < FEWEST_DRAWS:
        return without("with so many entries and rows, selecting the blend anew takes too long")
    counts = block_counts(len(rows), n_draws, options.block, np.random.default_rng(DRAW))
    fold_counts = (counts[:, np.searchsorted(rows, fold_rows)] for fold_rows in valid_is)
    drawn = _redrawn(cells, problem, entries, truths, fold_counts, greedy)
    if len(drawn) < FEWEST_DRAWS:
        return without("the metric is undefined on most sets of resampled rows")
    level = expanded_level(options.level, len(rows) / options.block)
    low, high = percentile_intervals(drawn, level)
    low, high = np.minimum(low, shares), np.maximum(high, shares)
    return Spread(options.level, options.block, len(rows), len(drawn), "", low, high)


def _without(options: Uncertainty, n_rows: int, n_entries: int, why: str) -> Spread:
    nothing = np.full(n_entries, np.nan)
    return Spread(options.level, options.block, n_rows, 0, why, nothing, nothing)


def _redrawn(
    cells: EventCells,
    problem: Problem,
    entries: list[Entry],
    truths: Sequence[Any],
    fold_counts: Iterable[npt.NDArray[np.int32]],
    greedy: dict[str, Any],
) -> FloatArray:
    """Return the contributivity of each draw with a blend: shape (n_draws, n_entries)."""
    folds = (
        redrawn_shares(
            problem.predictions,
            problem.score_types[0],
            truth,
            Stored(cells, [entry.keys[fold] for entry in entries], "valid"),
            counts,
            **greedy,
        )
        for fold, (truth, counts) in enumerate(zip(truths, fold_counts, strict=True))
    )
    drawn = mean_over_folds(folds)
    return drawn[~np.isnan(drawn).any(axis=1)]


def _n_draws(
    problem: Problem, truths: Sequence[Any], n_entries: int, min_improvement: float
) -> int:
    """Return how many draws cost no more than a blend may: a number that no clock decides."""
    Predictions, metric = problem.predictions, problem.score_types[0]
    values = n_entries * sum(truth.y_pred.size for truth in truths)
    if is_sideways(Predictions, metric, truths[0], min_improvement):
        return int(min(MOST_DRAWS, SIDEWAYS_VALUES // values))
    n_draws = min(MOST_DRAWS, OTHER_VALUES // (values + VALUES_OF_A_SELECTION * len(truths)))
    if not is_screened(Predictions, metric):
        n_draws = min(n_draws, SINGLE_SCORES // (PASSES * n_entries * len(truths)))
    return int(n_draws)
