"""Many selections at once, of one metric that is a root mean square, on different draws of rows.

A draw weighs rows, so the squared score of a blend is a weighted mean of squared residuals. As in
`rampflow.ensemble.screens.ResidualScreen`, a step needs the products of the residuals of the latest
member with those of all candidates, here with the weights of a draw. All draws take a step
together: the products that are new to any of them are one matrix product, which reads the
residuals once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rampflow.ensemble.screens import RELATIVE_ERROR

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Counts = npt.NDArray[np.int32]

TOGETHER = 50
"""Draws that step together: their products stay in memory."""


def select_sideways(residuals: FloatArray, counts: Counts, *, max_members: int) -> FloatArray:
    """Return shares of the members of the blend that each draw of rows selects.

    Parameters
    ----------
    residuals : ndarray of float, shape (n_candidates, n_rows[, n_columns])
        Residuals of each candidate alone; that of a mean is the mean of the residuals.
    counts : ndarray of int, shape (n_draws, n_rows)
        How often each row is drawn.
    max_members : int
        Largest number of members, repetitions counted.

    Returns
    -------
    ndarray of float, shape (n_draws, n_candidates)
        Lines sum to 1; NaN where no row is drawn. Scores that differ by less than rounding are
        equal, and the first of equal candidates wins.
    """
    flat = residuals.reshape(len(residuals), -1)
    n_columns = flat.shape[1] // counts.shape[1]
    shares = np.full((len(counts), len(flat)), np.nan)
    drawn = np.flatnonzero(counts.any(axis=1))
    for start in range(0, len(drawn), TOGETHER):
        lines = drawn[start : start + TOGETHER]
        weights = np.repeat(counts[lines].astype(np.float64), n_columns, axis=1)
        weights /= weights.sum(axis=1, keepdims=True)
        picks = _Draws(flat, weights).select(max_members)
        shares[lines] = picks / picks.sum(axis=1, keepdims=True)
    return shares


class _Draws:
    """The growing blends of some draws; arrays have a line per draw that still grows."""

    def __init__(self, residuals: FloatArray, weights: FloatArray) -> None:
        self.residuals, self.weights = residuals, weights
        self.lines = np.arange(len(weights))
        self.square = _mean_squares(residuals, weights)
        self.products: dict[tuple[int, int], FloatArray] = {}
        self.sum_product = np.zeros_like(self.square)
        self.sum_square = np.zeros(len(weights))
        self.largest = np.zeros(len(weights))

    def select(self, max_members: int) -> FloatArray:
        """Return how often each draw picks each candidate: shape (n_draws, n_candidates)."""
        picks = np.zeros_like(self.square)
        loss = np.full(len(self.lines), np.inf)
        for count in range(1, max_members + 1):
            sums = self.sum_square[:, np.newaxis] + 2 * self.sum_product + self.square
            best, least = self._first_of_least(sums / count**2)
            # a repeated single candidate improves nothing but by rounding
            goes_on = least < loss - RELATIVE_ERROR * self.largest
            self._keep(goes_on)
            best, loss = best[goes_on], least[goes_on]
            if not len(best):
                break
            picks[self.lines, best] += 1
            if count < max_members:
                self._add(best)
        return picks

    def _first_of_least(self, losses: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the first of the best candidates, up to rounding, and its loss."""
        least = losses.min(axis=1)
        slack = RELATIVE_ERROR * np.maximum(self.largest, least)
        best = np.argmax(losses <= (least + slack)[:, np.newaxis], axis=1)
        return best, losses[np.arange(len(best)), best]

    def _keep(self, goes_on: npt.NDArray[np.bool_]) -> None:
        if not goes_on.all():
            for name in ("lines", "square", "sum_product", "sum_square", "largest"):
                setattr(self, name, getattr(self, name)[goes_on])

    def _add(self, best: IntArray) -> None:
        """Add to each draw its next member."""
        pairs = list(zip(self.lines.tolist(), best.tolist(), strict=True))
        self._multiply([pair for pair in pairs if pair not in self.products])
        here = np.arange(len(best))
        own = self.square[here, best]
        self.sum_square += 2 * self.sum_product[here, best] + own
        self.sum_product += np.stack([self.products[pair] for pair in pairs])
        self.largest = np.maximum(self.largest, own)

    def _multiply(self, pairs: list[tuple[int, int]]) -> None:
        """Compute the products of candidates, each weighted by a draw, with all candidates."""
        if pairs:
            lines, members = np.array(pairs).T
            found = (self.weights[lines] * self.residuals[members]) @ self.residuals.T
            self.products.update(zip(pairs, found, strict=True))


def _mean_squares(residuals: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted mean square of every candidate: shape (n_draws, n_candidates)."""
    found = np.empty((len(weights), len(residuals)))
    for start in range(0, len(residuals), TOGETHER):
        block = slice(start, start + TOGETHER)
        found[:, block] = weights @ np.square(residuals[block]).T
    return found
