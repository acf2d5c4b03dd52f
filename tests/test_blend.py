"""Blending: the fast selection is the one that trying everything from scratch makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.ensemble.blend import FoldCandidates, blend, blend_fold
from rampflow.ensemble.members import RunningMean, read_candidates
from rampflow.ensemble.screens import (
    ExactScreen,
    HitScreen,
    ResidualScreen,
    VectorScreen,
    make_screen,
)
from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.metrics.classification import (
    Accuracy,
    BrierScore,
    ClassificationError,
    F1Above,
    NegativeLogLikelihood,
)
from rampflow.problems.metrics.combined import MixedScore
from rampflow.problems.metrics.regression import MAE, MARE, RMSE, NormalizedRMSE, RelativeRMSE
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression

Scalar = make_regression()
REGRESSION = [RMSE(), RelativeRMSE(), NormalizedRMSE(), MAE(), MARE()]
CLASSIFICATION = [Accuracy(), ClassificationError(), NegativeLogLikelihood()]
seeds = st.integers(0, 2**32 - 1)


def from_scratch(
    Predictions: Any,
    metric: ScoreType,
    truth: Any,
    y_preds: Sequence[Any],
    max_members: int = 80,
    min_improvement: float = 0.0,
) -> list[int]:
    """Select as the definition says: combine and score every candidate at every step."""
    sign = 1 if metric.is_lower_the_better else -1
    candidates = [Predictions(y_pred=y_pred) for y_pred in y_preds]

    def loss(members: list[int]) -> float:
        return sign * metric.score_function(truth, Predictions.combine(candidates, members))

    selection = [int(np.argmin([sign * metric.score_function(truth, c) for c in candidates]))]
    while len(selection) < max_members:
        best, best_loss = None, loss(selection)
        for j in range(len(candidates)):
            if loss([*selection, j]) < best_loss - min_improvement:
                best, best_loss = j, loss([*selection, j])
        if best is None:
            break
        selection.append(best)
    return selection


def check_against_scratch(
    Predictions: Any, metric: ScoreType, y_true: Any, y_preds: Any, **options: Any
) -> None:
    truth = Predictions(y_true=y_true)
    selected = blend_fold(Predictions, metric, truth, y_preds, **options)
    assert list(selected.selection) == from_scratch(Predictions, metric, truth, y_preds, **options)
    candidates = [Predictions(y_pred=y_pred) for y_pred in y_preds]
    for k, score in enumerate(selected.scores, start=1):
        combined = Predictions.combine(candidates, selected.selection[:k])
        assert score == metric.score_function(truth, combined)  # to the last bit


def regression_data(seed: int, level: float, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlated candidates, some twice; few decimals make ties, a level makes rounding."""
    rng = np.random.default_rng(seed)
    y_true = level + rng.uniform(1, 3, 15)
    common = rng.normal(size=15)
    y_preds = y_true + rng.uniform(0, 1, (7, 1)) * common + 0.5 * rng.normal(size=(7, 15))
    y_preds = np.concatenate([y_preds, y_preds[rng.integers(0, 7, 3)]])
    return y_true, rng.permutation(y_preds.round(decimals))


@pytest.mark.parametrize("metric", REGRESSION, ids=lambda m: m.name)
@settings(deadline=None, max_examples=25)
@given(seeds, st.sampled_from([0.0, 300.0, 1e7]), st.sampled_from([0, 1, 14]))
def test_regression_selects_as_from_scratch(
    metric: ScoreType, seed: int, level: float, decimals: int
) -> None:
    y_true, y_preds = regression_data(seed, level, decimals)
    check_against_scratch(Scalar, metric, y_true, y_preds)


@pytest.mark.parametrize("metric", CLASSIFICATION, ids=lambda m: m.name)
@settings(deadline=None, max_examples=15)
@given(seeds, st.integers(2, 9), st.sampled_from([0, 1, 14]))
def test_classification_selects_as_from_scratch(
    metric: ScoreType, seed: int, n_classes: int, decimals: int
) -> None:
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, n_classes, 30)
    y_preds = rng.random((6, 30, n_classes)) + 0.6 * np.eye(n_classes)[y_true]
    y_preds[3] = y_preds[5]
    Predictions = make_multiclass(list(range(n_classes)))
    check_against_scratch(Predictions, metric, y_true, y_preds.round(decimals))


@pytest.mark.parametrize("metric", [RMSE(), MAE(), Accuracy(), BrierScore()], ids=lambda m: m.name)
@settings(deadline=None, max_examples=15)
@given(seeds, st.sampled_from([0.0, 1e-3, 0.05]), st.integers(1, 4))
def test_options_and_weights_select_as_from_scratch(
    metric: ScoreType, seed: int, min_improvement: float, max_members: int
) -> None:
    rng = np.random.default_rng(seed)
    options = {"min_improvement": min_improvement, "max_members": max_members}
    weights = rng.uniform(0, 3, 20)
    if isinstance(metric, Accuracy | BrierScore):
        Predictions, y_true = make_multiclass([0, 1], weights=True), rng.integers(0, 2, 20)
        first = (0.6 * rng.random((9, 20)) + 0.3 * (y_true == 0)).round(1)
        y_preds = np.stack([first, 1 - first], axis=2)
    else:
        Predictions, y_true = make_regression(weights=True), rng.normal(size=20)
        y_preds = y_true + rng.normal(size=(9, 20))
    truth = np.column_stack([y_true, weights])
    check_against_scratch(Predictions, metric, truth, y_preds, **options)


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_several_targets_and_combined_predictions_select_as_from_scratch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true = rng.normal(size=(12, 2))
    y_preds = y_true + rng.normal(size=(6, 12, 2))
    check_against_scratch(make_regression(["u", "v"]), RMSE(), y_true, y_preds)
    Mixed = make_combined([make_multiclass([0, 1]), make_regression(["dose"])])
    metric = MixedScore([ClassificationError(), MAE()], [1.0, 0.2])
    y_true = np.column_stack([rng.integers(0, 2, 12), rng.normal(size=12)])
    check_against_scratch(Mixed, metric, y_true, rng.random((6, 12, 3)).round(1))


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_a_metric_without_shortcut_selects_as_from_scratch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, 3, 12)
    y_preds = rng.random((5, 12, 3)) + 0.5 * np.eye(3)[y_true]
    check_against_scratch(make_multiclass([0, 1, 2]), F1Above(threshold=0.6), y_true, y_preds)


def test_more_candidates_than_one_block_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rampflow.ensemble.screens.BLOCK_BYTES", 600)
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 2, 40)
    second = rng.beta(1, 1, (13, 40)) * 0.7 + 0.3 * y_true
    y_preds = np.stack([1 - second, second], axis=2)
    for metric in CLASSIFICATION:
        check_against_scratch(make_multiclass([0, 1]), metric, y_true, y_preds)


@settings(deadline=None, max_examples=25)
@given(seeds, st.permutations(range(6)))
def test_permuting_the_candidates_permutes_the_selection(seed: int, order: list[int]) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_preds = rng.normal(size=20), rng.normal(size=(6, 20))  # continuous: no ties
    truth = Scalar(y_true=y_true)
    straight = blend_fold(Scalar, RMSE(), truth, y_preds)
    permuted = blend_fold(Scalar, RMSE(), truth, y_preds[order])
    assert [order[j] for j in permuted.selection] == list(straight.selection)
    assert permuted.scores == straight.scores


@pytest.mark.parametrize("metric", [RMSE(), MAE()], ids=lambda m: m.name)
def test_the_first_of_equal_candidates_is_taken(metric: ScoreType) -> None:
    truth = Scalar(y_true=[0.0, 0.0])
    low, high, bad = [-1.0, -1.0], [1.0, 1.0], [5.0, 5.0]
    selected = blend_fold(Scalar, metric, truth, [bad, low, low, high, high])
    assert selected.selection == (1, 3)
    assert selected.scores == (1.0, 0.0)
    assert selected.single_scores == (5, 1, 1, 1, 1)


def test_no_member_is_added_that_does_not_improve() -> None:
    truth = Scalar(y_true=[0.0, 0.0])
    assert blend_fold(Scalar, RMSE(), truth, [[0.5, 0.5]] * 4).selection == (0,)


def test_an_improvement_of_just_the_minimum_is_not_enough() -> None:
    truth, y_preds = Scalar(y_true=[0.0]), [[-1.0], [2.0]]  # errors 1 and 2, of the mean 0.5
    assert blend_fold(Scalar, RMSE(), truth, y_preds, min_improvement=0.5).selection == (0,)
    assert blend_fold(Scalar, RMSE(), truth, y_preds, min_improvement=0.49).selection[1] == 1


def test_sums_that_differ_may_be_means_that_tie() -> None:
    ulp = np.spacing(1.0)
    Predictions = make_multiclass([0, 1])
    terms = np.array([[[0.5, 0.5]], [[0.5 + ulp, 0.5 + 2 * ulp]]])
    members = RunningMean(Predictions, Accuracy(), Predictions(y_true=[0]), terms)
    members.add(0)
    members.add(0)
    assert members.score_with(1) == 1.0  # divided by three the two are equal: the first class
    np.testing.assert_array_equal(HitScreen(members, Accuracy()).estimate()[0], [1, 1])


def test_a_perfect_candidate_stays_alone() -> None:
    truth = Scalar(y_true=[1e6, 0.1])
    assert blend_fold(Scalar, RMSE(), truth, [[1e6, 0.2], [1e6, 0.1]]).selection == (1,)


def test_members_may_come_again_and_their_number_is_limited() -> None:
    truth = Scalar(y_true=[0.0])
    y_preds = [[-1.0], [np.e]]
    # means: -1, 0.86, 0.24, -0.07; a fifth member is no improvement
    assert blend_fold(Scalar, RMSE(), truth, y_preds).selection == (0, 1, 0, 0)
    assert blend_fold(Scalar, RMSE(), truth, y_preds, max_members=3).selection == (0, 1, 0)
    assert blend_fold(Scalar, RMSE(), truth, y_preds, max_members=1).selection == (0,)


@pytest.mark.parametrize(
    ("metric", "Predictions", "screen"),
    [
        (RMSE(), Scalar, ResidualScreen),
        (MAE(), Scalar, VectorScreen),
        (Accuracy(), make_multiclass([0, 1]), HitScreen),
        (F1Above(), make_multiclass([0, 1]), ExactScreen),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_metric_gets_its_screen(metric: ScoreType, Predictions: Any, screen: type) -> None:
    truth = Predictions(y_true=[1.0, 0.0])
    members, _ = read_candidates(Predictions, metric, truth, [truth.y_pred])
    assert type(make_screen(metric, members, 1)) is screen


class WorstRow(RMSE):
    """A metric that inherits a shortcut that is not its own."""

    def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        return float(np.max(np.abs(y_true - y_pred)))


class WrongShortcut(MAE):
    """A metric whose shortcut is another formula."""

    def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        return 2 * super().score(y_true, y_pred, weights)

    def score_many(self, truth: Any, y_preds: Any) -> Any:
        return super().score_many(truth, y_preds)


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_an_inherited_shortcut_is_not_trusted(seed: int) -> None:
    y_true, y_preds = regression_data(seed, 0.0, 1)
    check_against_scratch(Scalar, WorstRow(), y_true, y_preds)


def test_a_shortcut_that_contradicts_its_score_is_an_error() -> None:
    truth = Scalar(y_true=[0.0, 0.0])
    with pytest.raises(ProblemError, match="'mae': its shortcut.*\n.*class WrongShortcut"):
        blend_fold(Scalar, WrongShortcut(), truth, [[2.0, 0.0], [-1.0, 0.0]])


class Median(Scalar):  # type: ignore[misc, valid-type]
    """A prediction type with its own way to combine."""

    @classmethod
    def combine(cls, predictions_list: Any, index_list: Any = None) -> Any:
        indices = range(len(predictions_list)) if index_list is None else index_list
        return cls(y_pred=np.median([predictions_list[i].y_pred for i in indices], axis=0))


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_a_prediction_type_with_its_own_combine(seed: int) -> None:
    y_true, y_preds = regression_data(seed, 0.0, 14)
    check_against_scratch(Median, RMSE(), y_true, y_preds)


@given(st.integers(1, 90), st.integers(1, 6), seeds)
def test_the_running_mean_equals_combine_to_the_last_bit(n: int, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_preds = rng.normal(size=(n, rows)) * 10.0 ** rng.integers(-8, 8, (n, 1))
    truth = Scalar(y_true=np.zeros(rows))
    members = RunningMean(Scalar, RMSE(), truth, y_preds)
    for j in range(n - 1):
        members.add(j)
    combined = Scalar.combine([Scalar(y_pred=y_pred) for y_pred in y_preds])
    np.testing.assert_array_equal(members.mean_with(n - 1), combined.y_pred)


@pytest.mark.parametrize(
    ("y_preds", "message"),
    [
        ([], "no candidate"),
        ([[1.0, 2.0], [1.0, np.nan]], "candidate 1 has NaN or infinite"),
        ([[1.0, np.inf]], "candidate 0 has NaN or infinite"),
        ([[1.0]], r"candidate 0 has predictions of shape \(1,\), the truth \(2,\)"),
    ],
)
def test_what_cannot_be_blended(y_preds: list[list[float]], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        blend_fold(Scalar, RMSE(), Scalar(y_true=[0.0, 0.0]), y_preds)


def test_a_candidate_for_which_the_metric_is_undefined_is_never_taken() -> None:
    truth = Scalar(y_true=[0.0, 1.0])  # relative to a truth of 0: 0 / 0 for a perfect prediction
    with np.errstate(invalid="ignore", divide="ignore"):
        with pytest.raises(ProblemError, match="not defined"):
            blend_fold(Scalar, MARE(), truth, [[0.0, 1.0]])
        assert blend_fold(Scalar, MARE(), truth, [[0.0, 1.0], [2.0, 1.0]]).selection == (1,)


def test_blends_of_overlapping_folds_are_bagged() -> None:
    y_train = np.array([0.0, 0.0, 0.0, 7.0])
    folds = (
        FoldCandidates(valid_is, [np.full(2, -1.0), np.full(2, 2.0)], lambda j: [[1.0], [4.0]][j])
        for valid_is in ([0, 1], [1, 2])
    )
    made = blend(Scalar, [MAE(), RMSE()], y_train, folds, y_test=[0.0])
    assert made.selections == ((0, 1, 0), (0, 1, 0))  # two of -1 and one of 2: mean 0
    np.testing.assert_allclose(made.valid.y_pred, [0, 0, 0, np.nan], atol=1e-15)
    np.testing.assert_array_equal(made.y_pred_test, [[2.0], [2.0]])
    assert made.test is not None
    assert made.best_test is not None
    assert made.test.final_scores == {"mae": 2.0, "rmse": 2.0}
    assert made.best_valid.scores["mae"] == (1.0, 1.0)
    assert made.best_test.final_scores["mae"] == 1.0


def test_one_fold_without_test_set() -> None:
    made = blend(Scalar, [MAE()], [0.0, 1.0], [FoldCandidates([1], [[3.0], [1.5]])])
    assert made.selections == ((1,),)
    assert made.valid.scores == {"mae": (0.5,)}
    assert (made.test, made.best_test, made.y_pred_test) == (None, None, ())


def test_test_predictions_are_read_for_members_only_and_once() -> None:
    asked: list[int] = []

    def y_pred_test(j: int) -> list[float]:
        asked.append(j)
        return [float(j)]

    folds = [FoldCandidates([0], [[5.0], [-1.0], [2.0]], y_pred_test)]
    made = blend(Scalar, [MAE()], [0.0], folds, y_test=[0.0])
    assert made.selections == ((1, 2, 1),)
    assert asked == [1, 2]


def test_a_fold_without_test_predictions_is_named() -> None:
    with pytest.raises(ProblemError, match="fold 0 has no test predictions"):
        blend(Scalar, [MAE()], [0.0], [FoldCandidates([0], [[1.0]])], y_test=[0.0])
