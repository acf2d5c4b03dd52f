"""Many selections at once, of one metric of the share of right labels, on different draws of rows.

Which rows a blend gets right depends on its members, not on the draw: draws that have picked the
same members in the same order share one blend, and differ in how often they count its rows. All
blends take a step together. Rows that every candidate gets right, and rows in which every one puts
the same wrong class ahead, are so in every blend and are set aside at the start; in a step, as in
`rampflow.ensemble.screens.HitScreen`, rows that no one vote can turn are left out, and the others
are computed as by the exact formula, so that nothing is approximate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ensemble.screens import BLOCK_BYTES, RELATIVE_ERROR

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Counts = npt.NDArray[np.int32]

TOTAL_BYTES = 2**28
"""What the sums of the blends that step together may take."""


def select_by_votes(
    terms: FloatArray,
    labels: IntArray,
    score_type: Any,
    counts: Counts,
    *,
    max_members: int,
    min_improvement: float = 0.0,
) -> FloatArray:
    """Return shares of the members of the blend that each draw of rows selects.

    Parameters
    ----------
    terms : ndarray of float, shape (n_candidates, n_rows, n_classes)
        What each candidate contributes to the mean.
    labels : ndarray of int, shape (n_rows,)
        Column of the true label.
    score_type : ScoreType
        Metric with ``score_of_hit_rate``.
    counts : ndarray of int, shape (n_draws, n_rows)
        How often each row is drawn.
    max_members : int
        Largest number of members, repetitions counted.
    min_improvement : float
        As in `rampflow.ensemble.greedy.blend_fold`.

    Returns
    -------
    ndarray of float, shape (n_draws, n_candidates)
        Lines sum to 1; NaN where no row is drawn. The first of equal candidates wins.
    """
    shares = np.full((len(counts), len(terms)), np.nan)
    is_right, is_open = _decided(terms, labels)
    order = np.flatnonzero(is_open)[np.argsort(labels[is_open], kind="stable")]
    votes = _Votes(np.ascontiguousarray(terms[:, order].transpose(1, 2, 0)), labels[order])
    drawn = np.flatnonzero(counts.any(axis=1))
    together = max(1, TOTAL_BYTES // max(1, votes.terms[:, :, 0].nbytes))
    for start in range(0, len(drawn), together):
        lines = drawn[start : start + together]
        draws = _Draws(votes, score_type, counts[lines], is_right, order, min_improvement)
        picks = draws.select(max_members)
        n_picks = picks.sum(axis=1, keepdims=True)
        shares[lines] = np.divide(
            picks, n_picks, out=np.full(picks.shape, np.nan), where=n_picks > 0
        )
    return shares


def _decided(terms: FloatArray, labels: IntArray) -> tuple[npt.NDArray[np.bool_], ...]:
    """Return the rows that every blend gets right, and those that some may and some may not."""
    rows = np.arange(len(labels))
    is_right = np.ones(len(labels), dtype=bool)
    is_wrong = ~is_right
    safe = RELATIVE_ERROR * np.abs(terms).max(initial=0.0)
    own = terms[:, rows, labels]
    for label in range(terms.shape[2]):
        lead = own - terms[:, :, label]
        is_right &= (lead.min(axis=0) > safe) | (labels == label)
        is_wrong |= lead.max(axis=0) < -safe
    return is_right, ~is_right & ~is_wrong


class _Votes:
    """The candidates' votes in the rows that are open, sorted by label; candidates come last."""

    def __init__(self, terms: FloatArray, labels: IntArray) -> None:
        self.terms, self.labels = terms, labels
        self.n_rows, self.n_classes, self.n_candidates = terms.shape
        self.block = max(1, BLOCK_BYTES // (8 * self.n_classes * self.n_candidates))
        # how far one candidate can move any two classes of a row apart
        self.reach = np.ptp(terms, axis=1).max(axis=1, initial=0.0)
        ends = np.searchsorted(labels, np.arange(self.n_classes + 1))
        self.rows_of = [slice(*pair) for pair in zip(ends[:-1], ends[1:], strict=True)]

    def leads(self, totals: FloatArray) -> FloatArray:
        """Return how far the true class is ahead of the best other: shape (n_blends, n_rows)."""
        lead = np.empty(totals.shape[:2])
        for label, rows in enumerate(self.rows_of):
            part = totals[:, rows]
            others = [part[:, :, other] for other in range(self.n_classes) if other != label]
            best = np.maximum.reduce(others) if others else np.full(part.shape[:2], -np.inf)
            lead[:, rows] = part[:, :, label] - best
        return lead

    def is_right_with(
        self, sums: FloatArray, rows: IntArray, label: int, count: int
    ) -> npt.NDArray[np.bool_]:
        """Return whether blends get rows of one label right with each candidate added.

        Parameters
        ----------
        sums : ndarray of float, shape (n_pairs, n_classes)
            Sum of the members of a blend in a row.
        rows : ndarray of int, shape (n_pairs,)
            The rows.
        label : int
            The true label of all of them.
        count : int
            Members with the candidate.

        Returns
        -------
        ndarray of bool, shape (n_pairs, n_candidates)
        """
        means = self.terms[rows]
        means += sums[:, :, np.newaxis]
        means /= count
        own = means[:, label]
        right = np.ones(own.shape, dtype=bool)
        for other in range(self.n_classes):
            if other < label:  # the first class wins a tie
                right &= own > means[:, other]
            elif other > label:
                right &= own >= means[:, other]
        return right


class _Draws:
    """The growing blends of some draws; arrays have a line per draw that still grows."""

    def __init__(
        self,
        votes: _Votes,
        score_type: Any,
        counts: Counts,
        is_right: npt.NDArray[np.bool_],
        order: IntArray,
        min_improvement: float,
    ) -> None:
        self.votes, self.score_type = votes, score_type
        self.sign = 1.0 if score_type.is_lower_the_better else -1.0
        self.min_improvement = min_improvement
        self.lines = np.arange(len(counts))
        self.n_rows = counts.sum(axis=1)
        self.always = counts @ is_right
        self.counts = counts[:, order]
        self.blend = np.zeros(len(counts), dtype=np.intp)
        self.totals = np.zeros((1, votes.n_rows, votes.n_classes))

    def select(self, max_members: int) -> FloatArray:
        """Return how often each draw picks each candidate: shape (n_draws, n_candidates)."""
        picks = np.zeros((len(self.lines), self.votes.n_candidates))
        loss = np.full(len(self.lines), np.inf)
        for count in range(1, max_members + 1):
            hits = self._hits(count)
            scores = np.asarray(self.score_type.score_of_hit_rate(hits / self.n_rows[:, None]))
            # a first member has nothing to improve on
            smallest = self.min_improvement if count > 1 else 0.0
            best, least = _scan(self.sign * scores, loss, smallest)
            goes_on = best >= 0
            self._keep(goes_on)
            best, loss = best[goes_on], least[goes_on]
            if not len(best):
                break
            picks[self.lines, best] += 1
            if count < max_members:
                self._add(best)
        return picks

    def _keep(self, goes_on: npt.NDArray[np.bool_]) -> None:
        if not goes_on.all():
            for name in ("lines", "n_rows", "always", "counts", "blend"):
                setattr(self, name, getattr(self, name)[goes_on])

    def _add(self, best: IntArray) -> None:
        """Add to each draw its next member; equal blends stay one."""
        n_candidates = self.votes.n_candidates
        pairs, self.blend = np.unique(self.blend * n_candidates + best, return_inverse=True)
        before, members = np.divmod(pairs, n_candidates)
        self.totals = self.totals[before] + self.votes.terms[:, :, members].transpose(2, 0, 1)

    def _hits(self, count: int) -> FloatArray:
        """Return the rows that each draw gets right with each candidate added."""
        lead = self.votes.leads(self.totals)
        is_open = np.abs(lead) <= self.votes.reach + RELATIVE_ERROR * count
        is_sure = (lead > 0) & ~is_open
        sure = self.always + np.einsum("dr,dr->d", self.counts, is_sure[self.blend])
        hits = np.repeat(sure[:, np.newaxis].astype(np.float64), self.votes.n_candidates, axis=1)
        by_blend = np.argsort(self.blend, kind="stable")
        starts = np.searchsorted(self.blend[by_blend], np.arange(len(self.totals) + 1))
        for label, columns in enumerate(self.votes.rows_of):
            blends, rows = np.nonzero(is_open[:, columns])
            rows += columns.start
            for start in range(0, len(rows), self.votes.block):
                part = slice(start, start + self.votes.block)
                sums = self.totals[blends[part], rows[part]]
                right = self.votes.is_right_with(sums, rows[part], label, count)
                weights = self._weights(blends[part], rows[part], by_blend, starts)
                hits += weights @ right.astype(np.float64)
        return hits

    def _weights(
        self, blends: IntArray, rows: IntArray, by_blend: IntArray, starts: IntArray
    ) -> Any:
        """Return how often each draw counts a row of its blend: sparse (n_draws, n_pairs)."""
        from scipy import sparse

        lengths = np.diff(starts)[blends]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(ends[-1]) + np.repeat(starts[blends] - ends[:-1], lengths)
        draws = by_blend[within]
        values = self.counts[draws, np.repeat(rows, lengths)].astype(np.float64)
        return sparse.csc_array((values, draws, ends), shape=(len(self.blend), len(rows)))


def _scan(
    losses: FloatArray, loss: FloatArray, min_improvement: float
) -> tuple[IntArray, FloatArray]:
    """Return for each draw the candidate that a scan ends with, or -1, and its loss.

    The scan is that of `rampflow.ensemble.greedy.next_member`: in order, each candidate that beats
    the best so far by more than `min_improvement` replaces it. A loss that is NaN beats nothing.
    """
    if not min_improvement:
        known = np.where(np.isnan(losses), np.inf, losses)
        first = np.argmin(known, axis=1)
        least = known[np.arange(len(first)), first]
        return np.where(least < loss, first, -1), least
    best, least = np.full(len(losses), -1), loss.copy()
    for j, column in enumerate(losses.T):
        is_better = column < least - min_improvement
        best[is_better], least[is_better] = j, column[is_better]
    return best, least
