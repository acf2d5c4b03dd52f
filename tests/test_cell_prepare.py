"""Prepare: folds fixed once, labels apart, and errors of a problem told in its words."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rampflow.cell.prepare import labels_sha256, prepare
from rampflow.data import store
from rampflow.errors import ProblemError
from rampflow.paths import Prepared
from rampflow.problems.predictions import make_multiclass, make_regression
from rampflow.problems.sequence import TimeSequence

Y = np.arange(6.0) * 10
TEST = (np.ones(2), Y[:2])


class Toy:
    """A problem whose parts are given."""

    def __init__(self, folds: Any = None, y: Any = Y, test: Any = TEST, **names: Any):
        self.y, self.test = y, test
        self.cut = folds or (lambda: [([0, 1, 2], [3, 4]), ([3, 4, 5], [0])])
        self.sequence, self.predictions = None, make_regression()
        self.folder = Path("problems/toy")
        self.__dict__.update(names)

    def input_files(self, part: str) -> list[str]:
        return []

    def read(self, part: str) -> Any:
        """Return X and y."""
        return (np.arange(6), self.y) if part == "train" else self.test

    def folds(self, X: Any, y: Any) -> Any:
        """Return the folds."""
        return self.cut()


def make(folder: Path, toy: Any, seed: int = 1000) -> tuple[Prepared, dict[str, Any]]:
    prepared = Prepared(folder / "k")
    prepare(toy, prepared, {"a": 1}, seed)
    return prepared, json.loads(prepared.record.read_text())


def test_rows_labels_and_inputs_are_where_the_steps_look(tmp_path: Path) -> None:
    prepared, record = make(tmp_path, Toy())
    assert record["rows"] == {"train": 6, "test": 2}
    assert record["shapes"] == {"train": [6], "test": [2]}
    assert record["parts"] == {"a": 1}
    assert record["is_sequence"] is False
    np.testing.assert_array_equal(np.load(prepared.fold(1) / "valid_is.npy"), [0])
    np.testing.assert_array_equal(store.load(prepared.fold(1) / "y_train"), [30, 40, 50])
    np.testing.assert_array_equal(store.load(prepared.labels("train")), Y)
    np.testing.assert_array_equal(store.load(prepared.inputs("train")), np.arange(6))


def test_a_fold_holds_no_label_of_its_validation_rows(tmp_path: Path) -> None:
    prepared, _ = make(tmp_path, Toy())
    for fold in (0, 1):
        valid = set(Y[np.load(prepared.fold(fold) / "valid_is.npy")])
        assert valid.isdisjoint(store.load(prepared.fold(fold) / "y_train"))
        assert {p.name for p in prepared.fold(fold).iterdir()} == {
            "train_is.npy",
            "valid_is.npy",
            "y_train",
        }


@pytest.mark.parametrize("kind", [list, np.array, tuple, lambda r: np.isin(np.arange(6), r)])
def test_rows_may_be_given_in_any_form(tmp_path: Path, kind: Any) -> None:
    _, record = make(tmp_path, Toy(lambda: [(kind([0, 1]), kind([2, 3]))]))
    _, plain = make(tmp_path / "plain", Toy(lambda: [([0, 1], [2, 3])]))
    assert record["folds"] == plain["folds"]


def test_folds_may_overlap_train_twice_on_a_row_or_leave_rows_out(tmp_path: Path) -> None:
    prepared, record = make(tmp_path, Toy(lambda: [([0, 0, 1], [3, 2]), ([1], [2])]))
    assert [(f["n_train"], f["n_valid"]) for f in record["folds"]] == [(3, 2), (1, 1)]
    np.testing.assert_array_equal(store.load(prepared.fold(0) / "y_train"), [0, 0, 10])
    np.testing.assert_array_equal(np.load(prepared.fold(0) / "valid_is.npy"), [3, 2])


@pytest.mark.parametrize("name", ["read", "folds"])
def test_whatever_draws_random_numbers_draws_those_of_the_seed(tmp_path: Path, name: str) -> None:
    found = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        toy = Toy()
        if name == "read":
            toy.read = lambda part: (np.arange(6), np.random.normal(size=6))  # type: ignore[method-assign]
        else:
            toy.cut = lambda: [(rows[:4], rows[4:]) for rows in [np.random.permutation(6)]]
        random.seed()
        np.random.seed()
        _, record = make(tmp_path / folder, toy, seed)
        found.append((record["truth"], record["folds"]))
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        ([], "there are no folds"),
        ([([], [1])], "train_is is empty"),
        ([([0], [])], "valid_is is empty"),
        ([([0], [6])], "reaches from 6 to 6, but the training set has rows 0 to 5"),
        ([([-1], [1])], "reaches from -1"),
        ([([0.5], [1])], "not a list of row indices"),
        ([([[0]], [1])], "not a list of row indices"),
        ([(["a"], [1])], "not a list of row indices"),
        ([([0], [1]), ([0, 4, 2], [5, 2, 4])], "fold 1: row 2 is in train_is and in valid_is"),
        ([([0], [1, 2, 2])], "fold 0: row 2 is in valid_is 2 times"),
    ],
)
def test_wrong_folds_are_the_problems_error(tmp_path: Path, folds: Any, words: str) -> None:
    with pytest.raises(ProblemError, match=words) as caught:
        make(tmp_path, Toy(lambda: folds))
    assert "get_cv" in caught.value.where
    assert not (tmp_path / "k").exists(), "nothing half done is published"


def test_without_a_test_set(tmp_path: Path) -> None:
    prepared, record = make(tmp_path, Toy(test=None))
    assert record["rows"] == {"train": 6}
    assert not prepared.labels("test").exists()


def test_the_first_writer_wins(tmp_path: Path) -> None:
    make(tmp_path, Toy())
    prepared, _ = make(tmp_path, Toy(y=Y + 1))
    np.testing.assert_array_equal(store.load(prepared.labels("train")), Y)
    assert [p.name for p in tmp_path.iterdir()] == ["k"]


def test_a_table_of_labels_is_cut_by_position(tmp_path: Path) -> None:
    y = pd.Series(Y, index=[9, 8, 7, 6, 5, 4])
    prepared, _ = make(tmp_path, Toy(y=y))
    assert store.load(prepared.fold(0) / "y_train").tolist() == [0, 10, 20]


def test_classes_and_sequences(tmp_path: Path) -> None:
    stars = Toy(y=np.array(["a", "b"] * 3), predictions=make_multiclass(["a", "b"]), test=None)
    assert make(tmp_path, stars)[1]["shapes"] == {"train": [6, 2]}
    past = Toy(sequence=TimeSequence(0, 1))
    with pytest.raises(ProblemError, match="no dimension 'time'"):
        make(tmp_path / "sequence", past)


def given_to_fold_0(folder: Path, toy: Any) -> dict[str, str]:
    hashes: dict[str, str] = make(folder, toy)[1]["folds"][0]["sha256"]
    return hashes


def test_the_hashes_of_a_fold_are_those_of_what_a_runner_is_given(tmp_path: Path) -> None:
    before = given_to_fold_0(tmp_path / "before", Toy())
    assert set(before) == {"rows", "y_train", "X_train", "X_test", "shapes"}
    late, early = Y.copy(), Y.copy()
    late[4] = early[2] = -1.0
    changes = {
        "nothing": (Toy(), set()),
        "a label of validation": (Toy(y=late), set()),
        "a label of training": (Toy(y=early), {"y_train"}),
        "rows": (Toy(lambda: [([0, 1, 2], [3])]), {"rows"}),
        "X of the test set": (Toy(test=(np.zeros(2), Y[:2])), {"X_test"}),
        "the kind of labels": (Toy(y=Y.astype("f4")), {"y_train"}),
        "predictions": (Toy(predictions=make_multiclass([*Y])), {"shapes"}),
    }
    for name, (toy, expected) in changes.items():
        after = given_to_fold_0(tmp_path / name, toy)
        assert {part for part in before if before[part] != after[part]} == expected, name


def test_a_fix_of_preparing_counts_exactly_if_it_changes_what_training_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = given_to_fold_0(tmp_path / "before", Toy())
    monkeypatch.setattr("rampflow.cell.prepare._take", lambda y, rows: y.take(rows))
    assert given_to_fold_0(tmp_path / "same", Toy()) == before
    monkeypatch.setattr("rampflow.cell.prepare._take", lambda y, rows: y[rows].astype("f4"))
    after = given_to_fold_0(tmp_path / "other", Toy())
    assert {part for part in before if before[part] != after[part]} == {"y_train"}


def test_the_place_of_the_problem_does_not_count(tmp_path: Path) -> None:
    found = []
    for place in ("here", "elsewhere"):
        folder = tmp_path / place
        toy = Toy(folder=folder)
        data = (str(folder / "images"), Y)
        toy.read = lambda part, data=data: data  # type: ignore[method-assign,misc]
        found.append(given_to_fold_0(tmp_path / f"{place}.prepared", toy))
    assert found[0] == found[1]


def test_labels_have_one_hash_exactly_if_they_are_equal() -> None:
    labels: list[Any] = [
        Y,
        Y + 1e-12,
        Y.astype("f4"),
        Y.reshape(2, 3),
        ["a", "b"],
        np.array(["a", "c"]),
        np.array(["a", None], dtype=object),
    ]
    hashes = [labels_sha256(y) for y in labels]
    assert len(set(hashes)) == len(labels)
    assert labels_sha256(Y.copy()) == hashes[0]
