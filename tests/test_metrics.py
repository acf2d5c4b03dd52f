"""Metrics: their formulas, weights, shortcuts and errors."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.metrics.classification import (
    ROCAUC,
    Accuracy,
    BalancedAccuracy,
    BrierScore,
    ClassificationError,
    F1Above,
    MacroAveragedRecall,
    NegativeLogLikelihood,
    label_index,
)
from rampflow.problems.metrics.combined import MixedScore, PartScore
from rampflow.problems.metrics.regression import MAE, MARE, RMSE, NormalizedRMSE, RelativeRMSE
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression

REGRESSION = [RMSE(), RelativeRMSE(), NormalizedRMSE(), MAE(), MARE()]
TWO_CLASSES = [
    Accuracy(),
    ClassificationError(),
    BalancedAccuracy(),
    BalancedAccuracy("plain", adjusted=False),
    MacroAveragedRecall(),
    F1Above(),
    NegativeLogLikelihood(),
    BrierScore(),
    ROCAUC(),
]
seeds = st.integers(0, 2**32 - 1)


def names(metrics: list[ScoreType]) -> list[str]:
    return [metric.name for metric in metrics]


def score(metric: ScoreType, y_true: Any, y_pred: Any, Predictions: Any = None) -> float:
    Predictions = Predictions or make_regression()
    return metric.score_function(Predictions(y_true=y_true), Predictions(y_pred=y_pred))


def test_regression_formulas_by_hand() -> None:
    y_true, y_pred = [1.0, 2.0, 4.0], [2.0, 2.0, 1.0]
    assert score(RMSE(), y_true, y_pred) == pytest.approx(np.sqrt(10 / 3))
    assert score(MAE(), y_true, y_pred) == pytest.approx(4 / 3)
    assert score(RelativeRMSE(), y_true, y_pred) == pytest.approx(np.sqrt((1 + 9 / 16) / 3))
    assert score(MARE(), y_true, y_pred) == pytest.approx((1 + 3 / 4) / 3)
    assert score(NormalizedRMSE(), y_true, [7 / 3] * 3) == pytest.approx(1)


def test_several_targets_count_alike() -> None:
    Predictions = make_regression(["u", "v"])
    assert score(RMSE(), [[0.0, 0.0]], [[3.0, 4.0]], Predictions) == pytest.approx(np.sqrt(12.5))


def two_class_data(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y_true = np.append([0, 1], rng.integers(0, 2, 18))
    second = rng.random(20).round(1)  # rounded, so that ranks and labels tie
    return y_true, np.column_stack([1 - second, second]), rng.integers(1, 4, 20).astype(float)


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_classification_agrees_with_scikit_learn(seed: int) -> None:
    y_true, proba, weights = two_class_data(seed)
    label, sk = np.argmax(proba, axis=1), sklearn.metrics
    for w in (None, weights):
        kw = {"sample_weight": w}
        expected = {
            "accuracy": sk.accuracy_score(y_true, label, **kw),
            "classification error": 1 - sk.accuracy_score(y_true, label, **kw),
            "balanced_accuracy": sk.balanced_accuracy_score(y_true, label, adjusted=True, **kw),
            "plain": sk.balanced_accuracy_score(y_true, label, **kw),
            "macro_averaged_recall": sk.recall_score(y_true, label, average="macro", **kw),
            "f1_above": np.mean(
                sk.f1_score(y_true, label, average=None, zero_division=0, **kw) > 0.5
            ),
            "negative log likelihood": sk.log_loss(y_true, proba, **kw),
            "brier_score": sk.brier_score_loss(y_true, proba[:, 1], **kw),
            "roc_auc": sk.roc_auc_score(y_true, proba[:, 1], **kw),
        }
        Predictions = make_multiclass([0, 1], weights=w is not None)
        truth = y_true if w is None else np.column_stack([y_true, w])
        for metric in TWO_CLASSES:
            ours = score(metric, truth, proba, Predictions)
            assert ours == pytest.approx(expected[metric.name], abs=1e-12), metric.name


@pytest.mark.parametrize("metric", REGRESSION, ids=names(REGRESSION))
@given(seed=seeds)
def test_a_whole_weight_counts_as_so_many_rows(metric: ScoreType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.uniform(1, 2, 8), rng.normal(size=8)
    weights = rng.integers(0, 4, 8) + np.eye(8)[0]
    repeated = np.repeat(np.arange(8), weights.astype(int))
    weighted = score(
        metric, np.column_stack([y_true, weights]), y_pred, make_regression(None, True)
    )
    assert weighted == pytest.approx(score(metric, y_true[repeated], y_pred[repeated]), rel=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [0, 2])
@pytest.mark.parametrize("metric", REGRESSION, ids=names(REGRESSION))
def test_regression_shortcuts_agree_with_the_score(
    metric: Any, n_targets: int, weighted: bool
) -> None:
    rng = np.random.default_rng(5)
    Predictions = make_regression([f"t{i}" for i in range(n_targets)], weights=weighted)
    shape = (7, n_targets) if n_targets else (7,)
    y_true = rng.uniform(1, 2, (7, max(n_targets, 1) + weighted))
    truth = Predictions(y_true=y_true if y_true.shape[1] > 1 else y_true[:, 0])
    y_preds = rng.normal(size=(4, *shape))
    expected = [metric.score_function(truth, Predictions(y_pred=p)) for p in y_preds]
    if hasattr(metric, "score_many"):
        shortcut = metric.score_many(truth, y_preds)
    else:
        residuals = metric.affine_residuals(truth, y_preds).reshape(4, -1)
        shortcut = np.sqrt(np.mean(residuals**2, axis=1))
        mean = metric.affine_residuals(truth, y_preds.mean(axis=0)).ravel()
        np.testing.assert_allclose(mean, residuals.mean(axis=0), atol=1e-12)  # affine
    np.testing.assert_allclose(shortcut, expected, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("metric", [NegativeLogLikelihood(), BrierScore()], ids=["nll", "brier"])
def test_probability_shortcuts_agree_with_the_score(metric: Any, weighted: bool) -> None:
    y_true, proba, weights = two_class_data(3)
    Predictions = make_multiclass([0, 1], weights=weighted)
    truth = Predictions(y_true=np.column_stack([y_true, weights]) if weighted else y_true)
    y_preds = np.stack([proba, proba[::-1], np.full_like(proba, 0.5)])
    expected = [metric.score_function(truth, Predictions(y_pred=p)) for p in y_preds]
    np.testing.assert_allclose(metric.score_many(truth, y_preds), expected, rtol=1e-12)


def test_log_likelihood_of_an_impossible_event_is_finite() -> None:
    value = score(NegativeLogLikelihood(), [0], [[0.0, 1.0]], make_multiclass([0, 1]))
    assert value == pytest.approx(-np.log(np.finfo(float).eps))


def test_roc_auc_of_one_class_is_undefined() -> None:
    assert np.isnan(score(ROCAUC(), [1, 1], [[0.5, 0.5]] * 2, make_multiclass([0, 1])))


def test_label_index_is_argmax_on_ties_and_nan_too() -> None:
    proba = np.array([[0.5, 0.5], [0.2, 0.8], [0.8, 0.2]])
    np.testing.assert_array_equal(label_index(proba), [0, 1, 0])
    with_nan = np.array([[0.5, np.nan], [np.nan, 0.5]])
    np.testing.assert_array_equal(label_index(with_nan), np.argmax(with_nan, axis=1))


def test_combined_metrics() -> None:
    Mixed = make_combined([make_multiclass(["A", "B"]), make_regression(["dose"])])
    truth = np.array([["A", 2.0], ["B", 4.0]], dtype=object)
    y_pred = [[0.9, 0.1, 2.0], [0.6, 0.4, 3.0]]
    error, mare = PartScore(ClassificationError(), 0, name="err"), PartScore(MARE(), 1)
    assert score(error, truth, y_pred, Mixed) == 0.5
    assert score(mare, truth, y_pred, Mixed) == 0.125
    mixed = MixedScore([ClassificationError(), MARE()], [2 / 3, 1 / 3])
    assert score(mixed, truth, y_pred, Mixed) == pytest.approx((2 * 0.5 + 0.125) / 3)
    assert (error.name, error.maximum, mare.name) == ("err", 1.0, "mare")
    assert (mixed.minimum, mixed.maximum) == (0, float("inf"))


@pytest.mark.parametrize(
    ("metrics", "weights", "message"),
    [
        ([Accuracy(), MARE()], [1, 1], "higher is better are mixed"),
        ([MARE()], [1, 1], "1 metrics and 2 weights"),
        ([MARE()], [-1], "at least 0"),
        ([], [], "0 metrics"),
    ],
)
def test_combined_metrics_that_make_no_sense(
    metrics: list[ScoreType], weights: list[float], message: str
) -> None:
    with pytest.raises(ProblemError, match=message):
        MixedScore(metrics, weights)


@pytest.mark.parametrize("metric", REGRESSION + TWO_CLASSES, ids=names(REGRESSION + TWO_CLASSES))
def test_every_metric_states_direction_and_bounds(metric: ScoreType) -> None:
    assert metric.minimum < metric.maximum
    assert metric.worst == (metric.maximum if metric.is_lower_the_better else metric.minimum)
    named = type(metric)(name="mine", precision=4, unit="°C")
    assert (named.name, named.precision, named.unit) == ("mine", 4, "°C")


def test_rows_must_match() -> None:
    with pytest.raises(ProblemError, match="rmse: truth has 2 rows, predictions have 1"):
        score(RMSE(), [1.0, 2.0], [1.0])


def test_a_metric_without_a_formula_says_so() -> None:
    with pytest.raises(NotImplementedError, match="ScoreType does not define score"):
        score(ScoreType("mine"), [1.0], [1.0])


def test_scoring_rmse_and_accuracy_does_not_import_scikit_learn() -> None:
    code = """
import sys
from rampflow.problems.metrics.classification import Accuracy
from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_multiclass, make_regression
R, C = make_regression(), make_multiclass([0, 1])
RMSE().score_function(R(y_true=[1.0]), R(y_pred=[2.0]))
Accuracy().score_function(C(y_true=[1]), C(y_pred=[[0.1, 0.9]]))
heavy = {"sklearn", "scipy", "pandas", "xarray", "matplotlib"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
