"""Train and predict for real: one cell of a toy, in processes of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rampflow.cell.limits import StepLimits
from rampflow.cell.predict import predict
from rampflow.cell.record import read_cell, read_predictions
from rampflow.cell.task import TaskFile
from rampflow.cell.train import copy_code, train
from rampflow.errors import ResultError
from rampflow.plan.plan import Cell
from tests.support.evaluated import Evaluated
from tests.support.toys import EVENT, make_toy

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc (Linux)")

SPY = """
import numpy as np, os, random

class Regressor:
    def fit(self, X, y):
        self.seen = sorted(map(float, y))
        self.drawn = [float(np.random.rand()), random.random()]
        self.threads = os.environ["OMP_NUM_THREADS"]
        print("hello from fit", self.seen)

    def predict(self, X):
        drawn = float(np.random.rand())
        return np.array([self.drawn[0], self.drawn[1], drawn] + [0.0] * len(X))[: len(X)]
"""
FAILING = """
class Regressor:
    def fit(self, X, y): pass
    def predict(self, X): raise OSError("no")
"""
UNPICKLED = """
import numpy as np

class Regressor:
    def fit(self, X, y):
        self.lock = __import__("threading").Lock()

    def predict(self, X):
        return np.zeros(len(X))
"""


@pytest.fixture
def toy(tmp_path: Path) -> Evaluated:
    return Evaluated(make_toy(tmp_path / "a toy", submissions=False))


def run(made: Evaluated, code: str, **keys: Any) -> tuple[Cell, dict[str, Any]]:
    """Hand in one submission, run its first cell, and return the cell and its record."""
    made.toy.add_submission("ants", "spy", code, **keys)
    made.prepare()
    plan = made.plan
    cell = plan.cells[0]
    train(plan.project, plan.tasks, cell.key)
    predict(plan.project, plan.tasks, cell.key)
    return cell, read_cell(plan.project.cell(cell.key))


def test_a_cell_from_training_to_predictions(toy: Evaluated) -> None:
    cell, record = run(toy, SPY)
    folder = toy.project.cell(cell.key)
    assert (record["status"], record["one_process"]) == ("ok", False)
    assert record["parts"] == toy.plan.tasks.parts(cell.submission, 0)
    rows = {
        part: np.load(toy.plan.prepared.fold(0) / f"{part}_is.npy") for part in ("train", "valid")
    }
    for part in ("train", "valid"):
        assert len(read_predictions(folder, part)) == len(rows[part])
    drawn = read_predictions(folder, "test")
    random = np.random.RandomState(1000)
    assert drawn[0] == random.rand(), "fold 0 is trained with the seed of the event"
    assert drawn[2] == drawn[0], "and seeded again before it predicts, in another process"
    assert not toy.project.work(cell.key).folder.exists()


def test_the_run_record_holds_times_and_limits(toy: Evaluated) -> None:
    cell, _ = run(toy, SPY)
    record = json.loads(toy.project.cell(cell.key).run.read_text())
    for step in ("train", "predict"):
        assert 0 <= record[step]["seconds"] <= record[step]["wall_s"]
        assert record[step]["limits"] == asdict(StepLimits(120, 2000, 1))
    assert set(record["predict"]["part_seconds"]) == {"train", "test"}


def test_training_sees_the_labels_of_its_rows_only(toy: Evaluated) -> None:
    cell, _ = run(toy, SPY)
    prepared = toy.plan.prepared
    y = np.load(prepared.labels("train") / "value.npy")
    shown = sorted(map(float, y[np.load(prepared.fold(0) / "train_is.npy")]))
    record = json.loads(toy.project.cell(cell.key).run.read_text())
    assert record["train"]["log"] == f"hello from fit {shown}"


def test_a_failure_of_training_is_a_cell_without_predictions(toy: Evaluated) -> None:
    cell, record = run(toy, SPY.replace("self.seen = ", "1 / 0; self.seen = "))
    assert (record["status"], record["step"]) == ("error", "train")
    assert record["reason"] == "ZeroDivisionError: division by zero"
    assert record["predictions"] == {}
    assert not toy.project.cell(cell.key).predictions("valid").exists()


def test_a_failure_of_predicting_says_so(toy: Evaluated) -> None:
    _, record = run(toy, FAILING)
    assert (record["status"], record["step"], record["reason"]) == (
        "error",
        "predict",
        "OSError: no",
    )
    assert 'File "regressor.py", line 4, in predict' in record["traceback"]


def test_what_cannot_be_pickled_trains_and_predicts_in_one_process(toy: Evaluated) -> None:
    cell, record = run(toy, UNPICKLED)
    assert (record["status"], record["one_process"]) == ("ok", True)
    assert not read_predictions(toy.project.cell(cell.key), "test").any()


def test_nothing_is_stored_under_a_key_that_is_not_that_of_the_files(toy: Evaluated) -> None:
    toy.toy.add_submission("ants", "spy", SPY)
    toy.prepare()
    plan = toy.plan
    key = plan.cells[0].key
    tasks: TaskFile = plan.tasks
    toy.toy.write(f"submissions/{EVENT}/ants/spy/regressor.py", SPY + "# changed\n")
    with pytest.raises(ResultError, match="changed since the evaluation was planned"):
        train(plan.project, tasks, key)
    assert not plan.project.work(key).trained.exists()
    with pytest.raises(ResultError, match="no cell of the plan"):
        train(plan.project, tasks, "0" * 32)


def test_what_runs_is_a_copy_of_what_was_hashed(toy: Evaluated) -> None:
    toy.toy.add_submission("ants", "spy", SPY)
    toy.toy.write("problems/toy/simulate.py", "answers = 42")
    toy.prepare()
    plan = toy.plan
    work = plan.project.work("k")
    copy_code(plan.project, plan.tasks, plan.submissions[0], work)
    names = {p.relative_to(work.problem).as_posix() for p in work.problem.rglob("*") if p.is_file()}
    assert names == set(plan.tasks.problem_files)
    assert "simulate.py" not in names
    assert not any(name.startswith("data") for name in names)
    assert [p.name for p in work.submission.iterdir()] == ["regressor.py"]
