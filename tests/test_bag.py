"""Bagging over folds: overlaps, uncovered rows, every prefix, many prediction types."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.ensemble.bag import bag_test, bag_valid
from rampflow.errors import ProblemError
from rampflow.problems.metrics.classification import Accuracy
from rampflow.problems.metrics.combined import MixedScore
from rampflow.problems.metrics.regression import MAE, RMSE
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression

Scalar = make_regression()


def test_rows_of_several_folds_get_the_mean_and_rows_of_none_are_left_out() -> None:
    bagged = bag_valid(
        Scalar, [MAE()], y_true=[0.0, 0, 0, 0], y_preds=[[1.0, 2], [4.0]], valid_is=[[0, 1], [1]]
    )
    np.testing.assert_array_equal(bagged.y_pred, [1, 3, np.nan, np.nan])
    assert bagged.scores["mae"] == (1.5, 2.0)
    assert bagged.final_scores == {"mae": 2.0}


def test_one_fold() -> None:
    bagged = bag_valid(Scalar, [RMSE()], [1.0, 5.0], [[2.0]], [[0]])
    assert bagged.scores == {"rmse": (1.0,)}


def test_test_predictions_cover_all_rows() -> None:
    bagged = bag_test(Scalar, [MAE(), RMSE()], [0.0, 0.0], [[1.0, 1], [3.0, -1]])
    np.testing.assert_array_equal(bagged.y_pred, [2, 0])
    assert bagged.scores["mae"] == (1.0, 1.0)
    assert bagged.scores["rmse"] == (1.0, np.sqrt(2))


def test_a_score_of_no_rows_is_nan() -> None:
    bagged = bag_valid(Scalar, [MAE()], [0.0, 1.0], [[], [3.0]], [[], [1]])
    np.testing.assert_array_equal(bagged.scores["mae"], [np.nan, 2.0])


def test_a_mask_of_rows_will_do() -> None:
    bagged = bag_valid(Scalar, [MAE()], [0.0, 1.0], [[3.0]], [np.array([False, True])])
    np.testing.assert_array_equal(bagged.y_pred, [np.nan, 3.0])


def test_probabilities_are_normalised_before_the_mean() -> None:
    Predictions = make_multiclass(["a", "b"])
    bagged = bag_test(Predictions, [Accuracy()], ["b"], [[[0.6, 0.4]], [[0.0, 0.1]]])
    np.testing.assert_allclose(bagged.y_pred, [[0.3, 0.7]], atol=1e-12)
    assert bagged.scores["accuracy"] == (0.0, 1.0)


def test_several_targets_combined_types_and_weights() -> None:
    two = bag_test(make_regression(["u", "v"]), [MAE()], [[0.0, 0.0]], [[[1.0, 3.0]]])
    assert two.final_scores == {"mae": 2.0}
    Mixed = make_combined([make_regression(), make_regression()])
    mixed = bag_valid(
        Mixed, [MixedScore([MAE(), MAE()], [1, 10])], np.zeros((2, 2)), [[[1.0, 2.0]]], [[1]]
    )
    assert mixed.final_scores == {"combined": 21.0}
    weighted = bag_valid(
        make_regression(weights=True),
        [MAE()],
        [[0.0, 1], [0.0, 3], [0.0, 100]],
        [[4.0], [8.0]],
        [[0], [1]],
    )
    assert weighted.scores["mae"] == (4.0, 7.0)


def test_the_truth_is_not_changed_by_slicing() -> None:
    y_true = np.array([1.0, 2.0, 3.0])
    bag_valid(Scalar, [MAE()], y_true, [[1.0], [2.0]], [[0], [1]])
    np.testing.assert_array_equal(y_true, [1, 2, 3])


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_bagging_is_the_nan_mean_of_the_folds(seed: int, n_folds: int) -> None:
    rng = np.random.default_rng(seed)
    y_true = rng.normal(size=12)
    valid_is = [rng.choice(12, rng.integers(1, 12), replace=False) for _ in range(n_folds)]
    y_preds = [rng.normal(size=len(rows)) for rows in valid_is]
    table = np.full((n_folds, 12), np.nan)
    for fold, rows in enumerate(valid_is):
        table[fold, rows] = y_preds[fold]
    scores = []
    for k in range(1, n_folds + 1):
        covered = ~np.isnan(table[:k]).all(axis=0)
        mean = np.nanmean(table[:k, covered], axis=0)
        scores.append(np.sqrt(np.mean((y_true[covered] - mean) ** 2)))
    bagged = bag_valid(Scalar, [RMSE()], y_true, y_preds, valid_is)
    np.testing.assert_allclose(bagged.scores["rmse"], scores, rtol=1e-12)
    np.testing.assert_allclose(bagged.y_pred[covered], mean, rtol=1e-12)


def test_what_does_not_match_is_named() -> None:
    with pytest.raises(ProblemError, match="0 predictions for 0 folds"):
        bag_valid(Scalar, [MAE()], [0.0], [], [])
    with pytest.raises(ProblemError, match="fold 1: 2 predictions for 1 rows"):
        bag_valid(Scalar, [MAE()], [0.0, 0.0], [[1.0], [1.0, 2.0]], [[0], [1]])
    with pytest.raises(ProblemError, match="fold 0: 1 predictions for 2 rows"):
        bag_test(Scalar, [MAE()], [0.0, 0.0], [[1.0]])
