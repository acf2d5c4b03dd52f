"""Prediction types: shapes, truths, folds, weights, and the mean as combination."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rampflow.errors import ProblemError, SubmissionError
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression
from rampflow.problems.predictions.multiclass import row_sums

Scalar = make_regression()
OneTarget = make_regression(["nino34"])
TwoTargets = make_regression(["u", "v"])
Weighted = make_regression(weights=True)
Stars = make_multiclass(["Cepheid", "RR Lyrae", "Mira"])
Mixed = make_combined([make_multiclass(["A", "B"]), make_regression(["mg_per_ml"])])

probabilities = st.floats(-0.5, 1.5)
nan_or_number = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))


@pytest.mark.parametrize(
    ("Predictions", "shape"), [(Scalar, (4,)), (OneTarget, (4, 1)), (TwoTargets, (4, 2))]
)
def test_shape_of_regression(Predictions: type, shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    assert Predictions(y_pred=values).y_pred.shape == shape
    assert Predictions(y_true=values).y_pred.shape == shape
    assert Predictions(n_samples=4).y_pred.shape == shape
    assert not Predictions(n_samples=4).valid_indexes.any()


def test_a_vector_and_a_column_mean_the_same_for_one_target() -> None:
    vector, column = np.arange(3.0), np.arange(3.0)[:, np.newaxis]
    np.testing.assert_array_equal(OneTarget(y_pred=vector).y_pred, column)
    np.testing.assert_array_equal(OneTarget(y_true=vector).y_pred, column)
    np.testing.assert_array_equal(Scalar(y_pred=column).y_pred, vector)


def test_a_prediction_is_a_copy_and_survives_as_a_float_array() -> None:
    values = np.array([1, 2, 3])
    predictions = Scalar(y_pred=values)
    values[0] = 9
    assert predictions.y_pred.dtype == np.float64
    np.testing.assert_array_equal(predictions.y_pred, [1, 2, 3])
    again = Scalar(y_pred=predictions.y_pred)
    np.testing.assert_array_equal(again.y_pred, predictions.y_pred)


def test_fold_is_selects_rows_in_the_given_order() -> None:
    np.testing.assert_array_equal(Scalar(y_pred=[5.0, 6, 7], fold_is=[2, 0]).y_pred, [7, 5])
    truth = Stars(y_true=["Mira", "Cepheid", "Mira"], fold_is=[1])
    np.testing.assert_array_equal(truth.y_pred, [[1, 0, 0]])


@pytest.mark.parametrize(
    ("labels", "y_true"),
    [
        (["a", "b", "c"], np.array(["c", "a"])),
        (["a", "b", "c"], np.array(["c", "a"], dtype=object)),
        (["a", "b", "c"], ["c", "a"]),
        (["a", "b", "c"], [["c"], ["a"]]),
        ([1, 2, 3], np.array([3, 1])),
        ([1, 2, 3], np.array([3.0, 1.0])),
        (["1", "2", "3"], np.array([3, 1])),
        ([1, 2, 3], np.array(["3", "1"])),
    ],
)
def test_labels_of_any_type_become_one_hot_rows(labels: list[object], y_true: object) -> None:
    truth = make_multiclass(labels)(y_true=y_true)
    np.testing.assert_array_equal(truth.y_pred, [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(truth.y_pred_label_index, [2, 0])
    assert truth.y_pred_label.tolist() == [labels[2], labels[0]]


def test_several_labels_share_the_probability() -> None:
    truth = Stars(y_true=[["Mira", "Cepheid"], ["Mira"], ["Cepheid", "Mira", "RR Lyrae"]])
    np.testing.assert_array_equal(truth.y_pred, [[0.5, 0, 0.5], [0, 0, 1], [1 / 3, 1 / 3, 1 / 3]])


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(ProblemError, match="'Quasar'.*allowed.*'Mira'"):
        Stars(y_true=["Mira", "Quasar"])


@pytest.mark.parametrize(
    ("Predictions", "y_pred", "message"),
    [
        (Scalar, np.zeros((3, 2)), r"\(3, 2\), expected \(n_samples,\)"),
        (TwoTargets, np.zeros(3), r"\(3,\), expected \(n_samples, 2\): one column per u, v"),
        (Stars, np.zeros((5, 2)), r"\(5, 2\).*\(n_samples, 3\).*Cepheid, RR Lyrae, Mira"),
        (Stars, np.array(["Mira"]), r"\(1,\), expected"),
        (Scalar, np.array(["warm"]), "must be numbers"),
        (Scalar, np.float64(3.0), r"\(\), expected"),
    ],
)
def test_a_wrong_prediction_is_explained_to_its_team(
    Predictions: type, y_pred: np.ndarray, message: str
) -> None:
    with pytest.raises(SubmissionError, match=message):
        Predictions(y_pred=y_pred)


def test_a_wrong_truth_is_the_problem_s_fault() -> None:
    with pytest.raises(ProblemError, match="y_true have shape|y_true has"):
        Scalar(y_true=np.zeros((3, 2)))
    with pytest.raises(ProblemError, match="last column of weights"):
        Weighted(y_true=np.zeros(3))
    with pytest.raises(ProblemError, match="at least 0"):
        Weighted(y_true=[[1.0, -1.0]])
    with pytest.raises(ProblemError, match="none is given"):
        Scalar()
    with pytest.raises(ProblemError, match="different labels"):
        make_multiclass(["a", "a"])


def test_weights_are_the_last_column_of_the_truth_and_follow_its_rows() -> None:
    truth = Weighted(y_true=[[1.0, 0.5], [2.0, 0.25], [3.0, 4.0]], fold_is=[2, 0])
    np.testing.assert_array_equal(truth.y_pred, [3, 1])
    assert truth.weights is not None
    np.testing.assert_array_equal(truth.weights, [4, 0.5])
    truth.set_slice([False, True])
    np.testing.assert_array_equal(truth.weights, [0.5])
    assert Weighted(y_pred=[1.0]).weights is None
    labelled = make_multiclass(["a", "b"], weights=True)(
        y_true=np.array([["a", 2.0], ["b", 3.0]], dtype=object)
    )
    np.testing.assert_array_equal(labelled.y_pred, [[1, 0], [0, 1]])
    np.testing.assert_array_equal(labelled.weights, [2, 3])


def test_combined_truth_and_predictions_have_the_columns_of_their_parts() -> None:
    y_true = np.array([["A", 3.0], ["B", 4.0]], dtype=object)
    truth = Mixed(y_true=y_true)
    np.testing.assert_array_equal(truth.y_pred, [[1, 0, 3], [0, 1, 4]])
    predictions = Mixed(n_samples=2)
    predictions.set_valid_in_train(Mixed(y_pred=[[0.2, 0.8, 5.0]]), [1])
    np.testing.assert_array_equal(predictions.valid_indexes, [False, True])
    predictions.set_slice(predictions.valid_indexes)
    np.testing.assert_array_equal(predictions.predictions_list[1].y_pred, [[5.0]])
    with pytest.raises(ProblemError, match=r"\(n_samples, 2\)"):
        Mixed(y_true=np.zeros(3))
    with pytest.raises(SubmissionError, match=r"\(n_samples, 3\)"):
        Mixed(y_pred=np.zeros((2, 2)))


def test_combined_types_take_a_regression_without_names_and_weighted_parts() -> None:
    Pair = make_combined([make_regression(), make_regression(weights=True)])
    truth = Pair(y_true=[[1.0, 2.0, 0.5]])
    np.testing.assert_array_equal(truth.y_pred, [[1, 2]])
    np.testing.assert_array_equal(truth.predictions_list[1].weights, [0.5])


def test_combine_takes_the_mean_of_what_is_there() -> None:
    members = [Scalar(y_pred=[1.0, np.nan, np.nan]), Scalar(y_pred=[3.0, 5.0, np.nan])]
    combined = Scalar.combine(members)
    np.testing.assert_array_equal(combined.y_pred, [2.0, 5.0, np.nan])
    np.testing.assert_array_equal(combined.valid_indexes, [True, True, False])
    np.testing.assert_array_equal(Scalar.combine(members, [1, 1, 0]).y_pred[:2], [7 / 3, 5])
    with pytest.raises(ProblemError, match="at least one"):
        Scalar.combine([])


def test_combine_clips_and_normalises_probabilities_even_of_one_member() -> None:
    combined = Stars.combine([Stars(y_pred=[[2.0, 0, 0], [0, 0, 0], [0.3, 0.3, 0]])])
    np.testing.assert_allclose(
        combined.y_pred, [[1, 1e-15, 1e-15], [1 / 3] * 3, [0.5, 0.5, 1e-15 / 0.6]], rtol=1e-12
    )


def test_combined_types_do_not_clip_their_class_columns() -> None:
    combined = Mixed.combine([Mixed(y_pred=[[2.0, 0.0, 1.0]]), Mixed(y_pred=[[1.0, 0.0, 3.0]])])
    np.testing.assert_array_equal(combined.y_pred, [[1.5, 0, 2]])


@given(arrays(float, (3, 5), elements=nan_or_number))
def test_combine_is_the_nan_mean(values: np.ndarray) -> None:
    combined = Scalar.combine([Scalar(y_pred=row) for row in values]).y_pred
    covered = ~np.isnan(values).all(axis=0)
    assert np.isnan(combined[~covered]).all()
    expected = np.nanmean(values[:, covered], axis=0)
    np.testing.assert_array_equal(combined[covered], expected)


@given(arrays(float, (4, 3), elements=probabilities), st.integers(1, 5))
def test_combine_is_idempotent(values: np.ndarray, n_copies: int) -> None:
    once = Stars.combine([Stars(y_pred=values)])
    np.testing.assert_allclose(once.y_pred.sum(axis=1), 1, rtol=1e-12)
    again = Stars.combine([once] * n_copies)
    np.testing.assert_allclose(again.y_pred, once.y_pred, rtol=0, atol=1e-14)


@given(arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 11)), elements=probabilities))
def test_row_sums_equal_those_of_numpy_to_the_last_bit(values: np.ndarray) -> None:
    np.testing.assert_array_equal(row_sums(values), np.sum(values, axis=-1))
