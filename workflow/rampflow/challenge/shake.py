"""How far ranks move between the two parts, and how far they would if chance had split the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.challenge.doubt import MOST_COMPARED, MOST_DRAWS, MOST_SLOW
from rampflow.challenge.scoring import read_rows
from rampflow.challenge.split import Part
from rampflow.paths import Project
from rampflow.problems.contract import Problem
from rampflow.problems.predictions.rows import truth_array
from rampflow.ranking.replicates import is_mean_loss, replicate_scores

FloatArray = npt.NDArray[np.float64]
SPLITS = 200
FEWEST_SPLITS = 20


def shake_up(
    project: Project, problem: Problem, public: Part, private: Part, keys: Sequence[str]
) -> dict[str, Any] | None:
    """Return the mean move of ranks between the parts, and what random splits make of it.

    Each team is represented on both parts by the entry that counts on the private board, and ranked
    among the teams that are compared.

    Parameters
    ----------
    project : Project
        Where read entries are.
    problem : Problem
        Its official metric.
    public, private : Part
        Both parts of the test set.
    keys : sequence of str
        Of the entry that counts, for every team with a rank, first one first.

    Returns
    -------
    dict or None
        ``n_teams``, ``n_splits``, the mean move ``observed``, its mean over random splits of the
        same sizes ``expected``, and the 95 % quantile ``high``. None where fewer than two teams can
        be compared.
    """
    metric = problem.score_types[0]
    compared = keys[: MOST_COMPARED if is_mean_loss(metric) else MOST_SLOW]
    rows = np.concatenate([public.rows, private.rows])
    both = Part("both", rows, _joined(public.y_true, private.y_true))
    n_splits = min(SPLITS, max(FEWEST_SPLITS, MOST_DRAWS // len(rows)))
    if len(compared) < 2:
        return None
    drawn = _splits(len(public.rows), len(rows), n_splits)
    truth = problem.predictions(y_true=both.y_true)
    predictions = [problem.predictions(y_pred=read_rows(project, k, both)) for k in compared]
    ranks = [
        _ranks(replicate_scores(metric, truth, predictions, counts), metric)
        for counts in (drawn, 1 - drawn)
    ]
    moves = np.abs(ranks[0] - ranks[1]).mean(axis=1)
    known = moves[1:][np.isfinite(moves[1:])]
    if not np.isfinite(moves[0]) or not len(known):
        return None
    return {
        "n_teams": len(compared),
        "n_splits": len(known),
        "observed": float(moves[0]),
        "expected": float(known.mean()),
        "high": float(np.quantile(known, 0.95)),
    }


def _splits(n_public: int, n_rows: int, n_splits: int) -> npt.NDArray[np.int32]:
    """Return splits as lines of ones for public rows: the one there is, then those by chance."""
    rng = np.random.default_rng(0)
    drawn = np.zeros((1 + n_splits, n_rows), dtype=np.int32)
    drawn[0, :n_public] = 1
    for line in drawn[1:]:
        line[rng.permutation(n_rows)[:n_public]] = 1
    return drawn


def _ranks(scores: FloatArray, metric: Any) -> FloatArray:
    """Return the ranks in each line, equal scores sharing the mean; NaN where a score is none."""
    from scipy.stats import rankdata

    sign = 1.0 if metric.is_lower_the_better else -1.0
    ranks = np.asarray(rankdata(sign * np.nan_to_num(scores), axis=1), dtype=np.float64)
    ranks[~np.isfinite(scores).all(axis=1)] = np.nan
    return ranks


def _joined(first: Any, second: Any) -> Any:
    if hasattr(first, "iloc"):
        import pandas as pd

        return pd.concat([first, second])
    return np.concatenate([truth_array(first), truth_array(second)])
