"""Greedy forward selection with replacement: which candidates make up the blend of one fold.

Start with the best single candidate. Then, again and again, add the candidate that improves the
score of the combination most (one that is in it may come again), until none improves it. The order
of the candidates decides ties: the first one wins.

R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes: Ensemble selection from libraries of models,
ICML 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rampflow.ensemble.members import Members, read_candidates
from rampflow.ensemble.screens import Screen, make_screen
from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import BasePredictions

FloatArray = npt.NDArray[np.float64]

MAX_MEMBERS = 80
# A metric's shortcut and its score may differ by rounding; beyond this they are two formulas.
DISAGREEMENT = 1e-6


@dataclass(frozen=True)
class FoldBlend:
    """The blend of one fold.

    Attributes
    ----------
    selection : tuple of int
        Members in the order in which they were added, with repetition.
    scores : tuple of float
        Score of the combination of the first member, the first two, and so on.
    single_scores : tuple of float
        Score of each candidate alone, predictions as they are.
    """

    selection: tuple[int, ...]
    scores: tuple[float, ...]
    single_scores: tuple[float, ...]


def blend_fold(
    Predictions: type[BasePredictions],
    score_type: ScoreType,
    truth: BasePredictions,
    candidates: Sequence[npt.ArrayLike],
    *,
    max_members: int = MAX_MEMBERS,
    min_improvement: float = 0.0,
) -> FoldBlend:
    """Select the members of one fold's blend.

    Parameters
    ----------
    Predictions : type
        The problem's prediction type.
    score_type : ScoreType
        The official metric.
    truth : BasePredictions
        Truth of the fold's validation rows.
    candidates : sequence of array_like
        Predictions of these rows, one per candidate; the order decides ties.
    max_members : int
        Largest number of members, repetitions counted.
    min_improvement : float
        A candidate must beat the best one found so far by more than this, in units of the score.

    Returns
    -------
    FoldBlend
        Selection and scores.

    Raises
    ------
    ProblemError
        If there is no candidate, the metric is undefined (NaN) for all of them, or their
        predictions are not finite numbers of one shape.
    """
    members, single = read_candidates(Predictions, score_type, truth, candidates)
    return select(
        score_type, members, single, max_members=max_members, min_improvement=min_improvement
    )


def select(
    score_type: ScoreType,
    members: Members,
    single: Sequence[float],
    *,
    max_members: int = MAX_MEMBERS,
    min_improvement: float = 0.0,
) -> FoldBlend:
    """Select the members of one fold's blend among candidates that are read already.

    Parameters
    ----------
    score_type : ScoreType
        The official metric.
    members : Members
        An empty blend of the candidates, as `read_candidates` returns it. It is filled.
    single : sequence of float
        Score of each candidate alone.
    max_members, min_improvement
        As in `blend_fold`.

    Raises
    ------
    ProblemError
        If the metric is undefined (NaN) for all candidates.
    """
    sign = 1.0 if score_type.is_lower_the_better else -1.0
    losses = sign * np.array(single)
    defined = np.flatnonzero(~np.isnan(losses))
    if not defined.size:
        raise ProblemError(f"{score_type.name} is not defined (NaN) for any candidate")
    first = int(defined[np.argmin(losses[defined])])
    screen = make_screen(score_type, members, len(single))
    selection, scores = grow(
        score_type,
        members,
        screen,
        first,
        max_members=max_members,
        min_improvement=min_improvement,
    )
    return FoldBlend(tuple(selection), tuple(scores), tuple(single))


def grow(
    score_type: ScoreType,
    members: Members,
    screen: Screen,
    first: int,
    *,
    max_members: int,
    min_improvement: float,
) -> tuple[list[int], list[float]]:
    """Add candidates to a first one until none improves the blend.

    Parameters
    ----------
    score_type : ScoreType
        The official metric.
    members : Members
        An empty blend. It is filled.
    screen : Screen
        Of the same blend.
    first : int
        The first member.
    max_members, min_improvement
        As in `blend_fold`.

    Returns
    -------
    selection : list of int
        Members in the order in which they were added.
    scores : list of float
        Score of the combination of the first member, the first two, and so on.
    """
    sign = 1.0 if score_type.is_lower_the_better else -1.0
    # a single prediction is normalised too when it stands for a blend, hence scored again
    selection, scores = [first], [members.score_with(first)]
    while len(selection) < max_members:
        members.add(selection[-1])
        screen.add(selection[-1])
        estimates, errors = screen.estimate()
        best, loss = next_member(
            sign * estimates,
            errors,
            lambda j: sign * members.score_with(j),
            sign * scores[-1],
            min_improvement,
        )
        if best is None:
            break
        _check_shortcut(score_type, estimates[best], errors[best], sign * loss)
        selection.append(best)
        scores.append(sign * loss)
    return selection, scores


def next_member(
    estimates: FloatArray,
    errors: FloatArray,
    exact: Callable[[int], float],
    current: float,
    min_improvement: float,
) -> tuple[int | None, float]:
    """Find the candidate that a scan with exact losses would end with, and its exact loss.

    The scan goes through the candidates in order and takes each that beats the best so far by more
    than `min_improvement`. A comparison that the errors leave open is made again with exact losses.

    Parameters
    ----------
    estimates, errors : ndarray of float, shape (n_candidates,)
        Losses, and how far they may be off; a loss that is NaN is never taken.
    exact : callable
        Position of a candidate → its exact loss.
    current : float
        The loss to beat; infinity for a first member.
    min_improvement : float
        As in `blend_fold`.

    Returns
    -------
    best : int or None
        None where no candidate beats it.
    loss : float
        Its exact loss, or `current`.
    """
    best: int | None = None
    loss, error = current, 0.0
    promising = np.flatnonzero(estimates - errors < current - min_improvement)
    for j in promising.tolist():
        new, new_error = float(estimates[j]), float(errors[j])
        if new - new_error >= loss + error - min_improvement:
            continue
        if new + new_error >= loss - error - min_improvement:
            if best is not None and error:
                loss, error = exact(best), 0.0
            new, new_error = exact(j), 0.0
            if not new < loss - min_improvement:
                continue
        best, loss, error = j, new, new_error
    if best is not None and error:
        loss = exact(best)
    return best, loss


def _check_shortcut(score_type: ScoreType, estimate: float, error: float, exact: float) -> None:
    allowed = error + DISAGREEMENT * max(abs(estimate), abs(exact)) + 1e-12
    if abs(estimate - exact) > allowed:
        raise ProblemError(
            f"metric {score_type.name!r}: its shortcut for blending gives {estimate!r} where its "
            f"score is {exact!r}",
            where=f"class {type(score_type).__name__}",
            do="make affine_residuals, score_of_hit_rate or score_many agree with score",
        )
