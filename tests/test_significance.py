"""The metrics of a search: the published numbers, weights of any subset, shortcuts, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.ensemble.blend import blend_fold
from rampflow.ensemble.members import RunningMean, read_candidates
from rampflow.ensemble.screens import VectorScreen, make_screen
from rampflow.errors import ProblemError
from rampflow.problems.metrics.classification import (
    ROCAUC,
    Accuracy,
    BalancedAccuracy,
    NegativeLogLikelihood,
)
from rampflow.problems.metrics.significance import (
    AMS,
    Renormalized,
    renormalized_weights,
    significance,
)
from rampflow.problems.predictions import make_multiclass
from rampflow.ranking.replicates import is_mean_loss, replicate_scores
from rampflow.ranking.resample import block_counts

TOTALS = (410_999.8473, 691.9886)
Weighted = make_multiclass([0, 1], weights=True)
seeds = st.integers(0, 2**32 - 1)

PUBLISHED = [
    (461.228096209, 89012.844986, 1.54450974337),
    (457.142474838, 88508.8010881, 1.53518474743),
    (217.039443378, 4379.2523956, 3.24953916678),
    (212.848603705, 4345.089289, 3.19956489456),
]


def search_data(seed: int, n_rows: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, weights and probabilities of the two classes, with both classes there."""
    rng = np.random.default_rng(seed)
    labels = np.append([0, 1], rng.integers(0, 2, n_rows - 2))
    second = np.clip(0.3 * labels + 0.7 * rng.random(n_rows), 0, 1).round(2)
    return labels, rng.uniform(0.1, 5, n_rows), np.column_stack([1 - second, second])


def truth_of(labels: np.ndarray, weights: np.ndarray) -> Any:
    return Weighted(y_true=np.column_stack([labels, weights]))


def ams_of(labels: np.ndarray, weights: np.ndarray, proba: np.ndarray) -> float:
    return AMS(TOTALS).score_function(truth_of(labels, weights), Weighted(y_pred=proba))


class TestSignificance:
    @pytest.mark.parametrize(("signal", "background", "expected"), PUBLISHED)
    def test_the_published_pairs_to_ten_digits(self, signal, background, expected):
        assert float(significance(signal, background + 10)) == pytest.approx(expected, rel=1e-10)

    @pytest.mark.parametrize(("signal", "background", "expected"), PUBLISHED)
    def test_the_published_pairs_come_out_of_the_metric(self, signal, background, expected):
        """Four rows: selected or not, of each class, with the published sums as weights."""
        weights = np.array([background, signal, TOTALS[0] - background, TOTALS[1] - signal])
        proba = np.array([[0.2, 0.8], [0.2, 0.8], [0.8, 0.2], [0.8, 0.2]])
        found = ams_of(np.array([0, 1, 0, 1]), weights, proba)
        assert found == pytest.approx(expected, rel=1e-10)

    @given(st.floats(1e-8, 1e3), st.floats(10, 1e6))
    def test_a_weak_signal_loses_no_digits(self, signal, background):
        """Against the formula in 50 digits, where the terms cancel."""
        from decimal import Decimal, localcontext

        with localcontext() as context:
            context.prec = 50
            s, b = Decimal(signal), Decimal(background)
            exact = (2 * ((s + b) * (1 + s / b).ln() - s)).sqrt()
        assert float(significance(signal, background)) == pytest.approx(float(exact), rel=1e-14)

    @given(st.floats(0, 1e3), st.floats(1e-3, 1e2), st.floats(10, 1e6))
    def test_more_signal_is_better_and_more_background_worse(self, signal, more, background):
        base = significance(signal, background)
        assert significance(signal + more, background) > base
        assert significance(signal, background * (1 + more)) <= base

    def test_no_signal_has_no_significance(self):
        np.testing.assert_array_equal(significance([0.0, 0.0], [10.0, 1e6]), [0, 0])


class TestAMS:
    @given(seed=seeds, scales=st.tuples(*[st.floats(1e-3, 1e3)] * 2))
    def test_the_scale_of_the_weights_of_a_class_does_not_matter(self, seed, scales):
        labels, weights, proba = search_data(seed)
        scaled = weights * np.array(scales)[labels]
        found = ams_of(labels, scaled, proba)
        assert found == pytest.approx(ams_of(labels, weights, proba), rel=1e-12)

    @given(seed=seeds, times=st.integers(2, 5))
    def test_a_set_and_several_copies_of_it_score_the_same(self, seed, times):
        labels, weights, proba = search_data(seed)
        copies = ams_of(np.tile(labels, times), np.tile(weights, times), np.tile(proba, (times, 1)))
        assert copies == pytest.approx(ams_of(labels, weights, proba), rel=1e-12)

    @given(seed=seeds)
    def test_selecting_one_more_signal_is_better_and_one_more_background_worse(self, seed):
        labels, weights, proba = search_data(seed)
        base = ams_of(labels, weights, proba)
        for label in (0, 1):
            left_out = np.flatnonzero((labels == label) & (proba[:, 1] <= proba[:, 0]))
            for row in left_out[:1]:
                more = proba.copy()
                more[row] = [0.1, 0.9]
                assert (ams_of(labels, weights, more) - base) * (1 if label else -1) >= 0

    @settings(deadline=None)
    @given(seed=seeds, weighted=st.booleans())
    def test_many_at_once_score_as_one_by_one(self, seed, weighted):
        labels, weights, _ = search_data(seed)
        y_true = np.column_stack([labels, weights]) if weighted else labels
        Predictions = make_multiclass([0, 1], weights=weighted)
        truth, metric = Predictions(y_true=y_true), AMS(TOTALS)
        y_preds = np.stack([search_data(seed + k)[2] for k in range(6)])
        expected = [metric.score_function(truth, Predictions(y_pred=p)) for p in y_preds]
        np.testing.assert_allclose(metric.score_many(truth, y_preds), expected, rtol=1e-12)

    @settings(deadline=None, max_examples=20)
    @given(seed=seeds)
    def test_a_replicate_is_the_score_of_the_rows_drawn(self, seed):
        labels, weights, proba = search_data(seed)
        metric, truth = AMS(TOTALS), truth_of(labels, weights)
        entries = [Weighted(y_pred=proba), Weighted(y_pred=search_data(seed + 1)[2])]
        counts = block_counts(len(labels), 5, 1, np.random.default_rng(seed))
        assert is_mean_loss(metric)
        found = replicate_scores(metric, truth, entries, counts)
        for replicate, drawn in zip(found, counts, strict=True):
            rows = np.repeat(np.arange(len(labels)), drawn)
            expected = [ams_of(labels[rows], weights[rows], e.y_pred[rows]) for e in entries]
            np.testing.assert_allclose(replicate, expected, rtol=1e-10)

    @settings(deadline=None, max_examples=20)
    @given(seed=seeds)
    def test_blending_takes_the_shortcut_and_never_ends_below_its_best(self, seed):
        labels, weights, _ = search_data(seed, 200)
        truth, metric = truth_of(labels, weights), AMS(TOTALS)
        candidates = [search_data(seed + k, 200)[2] for k in range(5)]
        members, _ = read_candidates(Weighted, metric, truth, candidates)
        assert isinstance(members, RunningMean)
        assert isinstance(make_screen(metric, members, 5), VectorScreen)
        fold = blend_fold(Weighted, metric, truth, candidates)
        assert list(fold.scores) == sorted(set(fold.scores))
        assert fold.scores[-1] >= max(fold.single_scores) * (1 - 1e-12)

    def test_an_even_chance_is_not_selected(self):
        labels, weights = np.array([0, 1]), np.ones(2)
        assert ams_of(labels, weights, np.full((2, 2), 0.5)) == 0

    def test_bounds_are_those_of_nothing_and_of_all_signal_alone(self):
        labels, weights, _ = search_data(0)
        metric = AMS(TOTALS)
        assert (metric.minimum, metric.is_lower_the_better) == (0, False)
        perfect = ams_of(labels, weights, np.eye(2)[labels])
        assert perfect == pytest.approx(metric.maximum) == pytest.approx(67.7, abs=0.1)
        assert ams_of(labels, weights, np.eye(2)[np.zeros_like(labels)]) == metric.minimum

    @pytest.mark.parametrize("label", [0, 1])
    def test_one_class_alone_is_undefined(self, label):
        assert np.isnan(ams_of(np.full(3, label), np.ones(3), np.full((3, 2), 0.5)))

    @pytest.mark.parametrize("totals", [(1.0,), (1.0, 2.0, 3.0), (0.0, 1.0), (np.nan, 1.0)])
    def test_totals_that_make_no_sense(self, totals):
        with pytest.raises(ProblemError, match="total|positive"):
            AMS(totals)

    def test_a_constant_that_makes_no_sense(self):
        with pytest.raises(ProblemError, match="positive"):
            AMS(TOTALS, regularisation=0.0)

    def test_more_than_two_classes_are_refused(self):
        Three = make_multiclass([0, 1, 2])
        with pytest.raises(ProblemError, match=r"shape \(2, 3\)"):
            AMS(TOTALS).score_function(Three(y_true=[0, 1]), Three(y_pred=np.eye(3)[:2]))


class TestRenormalized:
    @given(seed=seeds)
    def test_weights_of_each_class_sum_to_its_total(self, seed):
        labels, weights, _ = search_data(seed)
        found = renormalized_weights(np.eye(2)[labels], weights, np.array(TOTALS))
        sums = [found[labels == label].sum() for label in (0, 1)]
        np.testing.assert_allclose(sums, TOTALS, rtol=1e-12)

    @settings(deadline=None, max_examples=20)
    @given(seed=seeds)
    def test_equal_totals_are_scikit_learn_s_with_balanced_weights(self, seed):
        labels, weights, proba = search_data(seed)
        truth, found = truth_of(labels, weights), Weighted(y_pred=proba)
        sums = np.array([weights[labels == label].sum() for label in (0, 1)])
        nll = Renormalized(NegativeLogLikelihood(), (1, 1)).score_function(truth, found)
        balanced = weights / sums[labels]
        expected = sklearn.metrics.log_loss(labels, proba, sample_weight=balanced)
        assert nll == pytest.approx(expected, rel=1e-12)
        accuracy = Renormalized(Accuracy(), (1, 1)).score_function(truth, found)
        plain = BalancedAccuracy(adjusted=False).score_function(truth, found)
        assert accuracy == pytest.approx(plain, rel=1e-12)
        auc = Renormalized(ROCAUC(), TOTALS).score_function(truth, found)
        assert auc == pytest.approx(ROCAUC().score_function(truth, found), rel=1e-9)

    def test_takes_name_direction_bounds_and_digits_from_the_metric(self):
        inner = NegativeLogLikelihood("nll", precision=4, unit="nat")
        outer = Renormalized(inner, (15, 1))
        for attribute in ("name", "precision", "unit", "is_lower_the_better", "minimum", "maximum"):
            assert getattr(outer, attribute) == getattr(inner, attribute)

    def test_a_class_that_is_missing_is_undefined(self):
        truth = truth_of(np.zeros(3, dtype=int), np.ones(3))
        metric = Renormalized(Accuracy(), (1, 1))
        assert np.isnan(metric.score_function(truth, Weighted(y_pred=np.full((3, 2), 0.5))))
