"""Bagging, blending and contributivity equal the results of ramp-workflow 0.7.0.

The inputs (predictions of real submissions on three public kits) and the results are in
``../shared/oracle``; nothing is fitted here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from rampflow.ensemble.bag import bag_test, bag_valid
from rampflow.ensemble.blend import Blend, FoldCandidates, blend
from rampflow.ensemble.contributivity import contributivity
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.metrics.classification import (
    Accuracy,
    ClassificationError,
    F1Above,
    NegativeLogLikelihood,
)
from rampflow.problems.metrics.regression import RMSE, RelativeRMSE
from rampflow.problems.predictions import make_multiclass, make_regression
from tests.support.need import need_shared

TOLERANCE = {"rtol": 0, "atol": 1e-12}

pytestmark = pytest.mark.shared

PREDICTIONS = {
    "iris": make_multiclass(["setosa", "versicolor", "virginica"]),
    "boston_housing": make_regression(),
    "variable_stars": make_multiclass([1, 2, 3, 4]),
}
METRICS: dict[str, list[ScoreType]] = {
    "iris": [
        Accuracy("acc"),
        ClassificationError("error"),
        NegativeLogLikelihood("nll"),
        F1Above("f1_70", threshold=0.7),
    ],
    "boston_housing": [RMSE(), RelativeRMSE("rel_rmse")],
    "variable_stars": [Accuracy("acc")],
}


@dataclass
class Kit:
    """The reference of one kit: predictions in, results out."""

    name: str
    results: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def submissions(self) -> list[str]:
        return self.results["submissions_in_order"]

    @property
    def folds(self) -> range:
        return range(self.results["n_folds"])

    def valid_is(self, fold: int) -> np.ndarray:
        return self.arrays[f"cv/fold_{fold}/valid_is"]

    def y_pred_valid(self, submission: str, fold: int) -> np.ndarray:
        return self.arrays[f"{submission}/fold_{fold}/train"][self.valid_is(fold)]

    def y_pred_test(self, submission: str, fold: int) -> np.ndarray:
        return self.arrays[f"{submission}/fold_{fold}/test"]

    def blend(self) -> Blend:
        folds = (
            FoldCandidates(
                self.valid_is(fold),
                [self.y_pred_valid(name, fold) for name in self.submissions],
                lambda j, fold=fold: self.y_pred_test(self.submissions[j], fold),
            )
            for fold in self.folds
        )
        return blend(
            PREDICTIONS[self.name],
            METRICS[self.name],
            self.arrays["y_train"],
            folds,
            y_test=self.arrays["y_test"],
        )


@pytest.fixture(params=list(PREDICTIONS))
def kit(request: pytest.FixtureRequest) -> Kit:
    name = request.param
    with np.load(need_shared(f"oracle/{name}_preds.npz"), allow_pickle=True) as stored:
        arrays = dict(stored)
    results = json.loads(need_shared(f"oracle/{name}.json").read_text(encoding="utf-8"))
    return Kit(name, results, arrays)


def test_the_metrics_are_those_of_the_kit(kit: Kit) -> None:
    assert len(kit.submissions) >= 3
    for ours, reference in zip(METRICS[kit.name], kit.results["score_types"], strict=True):
        assert ours.name == reference["name"]
        assert type(ours).__name__ == reference["class"]
        assert ours.is_lower_the_better == reference["is_lower_the_better"]
        assert (ours.minimum, ours.maximum) == (reference["minimum"], reference["maximum"])


def test_fold_scores(kit: Kit) -> None:
    Predictions = PREDICTIONS[kit.name]
    for name in kit.submissions:
        for fold in kit.folds:
            train_pred = kit.arrays[f"{name}/fold_{fold}/train"]
            train_is = kit.arrays[f"cv/fold_{fold}/train_is"]
            steps = {
                "train": (kit.arrays["y_train"], train_pred, train_is),
                "valid": (kit.arrays["y_train"], train_pred, kit.valid_is(fold)),
                "test": (kit.arrays["y_test"], kit.y_pred_test(name, fold), None),
            }
            expected = kit.results["submissions"][name]["folds"][fold]
            for step, (y_true, y_pred, rows) in steps.items():
                truth = Predictions(y_true=y_true, fold_is=rows)
                predictions = Predictions(y_pred=y_pred, fold_is=rows)
                for metric in METRICS[kit.name]:
                    score = metric.score_function(truth, predictions)
                    assert score == pytest.approx(expected[step][metric.name], rel=0, abs=1e-12)


def test_bagged_scores_of_every_prefix_of_folds(kit: Kit) -> None:
    Predictions, metrics = PREDICTIONS[kit.name], METRICS[kit.name]
    for name in kit.submissions:
        valid = bag_valid(
            Predictions,
            metrics,
            kit.arrays["y_train"],
            [kit.y_pred_valid(name, fold) for fold in kit.folds],
            [kit.valid_is(fold) for fold in kit.folds],
        )
        test = bag_test(
            Predictions,
            metrics,
            kit.arrays["y_test"],
            [kit.y_pred_test(name, fold) for fold in kit.folds],
        )
        expected = kit.results["submissions"][name]["bagged"]
        for metric in metrics:
            key = metric.name
            np.testing.assert_allclose(valid.scores[key], expected["valid"][key], **TOLERANCE)
            np.testing.assert_allclose(test.scores[key], expected["test"][key], **TOLERANCE)


def test_selections_are_identical(kit: Kit) -> None:
    expected = kit.results["blend"]["per_fold"]
    for fold, reference in zip(kit.blend().folds, expected, strict=True):
        assert list(fold.selection) == reference["selected_index_sequence"]
        np.testing.assert_allclose(
            fold.single_scores, reference["single_valid_scores"], **TOLERANCE
        )
        np.testing.assert_allclose(fold.scores[-1], reference["combined_valid_score"], **TOLERANCE)


def test_contributivities(kit: Kit) -> None:
    means = contributivity(kit.blend().selections, len(kit.submissions)).mean
    expected = kit.results["blend"]["contributivity_exact"]
    np.testing.assert_allclose(means, [expected[name] for name in kit.submissions], **TOLERANCE)


def test_bagged_scores_of_the_blend_and_of_the_foldwise_best(kit: Kit) -> None:
    blended = kit.blend()
    assert blended.test is not None
    assert blended.best_test is not None
    ours = {
        "bagged_combined": {"valid": blended.valid, "test": blended.test},
        "bagged_foldwise_best": {"valid": blended.best_valid, "test": blended.best_test},
    }
    for key, steps in ours.items():
        for step, bagged in steps.items():
            for name, expected in kit.results["blend"][key][step].items():
                np.testing.assert_allclose(bagged.scores[name], expected, **TOLERANCE)
