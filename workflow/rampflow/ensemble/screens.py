"""Estimates of what a blend would score with each candidate added, and how far off they may be.

A greedy step asks for the score of the blend with one candidate more, for every candidate. A
screen answers for all of them at once and states an error for each answer; the blend then settles
by the exact formula whatever the errors leave open. So a screen decides how long a selection takes,
never which one it is. `make_screen` takes the fastest one that the metric offers:

=================  ==============================  ============================================
screen             a metric that defines           cost of a step
=================  ==============================  ============================================
`ResidualScreen`   ``affine_residuals``            candidates (+ candidates × rows for a member
                                                   that is new)
`HitScreen`        ``score_of_hit_rate``           candidates × rows that one vote can turn
`VectorScreen`     ``score_many``                  candidates × rows
`ExactScreen`      nothing                         candidates × rows, one score at a time
=================  ==============================  ============================================
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ensemble.members import Members, RunningMean
from rampflow.problems.metrics.base import sample_weights

FloatArray = npt.NDArray[np.float64]

# Errors are allowed for generously: a rounding error is some 1e-16 per operation, and sums of n
# terms gain digits of error with the root of n. Too wide costs a few exact scores, no more.
RELATIVE_ERROR = 1e-12
BLOCK_BYTES = 2**21  # what a pass works on at a time: about a processor's second-level cache
PRODUCT_COLUMNS = 8
MAX_BLOCK_ROWS = 255  # so that counts of rows fit a byte, which adds up eight times as fast


class Screen:
    """Estimates the score of a blend with one candidate more, for every candidate."""

    def estimate(self) -> tuple[FloatArray, FloatArray]:
        """Return scores and bounds of their errors.

        Returns
        -------
        scores, errors : ndarray of float, shape (n_candidates,)
            An exact score lies within the error of its estimate.
        """
        raise NotImplementedError

    def add(self, candidate: int) -> None:
        """Take note that a candidate was added to the blend.

        Parameters
        ----------
        candidate : int
            Position of the candidate.
        """


class ResidualScreen(Screen):
    """For a metric that is the root mean square of residuals affine in the prediction.

    The residual of a mean is the mean of the residuals r. With the sum s of the members' residuals,
    ``|s + r_j|² = |s|² + 2 s·r_j + |r_j|²``: all products s·r_j follow from one matrix-vector
    product per different member, so a step costs a few operations per candidate.

    Parameters
    ----------
    residuals : ndarray of float, shape (n_candidates, n_samples[, n_columns])
        Residuals of each candidate alone.
    offset : ndarray of float, shape (n_samples[, n_columns])
        Residuals of the prediction 0: the truth, as the residuals scale it.
    """

    def __init__(self, residuals: FloatArray, offset: FloatArray) -> None:
        self.residuals = residuals.reshape(len(residuals), -1)
        # products are means over rows, so that their size is that of squared errors
        self.square = np.einsum("ij,ij->i", self.residuals, self.residuals) / offset.size
        self.norm = np.sqrt(self.square)
        self.offset_norm = float(np.sqrt(np.mean(np.square(offset))))
        self.latest = self.square
        self.products: dict[int, FloatArray] = {}
        self.sum_product: FloatArray = np.zeros(len(residuals))
        self.sum_square = 0.0
        self.sum_norm = 0.0
        self.count = 0

    def estimate(self) -> tuple[FloatArray, FloatArray]:
        """Return scores and bounds of their errors.

        A product is off by at most a multiple of the product of the norms (Cauchy-Schwarz), which
        matters where the errors of members cancel. The exact formula in turn rounds predictions
        before it subtracts the truth, which matters where the truth is far from 0.
        """
        count = self.count + 1
        square = np.maximum(self.sum_square + 2 * self.sum_product + self.square, 0) / count**2
        self.latest = square
        mean_norm = (self.sum_norm + self.norm) / count
        slack = RELATIVE_ERROR * np.square(mean_norm)
        scores = np.sqrt(square)
        below = scores - np.sqrt(np.maximum(square - slack, 0))
        above = np.sqrt(square + slack) - scores
        rounding = 4 * np.finfo(np.float64).eps * count * (self.offset_norm + mean_norm)
        return scores, np.maximum(below, above) + rounding + RELATIVE_ERROR * scores

    def add(self, candidate: int) -> None:
        """Take note that a candidate was added to the blend."""
        if candidate not in self.products:
            self._multiply(candidate)
        self.sum_square += 2 * self.sum_product[candidate] + self.square[candidate]
        self.sum_product = self.sum_product + self.products[candidate]
        self.sum_norm += self.norm[candidate]
        self.count += 1

    def _multiply(self, candidate: int) -> None:
        """Compute the products with one candidate, and with some that are likely to follow.

        Reading the residuals from memory is what costs, and a few columns share it.
        """
        order = np.argsort(self.latest)[: PRODUCT_COLUMNS + len(self.products)].tolist()
        likely = [j for j in order if j not in self.products and j != candidate]
        block = [candidate, *likely[: PRODUCT_COLUMNS - 1]]
        products = self.residuals[block] @ self.residuals.T / self.residuals.shape[1]
        self.products.update(zip(block, products, strict=True))


class HitScreen(Screen):
    """For a metric that depends on the share of rows whose most probable label is right.

    Members vote by adding up. Where the leading class leads by more than any one candidate can
    turn, the row is decided whoever is added; only the others are counted, and they become fewer as
    the blend grows. They are computed as by the exact formula: without weights there is no error.

    Parameters
    ----------
    members : RunningMean
        The blend; its terms have shape (n_candidates, n_samples, n_classes).
    score_type : ScoreType
        Metric with ``score_of_hit_rate``.
    """

    def __init__(self, members: RunningMean, score_type: Any) -> None:
        self.members, self.score_type = members, score_type
        self.labels = np.argmax(members.truth.y_pred, axis=1)
        self.weights = sample_weights(members.truth)
        # candidates last: the rows that are still open are then contiguous blocks
        self.terms = np.ascontiguousarray(members.terms.transpose(1, 2, 0))
        self.block_rows = int(np.clip(BLOCK_BYTES // self.terms[0].nbytes, 1, MAX_BLOCK_ROWS))
        # how far one candidate can move any two classes of a row apart
        starts = range(0, len(self.terms), self.block_rows)
        blocks = [self.terms[start : start + self.block_rows] for start in starts]
        self.reach = np.concatenate([np.ptp(block, axis=1).max(axis=1) for block in blocks])

    def estimate(self) -> tuple[FloatArray, FloatArray]:
        """Return scores and bounds of their errors, which are 0 without sample weights."""
        total = self.members.total
        top = np.argmax(total, axis=1)
        first, second = -np.partition(-total, 1, axis=1)[:, :2].T
        decided = first - second > self.reach + RELATIVE_ERROR * (self.members.count + 1)
        hits = self._sum_weights(decided & (top == self.labels))
        counts = np.full(self.terms.shape[2], hits)
        for label in range(total.shape[1]):
            rows = np.flatnonzero(~decided & (self.labels == label))
            for start in range(0, len(rows), self.block_rows):
                counts += self._count(rows[start : start + self.block_rows], label)
        everything = self._sum_weights(np.ones(len(total), dtype=bool))
        scores = np.asarray(self.score_type.score_of_hit_rate(counts / everything))
        error = 0.0 if self.weights is None else RELATIVE_ERROR
        return scores, np.full(len(scores), error)

    def _count(self, rows: npt.NDArray[np.intp], label: int) -> FloatArray:
        """Return for each candidate the weight of the rows that it would get right."""
        means = self.terms[rows]
        means += self.members.total[rows, :, np.newaxis]
        means /= self.members.count + 1
        own = means[:, label]
        right = np.ones(own.shape, dtype=bool)
        for other in range(means.shape[1]):
            if other < label:  # the first class wins a tie
                right &= own > means[:, other]
            elif other > label:
                right &= own >= means[:, other]
        weight: FloatArray
        if self.weights is None:
            weight = np.add.reduce(right.view(np.uint8), axis=0, dtype=np.uint8).astype(np.float64)
        else:
            weight = np.asarray(self.weights[rows] @ right, dtype=np.float64)
        return weight

    def _sum_weights(self, mask: npt.NDArray[np.bool_]) -> float:
        return float(np.sum(mask) if self.weights is None else np.sum(self.weights[mask]))


class VectorScreen(Screen):
    """For a metric that scores many predictions at once.

    Parameters
    ----------
    members : RunningMean
        The blend.
    score_type : ScoreType
        Metric with ``score_many``.
    """

    def __init__(self, members: RunningMean, score_type: Any) -> None:
        self.members, self.score_type = members, score_type

    def estimate(self) -> tuple[FloatArray, FloatArray]:
        """Return scores and bounds of their errors.

        The scores differ from the exact ones by the order of their sums only.
        """
        terms = self.members.terms
        size = max(1, BLOCK_BYTES // max(terms[0].nbytes, 1))
        blocks = [slice(start, start + size) for start in range(0, len(terms), size)]
        scores = np.concatenate(
            [self.score_type.score_many(self.members.truth, self.members.mean_with(block))
             for block in blocks]
        )  # fmt: skip
        return scores, RELATIVE_ERROR * np.abs(scores)


class ExactScreen(Screen):
    """For any metric: the exact score of every candidate.

    Parameters
    ----------
    members : Members
        The blend.
    n_candidates : int
        Number of candidates.
    """

    def __init__(self, members: Members, n_candidates: int) -> None:
        self.members, self.n_candidates = members, n_candidates

    def estimate(self) -> tuple[FloatArray, FloatArray]:
        """Return the exact scores; their errors are 0."""
        scores = [self.members.score_with(j) for j in range(self.n_candidates)]
        return np.array(scores), np.zeros(self.n_candidates)


def make_screen(score_type: Any, members: Members, n_candidates: int) -> Screen:
    """Return the fastest screen that a metric and a prediction type allow.

    Parameters
    ----------
    score_type : ScoreType
        Metric.
    members : Members
        The blend, still empty.
    n_candidates : int
        Number of candidates.

    Returns
    -------
    Screen
        See the table at the top of this module.
    """
    if isinstance(members, RunningMean):
        if offers(score_type, "affine_residuals"):
            offset = score_type.affine_residuals(members.truth, np.zeros_like(members.total))
            residuals = score_type.affine_residuals(members.truth, members.terms)
            return ResidualScreen(residuals, offset)
        if offers(score_type, "score_of_hit_rate"):
            return HitScreen(members, score_type)
        if offers(score_type, "score_many"):
            return VectorScreen(members, score_type)
    return ExactScreen(members, n_candidates)


def offers(score_type: Any, shortcut: str) -> bool:
    """Tell whether a metric defines a shortcut that belongs to its own score.

    A class that changes the score of its parent and keeps the parent's shortcut does not offer it:
    the two would disagree.

    Parameters
    ----------
    score_type : ScoreType
        Metric.
    shortcut : str
        Name of a method.

    Returns
    -------
    bool
        True if the shortcut is defined at or below the class that defines the score.
    """
    for cls in type(score_type).__mro__:
        if shortcut in vars(cls):
            return True
        if {"score", "score_labels", "score_function"} & set(vars(cls)):
            return False
    return False
