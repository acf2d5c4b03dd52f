"""What ``problem.py`` must define, and how its own errors are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rampflow.errors import DataError, ProblemError
from rampflow.problems.contract import (
    FITTING,
    FOLDING,
    OPTIONAL,
    REQUIRED,
    SCORING,
    Problem,
    load_problem,
)
from tests.support.submissions import forget_modules_of
from tests.support.toy_code import PROBLEM, READING
from tests.support.toys import make_toy

GOOD = """
from types import SimpleNamespace
problem_title = "A title"
Predictions = object
workflow = SimpleNamespace(train_submission=print, test_submission=print)
score_types = ["official", "other"]

def get_cv(X, y):
    yield [0], [1]
    yield [1], [0]

def get_train_data(path):
    return path, [1, 2]
"""


@pytest.fixture(autouse=True)
def as_before(tmp_path: Path) -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    forget_modules_of(tmp_path, modules)


def write(folder: Path, text: str) -> Path:
    (folder / "problem.py").write_text(text, encoding="utf-8")
    return folder


def test_a_problem_that_keeps_the_contract(tmp_path: Path) -> None:
    problem = load_problem(write(tmp_path, GOOD))
    assert problem.title == "A title"
    assert problem.score_types == ["official", "other"]
    assert problem.sequence is None
    assert problem.read("train") == (str(tmp_path), [1, 2])
    assert problem.read("test") is None
    assert problem.folds(None, None) == [([0], [1]), ([1], [0])]


def test_a_reader_may_say_that_there_is_no_test_set(tmp_path: Path) -> None:
    text = GOOD + "def get_test_data(path):\n    return None\n"
    assert load_problem(write(tmp_path, text)).read("test") is None


def test_modules_beside_it_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text("title = 'from beside'")
    problem = load_problem(write(tmp_path, GOOD + "from beside_it import title as problem_title"))
    assert problem.title == "from beside"


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_name_is_told_with_what_it_is_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProblemError, match=f"the contract wants {name}") as caught:
        load_problem(write(tmp_path, GOOD + f"\ndel {name}\n"))
    assert REQUIRED[name] in caught.value.do


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("x = 1 / 0", "ZeroDivisionError", 1),
        ("import does_not_exist_xyz", "does_not_exist_xyz", 1),
        ("\n\nraise ValueError('no')", "ValueError: no", 3),
    ],
)
def test_an_error_at_import_names_the_line(tmp_path: Path, text: str, what: str, line: int) -> None:
    with pytest.raises(ProblemError, match="cannot be imported") as caught:
        load_problem(write(tmp_path, text))
    assert what in caught.value.what
    assert caught.value.where == f"{tmp_path / 'problem.py'}:{line}"


@pytest.mark.parametrize(
    ("name", "call"),
    [("get_train_data", "problem.read('train')"), ("get_cv", "problem.folds(1, 2)")],
)
@pytest.mark.parametrize("body", ["raise KeyError('x')", "return 3"])
def test_an_error_of_a_reader_or_of_the_folds_is_the_problems(
    tmp_path: Path, name: str, call: str, body: str
) -> None:
    text = GOOD + f"def {name}(*a):\n    {body}\n"
    problem = load_problem(write(tmp_path, text))
    with pytest.raises(ProblemError, match=f"{name} failed"):
        eval(call, {"problem": problem})  # noqa: S307


@pytest.mark.parametrize("name", ["get_train_data", "get_cv"])
def test_what_a_problem_says_itself_is_passed_on(tmp_path: Path, name: str) -> None:
    text = (
        "from rampflow.errors import DataError\n" + GOOD + f"def {name}(*arguments):\n"
        "    raise DataError('no comma', where='table.csv: line 1', do='write one')\n"
    )
    problem = load_problem(write(tmp_path, text))
    with pytest.raises(DataError, match="^no comma") as caught:
        problem.read("train") if name == "get_train_data" else problem.folds([0], [0])
    assert caught.value.where == "table.csv: line 1"
    assert caught.value.do == "write one"


def test_no_file_no_metric_no_method(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="does not exist"):
        load_problem(tmp_path)
    with pytest.raises(ProblemError, match="score_types is empty"):
        load_problem(write(tmp_path, GOOD + "score_types = []"))
    with pytest.raises(ProblemError, match="no test_submission"):
        load_problem(write(tmp_path, GOOD + "del workflow.test_submission"))


def test_what_keys_name_is_part_of_the_contract() -> None:
    assert set(FITTING) | set(FOLDING) | set(SCORING) <= REQUIRED.keys() | OPTIONAL.keys()


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (None, []),
        (("features.py", "regressor.py"), ["features.py", "regressor.py"]),
        (["classifier", "weights.csv"], ["classifier.py", "weights.csv"]),
        ("regressor.py", ["regressor.py"]),
    ],
)
def test_the_files_that_a_workflow_loads(tmp_path: Path, names: object, files: list[str]) -> None:
    line = "" if names is None else f"workflow.element_names = {names!r}\n"
    assert load_problem(write(tmp_path, GOOD + line)).element_files == files


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("['images']", ["images"]),
        ("('images', 'more/a.npy')", ["images", "more/a.npy"]),
        ("{'train': ['images']}", ["images"]),
        ("{'test': ['images']}", []),
        ("[]", []),
    ],
)
def test_what_is_read_by_name_is_said(tmp_path: Path, said: str, found: list[str]) -> None:
    problem = with_input_files(tmp_path, said)
    assert problem.input_files("train") == found


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("'images'", "input_files is 'images'"),
        ("[3]", r"input_files is \[3\]"),
        ("['../labels']", "not a name below data/"),
        ("['/etc']", "not a name below data/"),
        ("['']", "not a name below data/"),
        ("['none']", "data/none does not exist"),
    ],
)
def test_what_cannot_be_read_by_name_is_refused(tmp_path: Path, said: str, what: str) -> None:
    with pytest.raises(ProblemError, match=what) as caught:
        with_input_files(tmp_path, said).input_files("train")
    assert "problem.py: input_files" in caught.value.where


def with_input_files(folder: Path, said: str) -> Problem:
    toy = make_toy(folder / "toy", f"{PROBLEM}\ninput_files = {said}\n")
    toy.write("problems/toy/reading.py", READING)
    toy.write("problems/toy/data/images/0.npy", b"")
    toy.write("problems/toy/data/more/a.npy", b"")
    return load_problem(toy.root / "problems" / "toy")
