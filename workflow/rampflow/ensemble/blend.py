"""Blending: the best combination of the submissions, fold by fold, and its bagged score.

`rampflow.ensemble.greedy` selects the members of each fold on its validation rows; their
combination is the fold's blend, and the blends of the folds are bagged like the predictions of one
submission. The score of a blend on validation rows is optimistic, since the same rows selected its
members; that on test rows is not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ensemble.bag import Bagged, bag_test, bag_valid
from rampflow.ensemble.greedy import MAX_MEMBERS, FoldBlend, blend_fold
from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import BasePredictions

__all__ = ["Blend", "FoldBlend", "FoldCandidates", "blend", "blend_fold", "blend_refits"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FoldCandidates:
    """What blending needs of one fold.

    Attributes
    ----------
    valid_is : ndarray of int, shape (n_valid,)
        Validation rows of the fold.
    y_pred_valid : sequence of array_like
        Predictions of these rows, one per candidate. Asked for one by one.
    y_pred_test : callable, optional
        Position of a candidate → its predictions of all test rows. Called for members only. None
        where there is no test set.
    """

    valid_is: npt.ArrayLike
    y_pred_valid: Sequence[npt.ArrayLike]
    y_pred_test: Callable[[int], npt.ArrayLike] | None = None


@dataclass(frozen=True)
class Blend:
    """The blends of all folds, bagged.

    Attributes
    ----------
    folds : tuple of FoldBlend
        Selection and scores, fold by fold.
    y_pred_valid : tuple of ndarray of float, shape (n_valid[, n_columns])
        Each fold's blended predictions of its validation rows.
    y_pred_test : tuple of ndarray of float, shape (n_test[, n_columns])
        Each fold's blended predictions of the test rows; empty where there is no test set.
    valid, test : Bagged
        The blends, bagged; `test` is None where there is no test set.
    best_valid, best_test : Bagged
        The same with the best single candidate of each fold ("foldwise best").
    """

    folds: tuple[FoldBlend, ...]
    y_pred_valid: tuple[FloatArray, ...]
    y_pred_test: tuple[FloatArray, ...]
    valid: Bagged
    test: Bagged | None
    best_valid: Bagged
    best_test: Bagged | None

    @property
    def selections(self) -> tuple[tuple[int, ...], ...]:
        """Members of each fold's blend, in the order in which they were added."""
        return tuple(fold.selection for fold in self.folds)


def blend(
    Predictions: type[BasePredictions],
    score_types: Sequence[ScoreType],
    y_train: Any,
    folds: Iterable[FoldCandidates],
    *,
    y_test: Any = None,
    max_members: int = MAX_MEMBERS,
    min_improvement: float = 0.0,
) -> Blend:
    """Blend every fold and bag the blends.

    Parameters
    ----------
    Predictions : type
        The problem's prediction type.
    score_types : sequence of ScoreType
        Metrics; the first one, the official one, selects.
    y_train : array_like
        Truth of all training rows.
    folds : iterable of FoldCandidates
        One fold at a time is held in memory if it is a generator.
    y_test : array_like, optional
        Truth of all test rows.
    max_members, min_improvement
        As in `blend_fold`.

    Returns
    -------
    Blend
        Selections, blended predictions, and bagged scores for all metrics.

    Raises
    ------
    ProblemError
        As `blend_fold`; or if there is no fold, or a fold has no test predictions although
        `y_test` is given.
    """
    limits: dict[str, Any] = {"max_members": max_members, "min_improvement": min_improvement}
    made: list[FoldBlend] = []
    valid_is: list[npt.ArrayLike] = []
    valid, test = _Blended([], []), _Blended([], [])
    for fold in folds:
        truth = Predictions(y_true=y_train, fold_is=fold.valid_is)
        made.append(blend_fold(Predictions, score_types[0], truth, fold.y_pred_valid, **limits))
        valid_is.append(fold.valid_is)
        members = made[-1].selection
        valid.append(Predictions, members, fold.y_pred_valid.__getitem__)
        if y_test is not None:
            if fold.y_pred_test is None:
                raise ProblemError(f"fold {len(made) - 1} has no test predictions to blend")
            test.append(Predictions, members, fold.y_pred_test)
    has_test = y_test is not None
    return Blend(
        folds=tuple(made),
        y_pred_valid=tuple(valid.blend),
        y_pred_test=tuple(test.blend),
        valid=bag_valid(Predictions, score_types, y_train, valid.blend, valid_is),
        test=bag_test(Predictions, score_types, y_test, test.blend) if has_test else None,
        best_valid=bag_valid(Predictions, score_types, y_train, valid.best, valid_is),
        best_test=bag_test(Predictions, score_types, y_test, test.best) if has_test else None,
    )


def blend_refits(
    Predictions: type[BasePredictions],
    score_types: Sequence[ScoreType],
    y_test: Any,
    selections: Sequence[Sequence[int]],
    y_pred_test: Callable[[int], npt.ArrayLike],
) -> tuple[Bagged, Bagged]:
    """Blend the refits of the candidates with the members that the folds selected.

    A refit has no validation rows to select on. So the members of each fold's blend are taken over:
    their refits are combined fold by fold, and the results over the folds, as in `blend`.

    Parameters
    ----------
    Predictions : type
        The problem's prediction type.
    score_types : sequence of ScoreType
        Metrics to compute.
    y_test : array_like
        Truth of all test rows.
    selections : sequence of sequence of int, one per fold
        Members of each fold's blend, as `Blend.selections`.
    y_pred_test : callable
        Position of a candidate → predictions of all test rows by its refit. Called once per member.

    Returns
    -------
    blend, best : Bagged
        The blend, and the same with the best single candidate of each fold ("foldwise best").

    Raises
    ------
    ProblemError
        If there is no fold, or the number of rows differs from that of the truth.
    """
    blended = _Blended([], [])
    read = functools.cache(y_pred_test)
    for members in selections:
        blended.append(Predictions, members, read)
    return (
        bag_test(Predictions, score_types, y_test, blended.blend),
        bag_test(Predictions, score_types, y_test, blended.best),
    )


@dataclass(frozen=True)
class _Blended:
    """Predictions fold by fold: of the blend, and of the best single candidate."""

    blend: list[FloatArray]
    best: list[FloatArray]

    def append(
        self,
        Predictions: type[BasePredictions],
        members: Sequence[int],
        y_pred: Callable[[int], npt.ArrayLike],
    ) -> None:
        """Combine the members of one fold; each different one is read once."""
        read = {j: Predictions(y_pred=y_pred(j)) for j in dict.fromkeys(members)}
        self.blend.append(Predictions.combine([read[j] for j in members]).y_pred)
        self.best.append(read[members[0]].y_pred)
