"""Shares of the blend on resampled rows: how much of a selection other rows would repeat.

The rows on which a fold's blend is selected are drawn again with replacement, and the selection is
made anew on each draw. A draw is given as counts: how often each row is drawn. So predictions are
read once, and a caller decides how rows are drawn (blocks, rows that folds share).

With a metric that is the root mean square of residuals or depends on the share of right labels,
all draws are selected side by side (`rampflow.ensemble.sideways`, `rampflow.ensemble.votes`); with
any other the rows of a draw are copied and selected on as `rampflow.ensemble.greedy` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ensemble.greedy import MAX_MEMBERS, grow, next_member
from rampflow.ensemble.members import Members, RunningMean, is_mean, read_candidates
from rampflow.ensemble.screens import make_screen, offers
from rampflow.ensemble.sideways import select_sideways
from rampflow.ensemble.votes import select_by_votes
from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType, sample_weights
from rampflow.problems.predictions import BasePredictions

FloatArray = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]


def is_sideways(Predictions: Any, score_type: Any, truth: Any, min_improvement: float) -> bool:
    """Tell whether all draws can be selected side by side, which is many times faster.

    Parameters
    ----------
    Predictions : type
        The problem's prediction type.
    score_type : ScoreType
        The official metric. Where it is a root mean square, its scale may differ from draw to draw,
        so a smallest improvement, which is in units of the score, rules it out.
    truth : BasePredictions
        Truth of some rows. Where a metric counts right labels, sample weights rule it out: their
        sums are rounded.
    min_improvement : float
        As in `rampflow.ensemble.greedy.blend_fold`.
    """
    if not is_mean(Predictions):
        return False
    if offers(score_type, "affine_residuals"):
        return min_improvement == 0
    return offers(score_type, "score_of_hit_rate") and sample_weights(truth) is None


def is_screened(Predictions: Any, score_type: Any) -> bool:
    """Tell whether a step scores all candidates at once; otherwise one after another."""
    shortcuts = ("affine_residuals", "score_of_hit_rate", "score_many")
    return is_mean(Predictions) and any(offers(score_type, name) for name in shortcuts)


def redrawn_shares(
    Predictions: type[BasePredictions],
    score_type: ScoreType,
    truth: BasePredictions,
    candidates: Sequence[npt.ArrayLike],
    counts: Counts,
    *,
    max_members: int = MAX_MEMBERS,
    min_improvement: float = 0.0,
) -> FloatArray:
    """Return each candidate's share of the blend of one fold, on each draw of its rows.

    Parameters
    ----------
    Predictions, score_type, truth, candidates, max_members, min_improvement
        As in `rampflow.ensemble.greedy.blend_fold`.
    counts : ndarray of int, shape (n_draws, n_rows)
        How often each row is drawn.

    Returns
    -------
    ndarray of float, shape (n_draws, n_candidates)
        Lines sum to 1; NaN where no row is drawn, or the metric is undefined or raises on those.
        Drawn once each, the rows give the shares of `blend_fold`, but for predictions that
        `normalize` changes: here the first member too is chosen by what it gives to a mean.

    Raises
    ------
    ProblemError
        As `blend_fold`.
    """
    members, single = read_candidates(Predictions, score_type, truth, candidates)
    if np.isnan(single).all():
        raise ProblemError(f"{score_type.name} is not defined (NaN) for any candidate")
    limits: dict[str, Any] = {"max_members": max_members, "min_improvement": min_improvement}
    if isinstance(members, RunningMean) and is_sideways(
        Predictions, score_type, truth, min_improvement
    ):
        if not offers(score_type, "affine_residuals"):
            labels = np.argmax(truth.y_pred, axis=1)
            return select_by_votes(members.terms, labels, score_type, counts, **limits)
        residuals = score_type.affine_residuals(truth, members.terms)  # type: ignore[attr-defined]
        if np.isfinite(residuals).all():
            return select_sideways(residuals, counts, max_members=max_members)
    return _one_by_one(score_type, members, len(single), counts, **limits)


def _one_by_one(
    score_type: ScoreType, members: Members, n_candidates: int, counts: Counts, **limits: Any
) -> FloatArray:
    """Return shares as `redrawn_shares`, with the rows of one draw after another."""
    shares = np.full((len(counts), n_candidates), np.nan)
    for line, drawn in zip(shares, counts, strict=True):
        rows = np.repeat(np.arange(len(drawn)), drawn)
        if not rows.size:
            continue
        there = members.of_rows(rows)
        try:
            selection = _select(score_type, there, n_candidates, **limits)
        except Exception:  # a metric may refuse such rows, as those of one class
            continue
        if selection:
            line[:] = np.bincount(selection, minlength=n_candidates) / len(selection)
    return shares


def _select(
    score_type: ScoreType,
    members: Members,
    n_candidates: int,
    *,
    max_members: int,
    min_improvement: float,
) -> list[int]:
    """Select members; none where the metric is undefined for all candidates.

    A screen of an empty blend estimates the candidates alone, faster than one score after another.
    """
    sign = 1.0 if score_type.is_lower_the_better else -1.0
    screen = make_screen(score_type, members, n_candidates)
    estimates, errors = screen.estimate()
    first, _ = next_member(
        sign * estimates, errors, lambda j: sign * members.score_with(j), np.inf, 0.0
    )
    if first is None:
        return []
    selection, _ = grow(
        score_type,
        members,
        screen,
        first,
        max_members=max_members,
        min_improvement=min_improvement,
    )
    return selection


def mean_over_folds(shares: Iterable[FloatArray]) -> FloatArray:
    """Return the contributivity of each draw: the mean over the folds that have a blend on it.

    Parameters
    ----------
    shares : iterable of ndarray of float, shape (n_draws, n_candidates), one or more
        As `redrawn_shares` returns them, of the same draws.

    Returns
    -------
    ndarray of float, shape (n_draws, n_candidates)
        Lines sum to 1; NaN where no fold has a blend.
    """
    total: FloatArray = np.zeros(())
    count: FloatArray = np.zeros(())
    for fold in shares:
        is_there = ~np.isnan(fold[:, :1])
        total = total + np.where(is_there, fold, 0.0)
        count = count + is_there
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
