"""A time series: what blocks miss of its memory, and what that makes of pairs and intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.problems.metrics import classification, regression
from rampflow.problems.predictions import make_regression
from rampflow.ranking.compare import compare_all
from rampflow.ranking.intervals import score_intervals, series_intervals
from rampflow.ranking.memory import MOST_PIECES, Pieces, pieces_of
from rampflow.ranking.resample import block_counts
from tests.test_ranking import LOWER, METRICS, RNG, problem_of


def block_variance(parts: Any, length: int) -> Any:
    """Return the variance of a sum by its definition: the mean square of sums of whole blocks."""
    n = len(parts)
    sums = np.array([parts[np.arange(start, start + length) % n].sum(axis=0) for start in range(n)])
    return (sums**2).sum(axis=0) / length


def series(seed: int, n_rows: int, memory: float, n_entries: int) -> Any:
    """Return autoregressive errors of variance 1, the first rows settled."""
    rng = RNG(seed)
    found = rng.normal(size=(n_rows + 200, n_entries))
    for t in range(1, len(found)):
        found[t] = memory * found[t - 1] + np.sqrt(1 - memory**2) * found[t]
    return found[200:]


def pieces_of_series(seed: int, n_entries: int = 3, n_rows: int = 240, block: int = 24) -> Any:
    """Return scores, replicates and pieces of autoregressive losses, the last entry's largest."""
    losses = 5 + series(seed, n_rows, 0.7, n_entries) + 2 * (np.arange(n_entries) == n_entries - 1)
    truth = make_regression()(y_true=np.zeros(n_rows))
    predictions = [make_regression()(y_pred=column) for column in losses.T]
    counts = block_counts(n_rows, 400, block, RNG(seed))
    pieces = pieces_of(regression.MAE(), truth, predictions, block)
    return losses.mean(axis=0), counts @ losses / n_rows, pieces


class TestMemory:
    @given(st.integers(0, 500), st.sampled_from([2, 4]))
    def test_the_ratio_is_that_of_blocks_and_half_blocks(self, seed: int, per_block: int) -> None:
        parts = RNG(seed).normal(size=(40, 3)).cumsum(axis=0)
        parts -= parts.mean(axis=0)
        whole, half = (block_variance(parts, length) for length in (per_block, per_block // 2))
        expected = np.maximum(1, (2 * whole - half) / whole)
        found = Pieces(parts, per_block)
        np.testing.assert_allclose(found.raises(), expected, rtol=1e-9)
        differences = Pieces(parts - parts[:, [2]], per_block)
        np.testing.assert_allclose(
            found.raises(slice(0, 2), less=2), differences.raises()[:2], rtol=1e-9
        )
        assert found.raises(slice(2, None), less=2) == 1, "nothing varies"

    def test_a_piece_of_a_mean_contributes_what_it_is_above_the_mean(self) -> None:
        rng, Predictions = RNG(0), make_regression()
        losses = rng.uniform(size=(50, 2))
        predictions = [Predictions(y_pred=column) for column in losses.T]
        truth = Predictions(y_true=np.zeros(50))
        found = pieces_of(regression.MAE(), truth, predictions, 5)
        assert found is not None
        assert found.per_block == 4
        assert found.influences.shape == (40, 2)
        ends = np.linspace(0, 50, 41).round().astype(int)
        above = losses - losses.mean(axis=0)
        expected = [
            above[start:end].sum(axis=0) / 50
            for start, end in zip(ends[:-1], ends[1:], strict=True)
        ]
        np.testing.assert_allclose(found.influences, expected, atol=1e-12)

    @pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
    def test_any_metric_has_pieces(self, metric: Any) -> None:
        truth, predictions = problem_of(metric, 1, weights=False)
        found = pieces_of(metric, truth, predictions, 3)
        assert found is not None
        assert found.influences.shape == (30, 3)
        np.testing.assert_allclose(found.influences.sum(axis=0), 0, atol=1e-12)
        assert (found.raises() >= 1).all()
        assert pieces_of(metric, truth, predictions, 1) is None, "independent rows have no memory"

    def test_a_piece_without_which_a_metric_is_not_defined_contributes_nothing(self) -> None:
        metric, Predictions = regression.NormalizedRMSE(), make_regression()
        truth = Predictions(y_true=np.array([1.0, 0.0, 0.0, 0.0]))
        with np.errstate(divide="ignore"):  # without the first row the truth does not vary
            found = pieces_of(metric, truth, [Predictions(y_pred=np.full(4, 0.5))], 2)
        assert found is not None
        assert np.isfinite(found.influences).all()
        assert np.isfinite(found.raises()).all()

    def test_many_blocks_are_not_all_left_out(self) -> None:
        Predictions = make_regression()
        truth, values = Predictions(y_true=np.zeros(900)), RNG(0).normal(size=900)
        found = pieces_of(regression.RMSE(), truth, [Predictions(y_pred=values)], 2)
        assert found is not None
        assert found.influences.shape == (MOST_PIECES, 1)

    def test_the_ratio_restores_the_variance_that_blocks_miss(self) -> None:
        """Correlation .7, blocks of 24: 1 - 2·Σk·.7^k/24 / (1 + 2·Σ.7^k) = .886 of it is kept."""
        parts = series(3, 24 * 25, 0.7, 400)
        parts -= parts.mean(axis=0)
        kept = block_variance(parts, 24).mean() / 600 / ((1 + 0.7) / (1 - 0.7))
        assert kept == pytest.approx(0.886 * (1 - 1 / 25), abs=0.03)
        ratios = Pieces(parts.reshape(150, 4, 400).sum(axis=1), 6).raises()
        assert (kept * ratios.mean()) == pytest.approx(1 - 1.5 / 25, abs=0.05)


class TestCompareSeries:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 500), st.permutations(range(4)))
    def test_memory_makes_no_pair_surer_and_the_order_does_not_matter(
        self, seed: int, order: list[int]
    ) -> None:
        scores, replicates, pieces = pieces_of_series(seed, 4)
        plain = compare_all(scores, replicates, 0.95, 10, **LOWER)
        found = compare_all(scores, replicates, 0.95, 10, **LOWER, pieces=pieces)
        assert (found.se >= plain.se).all()
        assert found.critical > plain.critical
        assert not (found.is_worse & ~plain.is_worse).any()
        other = Pieces(pieces.influences[:, order], pieces.per_block)
        moved = compare_all(scores[order], replicates[:, order], 0.95, 10, **LOWER, pieces=other)
        np.testing.assert_array_equal(found.is_worse[np.ix_(order, order)], moved.is_worse)

    def test_no_pair_is_raised_by_less_than_the_median_of_all(self) -> None:
        scores, replicates, pieces = pieces_of_series(5, 6)
        plain = compare_all(scores, replicates, 0.95, 10, **LOWER)
        found = compare_all(scores, replicates, 0.95, 10, **LOWER, pieces=pieces)
        above = np.triu_indices(6, 1)
        raised = (found.se[above] / plain.se[above]) ** 2
        own = np.array([pieces.raises([i], less=j)[0] for i, j in zip(*above, strict=True)])
        np.testing.assert_allclose(raised, np.maximum(own, np.median(own)), rtol=1e-9)

    def test_equal_predictions_and_a_single_entry_are_no_trouble(self) -> None:
        scores, replicates, pieces = pieces_of_series(2)
        for chosen in ([0], [1, 1], [0, 0, 2]):
            twice = Pieces(pieces.influences[:, chosen], pieces.per_block)
            found = compare_all(
                scores[chosen], replicates[:, chosen], 0.95, 10, **LOWER, pieces=twice
            )
            assert not found.is_worse[0, : len(chosen) - 1].any()
        assert found.is_worse[2, :2].all()


class TestSeriesIntervals:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 500), st.floats(0.5, 4), st.floats(-3, 3))
    def test_they_hold_the_score_and_go_with_its_unit(
        self, seed: int, scale: float, shift: float
    ) -> None:
        scores, replicates, pieces = pieces_of_series(seed)
        low, high = series_intervals(scores, replicates, 0.95, 10, pieces)
        assert (low < scores).all()
        assert (scores < high).all()
        for sign in (1, -1):
            unit = sign * scale
            other = Pieces(unit * pieces.influences, pieces.per_block)
            ends = series_intervals(
                unit * scores + shift, unit * replicates + shift, 0.95, 10, other
            )
            expected = (unit * low + shift, unit * high + shift)[::sign]
            np.testing.assert_allclose(ends, expected, rtol=1e-7, atol=1e-7)

    def test_few_blocks_and_a_high_level_make_them_longer(self) -> None:
        scores, replicates, pieces = pieces_of_series(1)
        lengths = [
            np.subtract(*series_intervals(scores, replicates, level, n_blocks, pieces)[::-1])
            for level, n_blocks in ((0.8, 10), (0.95, 10), (0.95, 5))
        ]
        assert (lengths[0] < lengths[1]).all()
        assert (lengths[1] < lengths[2]).all()

    def test_they_stay_within_the_bounds_of_a_metric(self) -> None:
        scores, replicates, pieces = pieces_of_series(1)
        scores, replicates = scores / scores.max(), replicates / scores.max()
        found = score_intervals(
            classification.Accuracy(), scores, replicates, 240, 0.95, block=24, pieces=pieces
        )
        assert found[1].max() == 1
        assert (found[0] < scores).all()

    def test_without_a_number_there_is_none(self) -> None:
        scores, replicates, pieces = pieces_of_series(1)
        replicates[:, 1] = np.nan
        low, high = series_intervals(scores, replicates, 0.95, 10, pieces)
        assert np.isnan(low).tolist() == np.isnan(high).tolist() == [False, True, False]

    def test_without_memory_and_skewness_they_are_students(self) -> None:
        """Pieces that alternate have no memory to add; replicates of a normal distribution."""
        alternating = np.tile([1.0, -1.0], 20)[:, np.newaxis]
        replicates = RNG(0).normal(size=(40_000, 1))
        found = series_intervals(np.zeros(1), replicates, 0.95, 12, Pieces(alternating, 4))
        expected = 2.26216 * np.sqrt(12 / 10.5)
        assert float(found[0][0]) == pytest.approx(-expected, rel=0.03)
        assert float(found[1][0]) == pytest.approx(expected, rel=0.03)
