"""What the data support about a ranking: laws of resampling, comparing, intervals and stability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from rampflow.errors import ProblemError
from rampflow.problems.metrics import classification, regression
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import make_multiclass, make_regression
from rampflow.ranking import stability
from rampflow.ranking.compare import compare_all, upper_quantile
from rampflow.ranking.expand import expanded, expanded_level
from rampflow.ranking.intervals import percentile_intervals, score_intervals, wilson
from rampflow.ranking.replicates import is_mean_loss, replicate_scores
from rampflow.ranking.resample import block_counts
from rampflow.ranking.stability import first_place_probability, kendall_agreement

RNG = np.random.default_rng
LOWER = {"is_lower_the_better": True}


class TestResample:
    @given(st.integers(2, 60), st.integers(1, 30), st.integers(0, 99))
    def test_every_replicate_has_as_many_rows(self, n_rows: int, block: int, seed: int) -> None:
        if n_rows < 2 * block:
            with pytest.raises(ProblemError, match="too few to resample"):
                block_counts(n_rows, 5, block, RNG(seed))
            return
        counts = block_counts(n_rows, 5, block, RNG(seed))
        assert counts.shape == (5, n_rows)
        assert (counts >= 0).all()
        assert (counts.sum(axis=1) == n_rows).all()

    @pytest.mark.parametrize("block", [1, 7, 12])
    def test_every_row_is_drawn_as_often_as_every_other(self, block: int) -> None:
        counts = block_counts(40, 20_000, block, RNG(0))
        np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.05)

    def test_neighbours_are_drawn_together(self) -> None:
        counts = block_counts(600, 4_000, 12, RNG(1)).astype(float)
        together = np.corrcoef(counts[:, 100], counts[:, 101])[0, 1]
        apart = np.corrcoef(counts[:, 100], counts[:, 300])[0, 1]
        assert together == pytest.approx(11 / 12, abs=0.05)
        assert abs(apart) < 0.05

    def test_one_row_blocks_are_the_ordinary_bootstrap(self) -> None:
        variance = block_counts(50, 20_000, 1, RNG(2)).var(axis=0)
        np.testing.assert_allclose(variance, 1 - 1 / 50, atol=0.05)


Labels = ["a", "b", "c"]
METRICS: list[ScoreType] = [
    regression.RMSE(),
    regression.MAE(),
    regression.RelativeRMSE(),
    regression.MARE(),
    regression.NormalizedRMSE(),
    classification.Accuracy(),
    classification.ClassificationError(),
    classification.NegativeLogLikelihood(),
    classification.BalancedAccuracy(),
]


def problem_of(metric: ScoreType, seed: int, n_rows: int = 30, *, weights: bool) -> tuple[Any, Any]:
    """Return a truth and three predictions for a metric."""
    rng = RNG(seed)
    weight = rng.uniform(0.5, 2, n_rows)
    if type(metric).__module__.endswith("regression"):
        Predictions = make_regression(weights=weights)
        y = rng.uniform(1, 3, n_rows)
        found = [Predictions(y_pred=y + rng.normal(size=n_rows)) for _ in range(3)]
    else:
        Predictions = make_multiclass(Labels, weights=weights)
        y = np.eye(3)[rng.integers(3, size=n_rows)]
        found = [Predictions(y_pred=rng.dirichlet([1, 1, 1], n_rows)) for _ in range(3)]
        y = np.array(Labels, dtype=object)[y.argmax(axis=1)] if not weights else y
    if weights and type(metric).__module__.endswith("regression"):
        return Predictions(y_true=np.column_stack([y, weight])), found
    return Predictions(y_true=y), found


class TestReplicates:
    @pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers(0, 1000))
    def test_a_replicate_is_the_score_of_the_rows_drawn(self, metric: Any, seed: int) -> None:
        has_weights = type(metric).__module__.endswith("regression") and seed % 2 == 1
        truth, predictions = problem_of(metric, seed, weights=has_weights)
        counts = block_counts(30, 4, 1, RNG(seed))
        found = replicate_scores(metric, truth, predictions, counts)
        for b, drawn in enumerate(counts):
            rows = np.repeat(np.arange(30), drawn)
            weights = None if truth.weights is None else truth.weights[rows]
            expected = [
                metric.score(truth.y_pred[rows], p.y_pred[rows], weights) for p in predictions
            ]
            np.testing.assert_allclose(found[b], expected, rtol=1e-10)

    def test_drawing_every_row_once_is_the_score_itself(self) -> None:
        for metric in METRICS:
            truth, predictions = problem_of(metric, 3, weights=False)
            found = replicate_scores(metric, truth, predictions, np.ones((1, 30), dtype=np.int32))
            expected = [metric.score_function(truth, p) for p in predictions]
            np.testing.assert_allclose(found[0], expected, rtol=1e-12)

    def test_what_is_resampled_is_left_alone(self) -> None:
        metric = classification.BalancedAccuracy()
        truth, predictions = problem_of(metric, 0, weights=False)
        before = truth.y_pred.copy()
        replicate_scores(metric, truth, predictions, block_counts(30, 3, 1, RNG(0)))
        np.testing.assert_array_equal(truth.y_pred, before)
        assert not is_mean_loss(metric)


def drawn(seed: int, n_entries: int, n_rows: int = 200, shift: float = 0.0) -> Any:
    """Return scores and replicates of entries of equal skill, the last worse by `shift`."""
    rng = RNG(seed)
    shared = rng.normal(size=(n_rows, 1))
    losses = (shared + 0.5 * rng.normal(size=(n_rows, n_entries))) ** 2
    losses[:, -1] += shift
    counts = block_counts(n_rows, 400, 1, rng)
    return losses.mean(axis=0), counts @ losses / n_rows


class TestCompare:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 500), st.permutations(range(5)))
    def test_the_order_of_entries_does_not_matter(self, seed: int, order: list[int]) -> None:
        scores, replicates = drawn(seed, 5, shift=0.4)
        plain = compare_all(scores, replicates, 0.95, 200, **LOWER)
        other = compare_all(scores[order], replicates[:, order], 0.95, 200, **LOWER)
        np.testing.assert_array_equal(plain.is_worse[np.ix_(order, order)], other.is_worse)
        assert plain.critical == pytest.approx(other.critical, rel=1e-12)

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 500))
    def test_ranks_follow_from_the_pairs(self, seed: int) -> None:
        scores, replicates = drawn(seed, 6, shift=1.0)
        found = compare_all(scores, replicates, 0.95, 200, **LOWER)
        ranks = np.argsort(np.argsort(scores)) + 1
        assert (found.best_ranks <= ranks).all()
        assert (ranks <= found.worst_ranks).all()
        assert not (found.is_worse & found.is_worse.T).any()
        leader = int(np.argmin(scores))
        assert found.level_with(leader)[leader]
        assert (found.level_with(leader) == (found.best_ranks == 1))[leader]

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 500))
    def test_a_metric_and_its_opposite_say_the_same(self, seed: int) -> None:
        scores, replicates = drawn(seed, 4, shift=0.6)
        low = compare_all(scores, replicates, 0.95, 200, **LOWER)
        high = compare_all(-scores, -replicates, 0.95, 200, is_lower_the_better=False)
        np.testing.assert_array_equal(low.is_worse, high.is_worse)

    def test_a_large_difference_is_told_and_a_higher_level_tells_no_more(self) -> None:
        scores, replicates = drawn(0, 4, shift=3.0)
        found = compare_all(scores, replicates, 0.95, 200, **LOWER)
        assert found.is_worse[3, :3].all()
        strict = compare_all(scores, replicates, 0.99, 200, **LOWER)
        assert strict.critical >= found.critical
        assert not (strict.is_worse & ~found.is_worse).any()

    def test_equal_predictions_are_level_and_disturb_nothing(self) -> None:
        scores, replicates = drawn(0, 3, shift=3.0)
        twice = [0, 0, 1, 2]
        found = compare_all(scores[twice], replicates[:, twice], 0.95, 200, **LOWER)
        assert not found.is_worse[0, 1]
        assert not found.is_worse[1, 0]
        assert found.is_worse[3, :3].all()

    @pytest.mark.parametrize("n_entries", [0, 1])
    def test_there_may_be_nobody_to_compare_with(self, n_entries: int) -> None:
        found = compare_all(np.zeros(n_entries), np.zeros((9, n_entries)), 0.95, 200, **LOWER)
        assert found.best_ranks.tolist() == found.worst_ranks.tolist() == [1] * n_entries

    def test_replicates_without_a_number_are_left_out(self) -> None:
        scores, replicates = drawn(1, 3, shift=2.0)
        replicates[::7, 1] = np.nan
        assert compare_all(scores, replicates, 0.95, 200, **LOWER).is_worse[2, 0]
        nothing = compare_all(scores, np.full((5, 3), np.nan), 0.95, 200, **LOWER)
        assert not nothing.is_worse.any()

    def test_too_few_replicates_tell_nothing(self) -> None:
        assert upper_quantile(np.arange(18.0), 0.95) == np.inf
        assert upper_quantile(np.arange(19.0), 0.95) == 18


class TestExpand:
    @given(st.floats(0, 30), st.floats(1, 1e6))
    def test_fewer_blocks_are_less_sure(self, quantile: float, n_blocks: float) -> None:
        found = expanded(quantile, n_blocks)
        assert found >= quantile
        assert expanded(quantile, 2 * n_blocks) <= found * (1 + 1e-9)

    def test_many_blocks_change_nothing_and_few_are_students(self) -> None:
        assert expanded(1.96, 1e7) == pytest.approx(1.96, abs=1e-4)
        assert expanded(1.95996, 10) == pytest.approx(2.26216 * np.sqrt(10 / 9), abs=1e-4)
        assert expanded(float("inf"), 5) == expanded(60.0, 5) == float("inf")

    @given(st.floats(0, 30), st.floats(4, 1e6))
    def test_memory_makes_less_sure(self, quantile: float, n_blocks: float) -> None:
        plain, found = expanded(quantile, n_blocks), expanded(quantile, n_blocks, has_memory=True)
        assert found >= plain
        assert expanded(quantile, 2 * n_blocks, has_memory=True) <= found * (1 + 1e-9)

    def test_the_trapezoid_has_three_quarters_of_the_blocks(self) -> None:
        """Student's 97.5 % quantile of 9 degrees of freedom is 2.26216."""
        found = expanded(1.95996, 12, has_memory=True)
        assert found == pytest.approx(2.26216 * np.sqrt(12 / 10.5), abs=1e-4)
        assert expanded(1.96, 1e7, has_memory=True) == pytest.approx(1.96, abs=1e-4)

    def test_a_level_is_expanded_as_its_quantile(self) -> None:
        assert expanded_level(0.95, 1e7) == pytest.approx(0.95, abs=1e-5)
        assert expanded_level(0.95, 25) == pytest.approx(0.9648, abs=2e-3)


class TestIntervals:
    def test_wilson_gives_the_published_values(self) -> None:
        """Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
        for hits, n, expected in [
            (81, 263, (0.2553, 0.3662)),
            (15, 148, (0.0624, 0.1605)),
            (0, 20, (0.0, 0.1611)),
            (1, 29, (0.0061, 0.1718)),
        ]:
            low, high = wilson(hits / n, n, 0.95)
            assert (float(low), float(high)) == pytest.approx(expected, abs=1e-4)

    @given(st.floats(0, 1), st.integers(1, 10_000))
    def test_wilson_holds_the_rate(self, rate: float, n_rows: int) -> None:
        low, high = wilson(rate, n_rows, 0.95)
        assert 0 <= low <= rate + 1e-12
        assert rate - 1e-12 <= high <= 1

    def test_an_error_is_one_minus_a_rate(self) -> None:
        scores, replicates = np.array([0.1, 0.0]), np.zeros((9, 2))
        args = (scores, replicates, 50, 0.95)
        low, high = score_intervals(classification.ClassificationError(), *args, block=1)
        other = score_intervals(
            classification.Accuracy(), 1 - scores, replicates, 50, 0.95, block=1
        )
        np.testing.assert_allclose((low, high), (1 - other[1], 1 - other[0]))
        assert (low <= scores).all()
        assert high[1] > 0, "no interval of a proportion collapses"

    def test_a_percentile_interval_holds_its_share(self) -> None:
        replicates = RNG(0).normal(size=(4000, 2))
        low, high = percentile_intervals(replicates, 0.9)
        assert np.mean((replicates > low) & (replicates < high)) == pytest.approx(0.9, abs=0.001)
        assert np.isnan(percentile_intervals(np.full((3, 2), np.nan), 0.9)).all()


class TestStability:
    def test_first_places_sum_to_one_and_are_shared(self) -> None:
        scores = np.array([[1.0, 1.0, 2.0], [3.0, 2.0, 2.0], [1.0, 5.0, 2.0], [np.nan, 0, 0]])
        found = first_place_probability(scores, **LOWER)
        np.testing.assert_allclose(found, [1.5 / 3, 1 / 3, 0.5 / 3])
        high = first_place_probability(-scores, is_lower_the_better=False)
        np.testing.assert_allclose(found, high)

    @given(st.integers(2, 8), st.integers(1, 4), st.integers(0, 99))
    def test_agreement_is_the_mean_of_tau_b_however_many_entries(
        self, n_entries: int, n_values: int, seed: int
    ) -> None:
        drawn = RNG(seed).integers(0, n_values + 1, (6, n_entries)).astype(float)
        scores, replicates = drawn[0], drawn[1:]
        found = kendall_agreement(scores, replicates, **LOWER)
        taus = np.array([kendalltau(scores, line).statistic for line in replicates])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stability, "FEW", 0)
            np.testing.assert_equal(kendall_agreement(scores, replicates, **LOWER), found)
        if np.isfinite(taus).any():
            assert found == pytest.approx(np.nanmean(taus))
        else:
            assert np.isnan(found)

    def test_agreement_is_one_for_the_same_order_and_minus_one_for_the_opposite(self) -> None:
        scores = np.array([1.0, 2.0, 3.0])
        same, opposite = np.array([[1, 4, 9.0]]), np.array([[9, 4, 1.0]])
        assert kendall_agreement(scores, same, **LOWER) == pytest.approx(1)
        assert kendall_agreement(scores, opposite, **LOWER) == pytest.approx(-1)
        assert kendall_agreement(-scores, -same, is_lower_the_better=False) == pytest.approx(1)
        assert np.isnan(kendall_agreement(scores[:1], same[:, :1], **LOWER))
