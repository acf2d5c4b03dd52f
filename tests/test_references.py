"""References: what the organisers put beside the entries, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampflow.errors import ProblemError
from rampflow.problems.contract import Problem, load_problem
from rampflow.problems.references import load_references
from tests.support.toys import make_toy

HEAD = "from rampflow.problems.references import Reference\n"


def problem_with(folder: Path, code: str | None) -> Problem:
    toy = make_toy(folder / "toy")
    if code is not None:
        toy.write("problems/toy/references.py", HEAD + code)
    return load_problem(toy.root / "problems" / "toy")


def test_a_problem_needs_none(tmp_path: Path) -> None:
    assert load_references(problem_with(tmp_path, None)) == []


@pytest.mark.parametrize("returned", ["[]", "None", "()"])
def test_none_may_be_returned(tmp_path: Path, returned: str) -> None:
    code = f"def get_references(path):\n    return {returned}\n"
    assert load_references(problem_with(tmp_path, code)) == []


def test_it_may_import_the_problem_and_what_lies_beside_it(tmp_path: Path) -> None:
    code = (
        "import problem\nfrom reading import read_table\n\n\n"
        "def get_references(path):\n"
        "    _, y = problem.get_test_data(path)\n"
        "    return [Reference('Truth', 'The labels.', test=y, is_limit=True)]\n"
    )
    loaded = problem_with(tmp_path, code)
    (reference,) = load_references(loaded)
    assert (reference.name, reference.is_limit, reference.train) == ("Truth", True, None)
    assert list(reference.test) == list(loaded.read("test")[1])


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("x = 1 / 0\n", "cannot be imported: ZeroDivisionError"),
        ("references = []\n", r"there is no get_references\(path\)"),
        ("def get_references(path):\n    raise ValueError('no')\n", "failed: ValueError: no"),
        ("def get_references(path):\n    return [3]\n", "returned a int"),
        ("def get_references(path):\n    return [Reference('', 'b')]\n", "needs a name and a note"),
        ("def get_references(path):\n    return [Reference('a', 3)]\n", "needs a name and a note"),
        (
            "def get_references(path):\n    return [Reference('a', 'b'), Reference('a', 'c')]\n",
            "2 references have the name 'a'",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_file(tmp_path: Path, code: str, what: str) -> None:
    with pytest.raises(ProblemError, match=what) as caught:
        load_references(problem_with(tmp_path, code))
    assert "references.py" in caught.value.where
