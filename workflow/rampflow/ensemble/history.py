"""The blend as it would have been before the last candidates came.

Selecting again after every candidate would repeat nearly all of the work: most newcomers change
nothing. So the steps of the last selection are walked through with the newcomer, who comes last in
the order that decides ties: only if it would have been chosen at some step, the members are
selected anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ensemble.greedy import MAX_MEMBERS, FoldBlend, select
from rampflow.ensemble.members import Members, read_candidates
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import BasePredictions


def blend_fold_history(
    Predictions: type[BasePredictions],
    score_type: ScoreType,
    truth: BasePredictions,
    candidates: Sequence[npt.ArrayLike],
    sizes: Sequence[int],
    *,
    max_members: int = MAX_MEMBERS,
    min_improvement: float = 0.0,
) -> list[tuple[int, ...]]:
    """Select the members of one fold's blend among the first candidates, for several numbers.

    Parameters
    ----------
    Predictions, score_type, truth, candidates, max_members, min_improvement
        As in `rampflow.ensemble.greedy.blend_fold`; candidates in the order handed in.
    sizes : sequence of int
        Numbers of candidates, growing.

    Returns
    -------
    list of tuple of int
        What `blend_fold` selects among so many, for each number; empty while the metric is
        undefined (NaN) for all of them.

    Raises
    ------
    ProblemError
        As `blend_fold`.
    """
    members, single = read_candidates(Predictions, score_type, truth, candidates)
    sign = 1.0 if score_type.is_lower_the_better else -1.0
    limits: dict[str, Any] = {"max_members": max_members, "min_improvement": min_improvement}
    found: list[tuple[int, ...]] = []
    last: FoldBlend | None = None
    n_before = 0
    for size in sizes:
        there, newcomers = single[:size], range(n_before, size)
        enters = (
            _would_enter(last, members.first(size), j, sign * single[j], sign, **limits)
            for j in newcomers
            if last is not None
        )
        if last is None or any(enters):
            is_defined = not np.isnan(there).all()
            last = select(score_type, members.first(size), there, **limits) if is_defined else None
        n_before = size
        found.append(last.selection if last else ())
    return found


def _would_enter(
    last: FoldBlend,
    members: Members,
    newcomer: int,
    loss_alone: float,
    sign: float,
    *,
    max_members: int,
    min_improvement: float,
) -> bool:
    """Tell whether a candidate that comes last would be chosen at any step of a selection."""
    if loss_alone < sign * last.single_scores[last.selection[0]]:
        return True
    bounds = [sign * score for score in last.scores]
    if len(last.selection) < max_members:
        bounds.append(bounds[-1])  # at the end it has to improve on the blend itself
    for member, bound in zip(last.selection, bounds[1:], strict=False):
        members.add(member)
        if sign * members.score_with(newcomer) < bound - min_improvement:
            return True
    return False
