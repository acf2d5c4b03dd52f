"""The unranked rows of a board: scored as entries are, shown when the event may show them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rampflow.errors import ProblemError
from rampflow.verify.boards import compare_boards
from rampflow.verify.compare import open_results
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toys import EVENT

CODE = """
import problem

from rampflow.problems.references import Reference


def get_references(path):
    _, train = problem.get_train_data(path)
    _, test = problem.get_test_data(path)
    return [
        Reference("Two off", "By two everywhere.", train + 2, test + 2),
        Reference("One off", "By one everywhere.", train + 1, test + 1, is_limit=True),
        Reference("Untested", "Of the training rows only.", train=train),
    ]
"""


def made_with(folder: Path, code: str = CODE, **keys: Any) -> Evaluated:
    made = evaluated(folder / "toy", **keys)
    made.toy.write("problems/toy/references.py", code)
    made.prepare()
    made.train()
    made.score()
    return made


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    made = made_with(tmp_path_factory.mktemp("closed"))
    made.aggregate()
    return made


def test_they_come_best_first_without_a_rank(closed: Evaluated) -> None:
    board = closed.toy.board()
    found = {row["name"]: row["score"] for row in board["references"]}
    assert list(found) == ["One off", "Two off", "Untested"]
    assert found == {"One off": pytest.approx(1), "Two off": pytest.approx(2), "Untested": None}
    assert [row["is_limit"] for row in board["references"]] == [True, False, False]
    assert [row["rank"] for row in board["rows"]] == [1, 2]
    assert all("rank" not in row for row in board["references"])


def test_every_metric_of_every_part_is_in_a_table(closed: Evaluated) -> None:
    with closed.plan.results.references.open(newline="") as stream:
        rows = [tuple(row.values()) for row in csv.DictReader(stream)]
    assert {row[:3] for row in rows} == {
        *{(n, p, m) for n in ("One off", "Two off") for p in ("valid", "test")
          for m in ("rmse", "mae")},
        *{("Untested", "valid", m) for m in ("rmse", "mae")},
    }  # fmt: skip
    assert float(next(row[3] for row in rows if row[:3] == ("Two off", "test", "mae"))) == 2


def test_an_open_event_scores_them_on_validation_rows_only(tmp_path: Path) -> None:
    made = made_with(tmp_path, phase="open")
    made.aggregate()
    best = made.toy.board()["references"][0]
    assert (best["name"], best["score"], best["test_score"]) == ("Untested", 0.0, None)
    assert ",test," not in made.plan.results.references.read_text()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("test + 1, is_limit", "5 predictions for 6 rows"),
        ("test * np.nan, is_limit", "is not finite"),
    ],
)
def test_predictions_that_cannot_be_scored_are_the_organisers_fault(
    tmp_path: Path, change: str, what: str
) -> None:
    code = CODE.replace("import problem", "import numpy as np\nimport problem")
    change = change.replace("test + 1", "test[1:] + 1")
    made = made_with(tmp_path, code.replace("test + 1, is_limit", change))
    with pytest.raises(ProblemError, match=what) as caught:
        made.aggregate()
    assert "references.py: One off, test" in caught.value.where


def test_a_changed_reference_makes_the_board_anew_and_no_cell(closed: Evaluated) -> None:
    plan = closed.plan
    before, cells = plan.aggregate_keys, [cell.key for cell in plan.cells]
    closed.toy.edit("problems/toy/references.py", "train + 2, test + 2", "train + 3, test + 3")
    after = closed.plan
    after_cells, keys = [cell.key for cell in after.cells], after.aggregate_keys
    closed.toy.edit("problems/toy/references.py", "train + 3, test + 3", "train + 2, test + 2")
    assert after_cells == cells
    changed = {step for step, key in keys.items() if before[step] != key}
    assert changed == {"leaderboard", "page"}


def test_no_step_of_a_submission_gets_the_file(closed: Evaluated) -> None:
    assert "references.py" not in closed.plan.tasks.problem_files


def test_two_results_must_agree_on_them(closed: Evaluated, tmp_path: Path) -> None:
    theirs = closed.toy.copy(tmp_path / "theirs")
    path = theirs.results / "leaderboard.json"
    board = json.loads(path.read_text())
    board["references"][0]["score"] *= 1 + 1e-6
    path.write_text(json.dumps(board))
    sides = [open_results(root, EVENT) for root in (closed.toy.root, theirs.root)]
    assert any("One off" in line for line in compare_boards(*sides, 1e-9))
    assert np.isclose(board["references"][0]["score"], 1, rtol=1e-5)
