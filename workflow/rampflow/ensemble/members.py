"""The exact score of a growing blend.

`combine` is a mean for every prediction type of rampflow, and it adds up in the order of the list.
So a running sum of the members gives the same combination to the last bit as combining them from
scratch, at the cost of one member. A prediction type with its own `combine` is combined from
scratch.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import BasePredictions

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


class Members(Protocol):
    """A blend to which candidates can be added."""

    def score_with(self, candidate: int) -> float:
        """Return the exact score of the blend with one candidate more."""

    def add(self, candidate: int) -> None:
        """Add a candidate."""

    def first(self, n_candidates: int) -> Members:
        """Return an empty blend of the first candidates only."""

    def of_rows(self, rows: IntArray) -> Members:
        """Return an empty blend of the same candidates on some rows, with repetition."""


class RunningMean:
    """A blend held as the sum of its members.

    Parameters
    ----------
    Predictions : type
        Prediction type; its `combine` is the mean of what `normalize` returns.
    score_type : ScoreType
        Metric.
    truth : BasePredictions
        Truth of the rows.
    terms : ndarray of float, shape (n_candidates, n_samples[, n_columns])
        What each candidate contributes to the mean, without NaN.

    Attributes
    ----------
    total : ndarray of float, shape (n_samples[, n_columns])
        Sum of the members' terms.
    count : int
        Number of members.
    """

    def __init__(
        self,
        Predictions: type[BasePredictions],
        score_type: ScoreType,
        truth: BasePredictions,
        terms: FloatArray,
    ) -> None:
        self.Predictions, self.score_type, self.truth = Predictions, score_type, truth
        self.terms = terms
        self.total: FloatArray = np.zeros(terms.shape[1:])
        self.count = 0

    def mean_with(self, candidates: int | slice) -> FloatArray:
        """Return the combination of the blend with one candidate more.

        Parameters
        ----------
        candidates : int or slice
            One candidate, or several, each to be added alone.

        Returns
        -------
        ndarray of float, shape ([n_candidates, ]n_samples[, n_columns])
            The combinations.
        """
        means: FloatArray = self.total + self.terms[candidates]
        means /= self.count + 1
        return means

    def score_with(self, candidate: int) -> float:
        """Return the exact score of the blend with one candidate more.

        Parameters
        ----------
        candidate : int
            Position of the candidate.

        Returns
        -------
        float
            The score.
        """
        combined = self.Predictions(y_pred=self.mean_with(candidate))
        return self.score_type.score_function(self.truth, combined)

    def add(self, candidate: int) -> None:
        """Add a candidate.

        Parameters
        ----------
        candidate : int
            Position of the candidate.
        """
        self.total += self.terms[candidate]
        self.count += 1

    def first(self, n_candidates: int) -> RunningMean:
        """Return an empty blend of the first candidates only.

        Parameters
        ----------
        n_candidates : int
            How many.

        Returns
        -------
        RunningMean
            It shares the terms.
        """
        terms = self.terms[:n_candidates]
        return RunningMean(self.Predictions, self.score_type, self.truth, terms)

    def of_rows(self, rows: IntArray) -> RunningMean:
        """Return an empty blend of the same candidates on some rows; one may come several times."""
        truth = _sliced(self.truth, rows)
        return RunningMean(self.Predictions, self.score_type, truth, self.terms[:, rows])


class FromScratch:
    """A blend of predictions whose type has its own `combine`.

    Parameters
    ----------
    Predictions : type
        Prediction type.
    score_type : ScoreType
        Metric.
    truth : BasePredictions
        Truth of the rows.
    candidates : sequence of BasePredictions
        The candidates.
    """

    def __init__(
        self, Predictions: Any, score_type: ScoreType, truth: Any, candidates: Sequence[Any]
    ) -> None:
        self.Predictions, self.score_type, self.truth = Predictions, score_type, truth
        self.candidates = candidates
        self.selection: list[int] = []

    def score_with(self, candidate: int) -> float:
        """Return the exact score of the blend with one candidate more.

        Parameters
        ----------
        candidate : int
            Position of the candidate.

        Returns
        -------
        float
            The score.
        """
        members = [self.candidates[i] for i in [*self.selection, candidate]]
        return self.score_type.score_function(self.truth, self.Predictions.combine(members))

    def add(self, candidate: int) -> None:
        """Add a candidate.

        Parameters
        ----------
        candidate : int
            Position of the candidate.
        """
        self.selection.append(candidate)

    def first(self, n_candidates: int) -> FromScratch:
        """Return an empty blend of the first candidates only.

        Parameters
        ----------
        n_candidates : int
            How many.

        Returns
        -------
        FromScratch
            It shares the predictions.
        """
        candidates = self.candidates[:n_candidates]
        return FromScratch(self.Predictions, self.score_type, self.truth, candidates)

    def of_rows(self, rows: IntArray) -> FromScratch:
        """Return an empty blend of the same candidates on some rows, as `RunningMean.of_rows`."""
        candidates = [_sliced(candidate, rows) for candidate in self.candidates]
        truth = _sliced(self.truth, rows)
        return FromScratch(self.Predictions, self.score_type, truth, candidates)


def is_mean(Predictions: Any) -> bool:
    """Tell whether `combine` of a prediction type is the mean of what `normalize` returns.

    Parameters
    ----------
    Predictions : type
        Prediction type, of rampflow or not.

    Returns
    -------
    bool
        False for a type with a `combine` of its own.
    """
    combine = getattr(Predictions.combine, "__func__", None)
    return combine is BasePredictions.combine.__func__  # type: ignore[attr-defined]


def read_candidates(
    Predictions: type[BasePredictions],
    score_type: ScoreType,
    truth: BasePredictions,
    candidates: Sequence[npt.ArrayLike],
) -> tuple[Members, list[float]]:
    """Read the candidates of a fold, each once, and score them alone.

    Parameters
    ----------
    Predictions : type
        Prediction type.
    score_type : ScoreType
        Metric.
    truth : BasePredictions
        Truth of the rows.
    candidates : sequence of array_like
        Predictions of these rows. The sequence may load them as they are asked for.

    Returns
    -------
    members : Members
        An empty blend of these candidates.
    single_scores : list of float
        Score of each candidate, predictions as they are.

    Raises
    ------
    ProblemError
        If there is none, or one has values that are not finite or another shape than the truth.
    """
    if not len(candidates):
        raise ProblemError("there is no candidate to blend")
    additive = is_mean(Predictions)
    terms = np.empty((len(candidates) if additive else 0, *truth.y_pred.shape))
    kept, single_scores = [], []
    for j in range(len(candidates)):
        prediction = Predictions(y_pred=candidates[j])
        if additive:
            _check_candidate(j, prediction.y_pred, truth.y_pred)
            terms[j] = Predictions.normalize(prediction.y_pred)
        else:
            kept.append(prediction)
        single_scores.append(score_type.score_function(truth, prediction))
    if additive:
        return RunningMean(Predictions, score_type, truth, terms), single_scores
    return FromScratch(Predictions, score_type, truth, kept), single_scores


def _sliced(predictions: Any, rows: IntArray) -> Any:
    """Return predictions of some rows: `set_slice` replaces arrays and changes none."""
    chosen = copy.copy(predictions)
    chosen.set_slice(rows)
    return chosen


def _check_candidate(j: int, y_pred: FloatArray, y_true: FloatArray) -> None:
    if y_pred.shape != y_true.shape:
        raise ProblemError(
            f"candidate {j} has predictions of shape {y_pred.shape}, the truth {y_true.shape}"
        )
    if not np.isfinite(y_pred).all():
        raise ProblemError(
            f"candidate {j} has NaN or infinite predictions",
            do="blend only submissions whose predictions of every fold are numbers",
        )
