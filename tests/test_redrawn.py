"""Shares of the blend on resampled rows: fast and slow selection agree, and the laws of shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.ensemble import votes
from rampflow.ensemble.blend import blend_fold
from rampflow.ensemble.redrawn import is_screened, is_sideways, mean_over_folds, redrawn_shares
from rampflow.ensemble.sideways import TOGETHER
from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.metrics.classification import (
    Accuracy,
    ClassificationError,
    NegativeLogLikelihood,
)
from rampflow.problems.metrics.regression import MAE, RMSE, NormalizedRMSE
from rampflow.problems.predictions import make_multiclass, make_regression

Scalar = make_regression()
Classes = make_multiclass(["a", "b", "c"])
METRICS = [RMSE(), NormalizedRMSE(), MAE(), Accuracy(), NegativeLogLikelihood()]
seeds = st.integers(0, 2**32 - 1)


class PlainRMSE(RMSE):
    """The same score without a shortcut: selected draw by draw."""

    def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        return super().score(y_true, y_pred, weights)


def fold_of(metric: ScoreType, seed: int, n: int = 6, n_rows: int = 25) -> tuple[Any, Any, Any]:
    """Return a prediction type, a truth, and predictions whose errors are alike."""
    rng = np.random.default_rng(seed)
    if isinstance(metric, (Accuracy, NegativeLogLikelihood)):
        labels = rng.integers(0, 3, n_rows)
        y_preds = rng.random((n, n_rows, 3)) + 0.5 * np.eye(3)[labels]
        y_preds /= y_preds.sum(axis=2, keepdims=True)
        return Classes, Classes(y_true=np.array(["a", "b", "c"])[labels]), y_preds
    y_true = 5 + rng.normal(size=n_rows)
    errors = rng.uniform(0, 1, (n, 1)) * rng.normal(size=n_rows) + 0.5 * rng.normal(
        size=(n, n_rows)
    )
    return Scalar, Scalar(y_true=y_true), y_true + errors


def draws(seed: int, n_draws: int, n_rows: int = 25) -> Any:
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_rows, np.full(n_rows, 1 / n_rows), size=n_draws).astype(np.int32)


def share(selection: Any, n: int) -> Any:
    return np.bincount(np.asarray(selection), minlength=n) / len(selection)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
@settings(deadline=None, max_examples=10)
@given(seeds, st.integers(1, 30))
def test_a_draw_selects_as_a_blend_of_the_drawn_rows(
    metric: ScoreType, seed: int, max_members: int
) -> None:
    Predictions, truth, y_preds = fold_of(metric, seed)
    counts = draws(seed, 3)
    counts[0] = 1  # the rows themselves
    found = redrawn_shares(Predictions, metric, truth, y_preds, counts, max_members=max_members)
    for line, drawn in zip(found, counts, strict=True):
        rows = np.repeat(np.arange(len(drawn)), drawn)
        there = Predictions(y_pred=truth.y_pred[rows])
        made = blend_fold(Predictions, metric, there, y_preds[:, rows], max_members=max_members)
        np.testing.assert_array_equal(line, share(made.selection, len(y_preds)))


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_shares_sum_to_one_on_every_draw_and_are_the_same_again(metric: ScoreType) -> None:
    Predictions, truth, y_preds = fold_of(metric, 1)
    counts = draws(2, 30)
    found = redrawn_shares(Predictions, metric, truth, y_preds, counts)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.min() >= 0
    again = redrawn_shares(Predictions, metric, truth, y_preds, counts)
    assert found.tobytes() == again.tobytes()


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
@settings(deadline=None, max_examples=10)
@given(st.permutations(range(6)), seeds)
def test_the_order_of_candidates_moves_shares_and_changes_none(
    metric: ScoreType, order: list[int], seed: int
) -> None:
    if isinstance(metric, Accuracy):
        return  # scores of few rows tie, and the first handed in wins
    Predictions, truth, y_preds = fold_of(metric, seed)
    counts = draws(seed, 4)
    found = redrawn_shares(Predictions, metric, truth, y_preds, counts)
    other = redrawn_shares(Predictions, metric, truth, y_preds[order], counts)
    np.testing.assert_array_equal(other, found[:, order])


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_who_is_always_right_has_all_of_every_draw(metric: ScoreType) -> None:
    Predictions, truth, y_preds = fold_of(metric, 3)
    y_preds[2] = truth.y_pred
    if isinstance(metric, Accuracy):
        y_preds = 1 - y_preds * [[[1]], [[1]], [[-1]], [[1]], [[1]], [[1]]]  # the others are wrong
    found = redrawn_shares(Predictions, metric, truth, y_preds, draws(0, 20))
    np.testing.assert_array_equal(found, np.tile(np.eye(6)[2], (20, 1)))


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_equal_candidates_share_nothing_the_first_has_it(seed: int) -> None:
    Predictions, truth, y_preds = fold_of(RMSE(), seed)
    y_preds[4] = y_preds[1]
    found = redrawn_shares(Predictions, RMSE(), truth, y_preds, draws(seed, 5))
    assert not found[:, 4].any()


@settings(deadline=None, max_examples=10)
@given(seeds, st.integers(1, 8))
def test_side_by_side_is_as_one_after_another(seed: int, max_members: int) -> None:
    Predictions, truth, y_preds = fold_of(RMSE(), seed)
    counts = draws(seed, TOGETHER + 3)  # in two goes
    fast, slow = (
        redrawn_shares(Predictions, metric, truth, y_preds, counts, max_members=max_members)
        for metric in (RMSE(), PlainRMSE())
    )
    np.testing.assert_array_equal(fast, slow)


class PlainError(ClassificationError):
    """The same score without a shortcut."""

    def score_labels(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        return super().score_labels(y_true, y_pred, weights)


class PlainAccuracy(Accuracy):
    """The same score without a shortcut: selected draw by draw."""

    def score_labels(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        return super().score_labels(y_true, y_pred, weights)


@settings(deadline=None, max_examples=30)
@given(
    seeds, st.integers(1, 12), st.integers(1, 4), st.sampled_from([0.0, 0.02, 0.1]), st.booleans()
)
def test_votes_counted_once_are_as_votes_counted_for_each_draw(
    seed: int, max_members: int, n_values: int, min_improvement: float, is_error: bool
) -> None:
    Predictions, truth, y_preds = fold_of(Accuracy(), seed)
    y_preds = np.round(y_preds * n_values) / n_values  # ties of classes, rows all get right
    options = {"max_members": max_members, "min_improvement": min_improvement}
    counts = draws(seed, 20)
    metrics = (ClassificationError(), PlainError()) if is_error else (Accuracy(), PlainAccuracy())
    fast, slow = (
        redrawn_shares(Predictions, metric, truth, y_preds, counts, **options) for metric in metrics
    )
    np.testing.assert_array_equal(fast, slow)


def test_votes_in_many_goes_are_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    Predictions, truth, y_preds = fold_of(Accuracy(), 4)
    counts = draws(4, 30)
    whole = redrawn_shares(Predictions, Accuracy(), truth, y_preds, counts)
    monkeypatch.setattr(votes, "TOTAL_BYTES", 2000)
    monkeypatch.setattr(votes, "BLOCK_BYTES", 1000)
    parts = redrawn_shares(Predictions, Accuracy(), truth, y_preds, counts)
    np.testing.assert_array_equal(parts, whole)


def test_what_can_be_selected_side_by_side() -> None:
    truth = Scalar(y_true=np.zeros(2))
    assert is_sideways(Scalar, RMSE(), truth, 0.0)
    assert not is_sideways(Scalar, RMSE(), truth, 0.01)
    assert not is_sideways(Scalar, PlainRMSE(), truth, 0.0)
    assert not is_sideways(Scalar, MAE(), truth, 0.0)
    classes = Classes(y_true=np.array(["a", "b"]))
    assert is_sideways(Classes, Accuracy(), classes, 0.01)
    assert not is_sideways(Classes, NegativeLogLikelihood(), classes, 0.0)
    classes.weights = np.ones(2)
    assert not is_sideways(Classes, Accuracy(), classes, 0.0)


def test_what_scores_all_candidates_at_once() -> None:
    assert all(is_screened(Scalar, metric) for metric in (RMSE(), MAE(), Accuracy()))
    assert not is_screened(Scalar, PlainRMSE())


def test_a_smallest_improvement_is_kept_on_draws() -> None:
    Predictions, truth, y_preds = fold_of(RMSE(), 5)
    counts = np.ones((1, 25), dtype=np.int32)
    options = {"min_improvement": 0.05}
    made = blend_fold(Predictions, RMSE(), truth, y_preds, **options)
    found = redrawn_shares(Predictions, RMSE(), truth, y_preds, counts, **options)
    np.testing.assert_array_equal(found[0], share(made.selection, 6))


@pytest.mark.parametrize("metric", [RMSE(), MAE()], ids=lambda m: m.name)
def test_a_draw_without_rows_of_a_fold_has_no_blend(metric: ScoreType) -> None:
    Predictions, truth, y_preds = fold_of(metric, 5)
    counts = draws(0, 2)
    counts[1] = 0
    found = redrawn_shares(Predictions, metric, truth, y_preds, counts)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


def test_a_metric_that_refuses_some_rows_has_no_blend_on_them() -> None:
    class Choosy(PlainRMSE):
        def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
            if len(np.unique(y_true)) < 2:
                raise ValueError("one value is too few")
            return super().score(y_true, y_pred, weights)

    Predictions, truth, y_preds = fold_of(RMSE(), 5)
    counts = draws(0, 2)
    counts[1] = 25 * np.eye(25, dtype=np.int32)[3]
    found = redrawn_shares(Predictions, Choosy(), truth, y_preds, counts)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


def test_a_metric_that_is_never_defined() -> None:
    class Undefined(ScoreType):
        def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
            return float("nan") if len(y_true) < 25 or y_true.size else 0.0

    Predictions, truth, y_preds = fold_of(RMSE(), 5)
    with pytest.raises(ProblemError, match="not defined"):
        redrawn_shares(Predictions, Undefined(), truth, y_preds, draws(0, 2))


def test_the_mean_is_over_the_folds_that_have_a_blend() -> None:
    nothing = [np.nan, np.nan]
    first = np.array([[1.0, 0.0], nothing, nothing])
    second = np.array([[0.5, 0.5], [0.25, 0.75], nothing])
    np.testing.assert_array_equal(
        mean_over_folds([first, second]), [[0.75, 0.25], [0.25, 0.75], nothing]
    )
