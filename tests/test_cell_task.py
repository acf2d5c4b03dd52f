"""The plan file: what the steps know, and that it is that of now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.cell.keys import differences, fit_parts
from rampflow.cell.supervise import StepLimits
from rampflow.cell.task import SubmissionTask, TaskFile, check_scoring, read_tasks, write_tasks
from rampflow.errors import ResultError
from rampflow.paths import Project
from tests.support.evaluated import Evaluated
from tests.support.toys import make_toy

ONE = SubmissionTask("ants", "line", ["a.py"], {"a.py": "h"}, 10.0, 100.0, 2)
TWO = replace(ONE, team="bees")
TASKS = TaskFile(
    event="e",
    problem="p",
    seed=1000,
    keep_models=False,
    prepared="k",
    problem_files={"problem.py": "h"},
    common={"lock": "l"},
    folds=[{"rows": "f0"}, {"rows": "f1"}],
    submissions=[ONE, TWO],
    keys=[["a", "b"], ["b", "c"]],
    score_parts={"truth": {"train": "t"}},
    score="s",
)


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    project = Project(tmp_path)
    write_tasks(project, TASKS)
    assert read_tasks(project, "e") == TASKS


def test_the_same_plan_is_not_written_again(tmp_path: Path) -> None:
    project = Project(tmp_path)
    write_tasks(project, TASKS)
    before = project.event("e").plan.stat()
    write_tasks(project, TASKS)
    assert project.event("e").plan.stat().st_ino == before.st_ino
    write_tasks(project, replace(TASKS, seed=7))
    assert read_tasks(project, "e").seed == 7


def test_a_key_finds_its_submission_and_fold_the_first_if_several_do() -> None:
    assert TASKS.find("a") == (ONE, 0)
    assert TASKS.find("b") == (ONE, 1)
    assert TASKS.find("c") == (TWO, 1)
    with pytest.raises(ResultError, match="no cell of the plan has the key x") as caught:
        TASKS.find("x")
    assert caught.value.do == "run again"


def test_the_parts_of_a_key_hold_the_seed_and_the_rows_of_the_fold() -> None:
    parts = TASKS.parts(ONE, 1)
    fold = {"number": 1, "rows": "f1"}
    assert parts == fit_parts({"lock": "l"}, {"a.py": "h"}, ["a.py"], fold, 1001, 2)
    assert (parts["seed"], parts["fold"], parts["threads"]) == (1001, fold, 2)
    assert TASKS.parts(TWO, 1) == parts, "who handed it in does not name a cell"


def test_equal_rows_and_seed_at_another_number_are_another_cell() -> None:
    """A workflow may ask for the number, and events may have other seeds."""
    same = replace(TASKS, folds=[{"rows": "f"}, {"rows": "f"}])
    later = replace(same, seed=TASKS.seed - 1)
    one, other = same.parts(ONE, 0), later.parts(ONE, 1)
    assert one["seed"] == other["seed"]
    assert differences(one, other) == ["prepared number changed (0 → 1)"]


def test_a_submission_knows_its_name_and_limits() -> None:
    assert ONE.name == "ants/line"
    assert ONE.limits == StepLimits(10.0, 100.0, 2)


def test_metrics_that_changed_since_the_plan_score_nothing(tmp_path: Path) -> None:
    made = Evaluated(make_toy(tmp_path / "toy"))
    made.prepare()
    tasks = made.plan.tasks
    check_scoring(made.project, tasks)
    made.toy.edit("problems/toy/problem.py", "workflow = Regressor()", "workflow = Regressor(*[])")
    check_scoring(made.project, tasks)
    made.toy.edit("problems/toy/problem.py", "MAE()]", "MAE(precision=1)]")
    with pytest.raises(ResultError, match="metric code problem.py changed .* planned") as caught:
        check_scoring(made.project, tasks)
    assert caught.value.do == "run again"


@pytest.mark.parametrize("content", ["{}", "[]", "3", '{"submissions": [{"team": "a"}]}', "{"])
def test_a_plan_of_another_version_is_an_error(tmp_path: Path, content: str) -> None:
    project = Project(tmp_path)
    project.event("e").plan.parent.mkdir(parents=True)
    project.event("e").plan.write_text(content)
    with pytest.raises(ResultError):
        read_tasks(project, "e")


def test_no_plan_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="does not exist"):
        read_tasks(Project(tmp_path), "e")


json_junk = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["submissions", "event", "keys"]), inner, max_size=3)
    ),
)


@settings(max_examples=40)
@given(json_junk)
def test_any_json_that_is_not_a_plan_is_an_error(tmp_path: Path, content: Any) -> None:
    import json

    project = Project(tmp_path)
    project.event("e").plan.parent.mkdir(parents=True, exist_ok=True)
    project.event("e").plan.write_text(json.dumps(content))
    with pytest.raises(ResultError):
        read_tasks(project, "e")
