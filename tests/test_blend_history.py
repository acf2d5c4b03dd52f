"""The blend at every moment is the one that selecting anew among those handed in makes."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.board import history
from rampflow.board.history import _sizes
from rampflow.ensemble.blend import blend_fold
from rampflow.ensemble.history import blend_fold_history
from rampflow.problems.metrics.classification import Accuracy
from rampflow.problems.metrics.regression import MAE, RMSE
from rampflow.problems.predictions import make_multiclass, make_regression
from tests.support.evaluated import evaluated

Scalar = make_regression()


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 7),
    st.sampled_from([RMSE(), MAE()]),
    st.sampled_from([1, 3, 80]),
    st.sampled_from([0.0, 0.05]),
)
def test_it_is_the_blend_of_the_first_candidates(
    seed: int, n: int, metric: RMSE | MAE, max_members: int, min_improvement: float
) -> None:
    rng = np.random.default_rng(seed)
    y_true = rng.normal(size=12)
    truth = Scalar(y_true=y_true)
    # some twice, so that ties occur
    y_preds = [y_true + rng.normal(size=12) * rng.choice([0.3, 1, 3]) for _ in range(n)]
    y_preds += y_preds[:2]
    options = {"max_members": max_members, "min_improvement": min_improvement}
    sizes = sorted({*rng.integers(1, len(y_preds) + 1, 3).tolist(), len(y_preds)})
    found = blend_fold_history(Scalar, metric, truth, y_preds, sizes, **options)
    expected = [
        blend_fold(Scalar, metric, truth, y_preds[:size], **options).selection for size in sizes
    ]
    assert found == expected


def test_labels_with_many_ties_are_blended_the_same_way() -> None:
    Labels = make_multiclass(["a", "b", "c"])
    rng = np.random.default_rng(3)
    truth = Labels(y_true=rng.choice(["a", "b", "c"], 30))
    y_preds = [rng.dirichlet(np.ones(3), 30).round(1) + 0.01 for _ in range(9)]
    sizes = range(1, 10)
    found = blend_fold_history(Labels, Accuracy(), truth, y_preds, sizes)
    assert found == [blend_fold(Labels, Accuracy(), truth, y_preds[:k]).selection for k in sizes]


@pytest.mark.parametrize("phase", ["open", "closed"])
def test_the_last_moment_is_the_blend_of_the_board(tmp_path, phase: str) -> None:
    made = evaluated(tmp_path / "toy", phase=phase)
    import json

    board = json.loads(made.plan.results.leaderboard_json.read_text())
    with made.plan.results.blend_history.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["n_entries"] for row in rows][-1] == str(len(made.plan.loaded.submissions))
    assert float(rows[-1]["score"]) == pytest.approx(board["blend"]["score"], rel=1e-12)
    assert board["blend_history"][-1]["score"] == pytest.approx(board["blend"]["score"])
    assert board["blend_history"][0]["commit"] == rows[0]["commit"]


def test_where_all_failed_the_history_is_empty(tmp_path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("ants/line", 0), ("bees/mean", 1)))
    assert made.plan.results.blend_history.read_text() == "commit,submission,n_entries,score\n"
    text = made.plan.results.fold_runs.read_text().splitlines()
    assert text[0] == "submission,fold,status,train_s,test_s,peak_memory_mb"
    assert "ants/line,0,error,,," in text
    assert "ants/line,1,ok,0.25,0.5," in text


def test_many_moments_are_thinned_and_equal_times_are_one(monkeypatch) -> None:
    monkeypatch.setattr(history, "MOST_MOMENTS", 5)
    from datetime import UTC, datetime, timedelta

    start = datetime(2015, 5, 21, tzinfo=UTC)
    assert _sizes([start, start, start + timedelta(1)]) == [2, 3]
    many = _sizes([start + timedelta(i) for i in range(100)])
    assert (len(many), many[0], many[-1]) == (5, 1, 100)
