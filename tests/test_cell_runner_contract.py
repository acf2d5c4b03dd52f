"""What a workflow gets from the runner: its files, the fold if it asks, labels of all rows."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.cell.runner import Runner, _whole_y
from rampflow.errors import SubmissionError
from tests.support.submissions import forget_modules_of

PROBLEM = """
class Workflow:
    {names}

    def train_submission(self, module_path, X, y, train_is):
        return None

    def test_submission(self, trained, X{more}):
        return {answer}


problem_title = "A title"
Predictions = object
workflow = Workflow()
score_types = ["official"]


def get_cv(X, y):
    return []


def get_train_data(path):
    return [], []
"""


@pytest.fixture(autouse=True)
def as_before(tmp_path: Path) -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    forget_modules_of(tmp_path, modules)


def ready(
    folder: Path,
    *files: str,
    names: str = "pass",
    more: str = "",
    answer: str = "X",
    entry: list[str] | None = None,
) -> Runner:
    """Return a runner that has loaded a problem and was given a submission of empty files."""
    problem, submission = folder / "problem", folder / "submission"
    problem.mkdir()
    submission.mkdir()
    text = PROBLEM.format(names=names, more=more, answer=answer)
    (problem / "problem.py").write_text(text, encoding="utf-8")
    for file in files:
        (submission / file).touch()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        runner = Runner(ours, theirs)
    runner.setup(str(problem), str(submission), seed=1003, fold=3, entry=entry)
    return runner


TWO = "element_names = ('feature_extractor', 'regressor.py')"


def test_a_submission_without_a_file_of_the_workflow_is_told_which(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError) as caught:
        ready(tmp_path, "regressor.py", "extractor.py", names=TWO)
    assert str(caught.value).splitlines() == [
        "the workflow wants feature_extractor.py, regressor.py; the submission names "
        "extractor.py, regressor.py",
        "  where: submission.yaml: entry",
        "  do:    hand in feature_extractor.py",
    ]


def test_a_file_that_is_there_but_not_handed_in_is_not_named(tmp_path: Path) -> None:
    files = ("feature_extractor.py", "regressor.py")
    with pytest.raises(SubmissionError, match=r"names regressor\.py\n"):
        ready(tmp_path, *files, names=TWO, entry=["regressor.py"])


@pytest.mark.parametrize("names", [TWO, "pass"])
def test_more_files_than_the_workflow_wants_are_welcome(tmp_path: Path, names: str) -> None:
    files = ("feature_extractor.py", "regressor.py", "slopes.py")
    ready(tmp_path, *files, names=names, entry=[*files])


@pytest.mark.parametrize(
    ("more", "answer", "expected"),
    [(", fold", "X + fold", 3.0), (", *, fold=None", "X + fold", 3.0), ("", "X", 0.0)],
)
def test_a_workflow_that_asks_for_the_fold_is_told(
    tmp_path: Path, more: str, answer: str, expected: float
) -> None:
    runner = ready(tmp_path, more=more, answer=answer)
    runner.X = np.zeros(2)
    said, y_pred = runner.predict()
    assert said["n_rows"] == 2
    np.testing.assert_array_equal(y_pred, [expected, expected])


@given(st.lists(st.integers(0, 29), min_size=1), st.booleans())
def test_a_row_may_be_trained_on_several_times_and_in_any_order(
    rows: list[int], table: bool
) -> None:
    train_is = np.array(rows)
    y_train: Any = train_is * 10.0
    y = np.asarray(_whole_y(pd.Series(y_train) if table else y_train, train_is, 30))
    assert len(y) == 30
    np.testing.assert_array_equal(y[train_is], y_train)
    assert set(y) <= set(y_train), "labels of other rows are drawn from those of training"
