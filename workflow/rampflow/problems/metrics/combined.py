"""Metrics of combined predictions: one part, or a weighted sum over the parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType


class PartScore(ScoreType):
    """The metric of one part of a combined prediction.

    Parameters
    ----------
    score_type : ScoreType
        Metric of the part; direction and bounds are taken from it.
    part : int
        Position of the part in ``make_combined([...])``.
    name : str, optional
        By default that of `score_type`.
    precision : int, optional
        By default that of `score_type`.
    """

    def __init__(
        self,
        score_type: ScoreType,
        part: int,
        name: str | None = None,
        precision: int | None = None,
    ) -> None:
        digits = score_type.precision if precision is None else precision
        super().__init__(name or score_type.name, digits, score_type.unit)
        self.score_type, self.part = score_type, part
        self.is_lower_the_better = score_type.is_lower_the_better
        self.minimum, self.maximum = score_type.minimum, score_type.maximum

    def score_function(self, truth: Any, predictions: Any) -> float:
        """Score one part; parameters as in `ScoreType.score_function`."""
        return self.score_type.score_function(
            truth.predictions_list[self.part], predictions.predictions_list[self.part]
        )


class MixedScore(ScoreType):
    """Weighted sum of one metric per part of a combined prediction.

    Parameters
    ----------
    score_types : sequence of ScoreType
        One per part, in order, all in the same direction.
    weights : sequence of float
        One per metric, at least 0. They need not sum to 1.
    name, precision, unit
        As in `ScoreType`.

    Raises
    ------
    ProblemError
        If numbers or directions do not fit, or a weight is negative.
    """

    default_name = "combined"

    def __init__(
        self,
        score_types: Sequence[ScoreType],
        weights: Sequence[float],
        name: str | None = None,
        precision: int = 2,
        unit: str = "",
    ) -> None:
        super().__init__(name, precision, unit)
        self.score_types, self.weights = tuple(score_types), tuple(weights)
        self._check()
        self.is_lower_the_better = self.score_types[0].is_lower_the_better
        # a metric of weight 0 adds nothing to the bounds, though 0 * inf would be NaN
        pairs = [(s, w) for s, w in zip(self.score_types, self.weights, strict=True) if w]
        self.minimum = sum(weight * score_type.minimum for score_type, weight in pairs)
        self.maximum = sum(weight * score_type.maximum for score_type, weight in pairs)

    def _check(self) -> None:
        where = f"metric {self.name!r}"
        if not self.score_types or len(self.score_types) != len(self.weights):
            raise ProblemError(
                f"{len(self.score_types)} metrics and {len(self.weights)} weights are given",
                where=where,
                do="give one weight per metric",
            )
        if any(weight < 0 for weight in self.weights):
            raise ProblemError(f"weights must be at least 0, found {self.weights}", where=where)
        if len({score_type.is_lower_the_better for score_type in self.score_types}) > 1:
            raise ProblemError(
                "metrics where lower is better and metrics where higher is better are mixed",
                where=where,
                do="use an error for each part, such as ClassificationError and not Accuracy",
            )

    def score_function(self, truth: Any, predictions: Any) -> float:
        """Return the weighted sum; parameters as in `ScoreType.score_function`."""
        parts = zip(
            self.weights,
            self.score_types,
            truth.predictions_list,
            predictions.predictions_list,
            strict=True,
        )
        return float(sum(w * s.score_function(part, y) for w, s, part, y in parts))
