"""What bagging and blending write: the index, the scores of folds, shares, predictions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from rampflow.board.bagging import finite
from rampflow.board.blending import Stored
from rampflow.board.cells import EventCells, csv_text
from rampflow.board.provenance import code_state, provenance
from rampflow.errors import ResultError
from tests.support.evaluated import Evaluated, evaluated


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluated(tmp_path_factory.mktemp("board") / "toy")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_index_leads_from_team_model_and_fold_to_the_cell(made: Evaluated) -> None:
    rows = rows_of(made.plan.results.index)
    found = [(f"{r['team']}/{r['model']}", int(r["fold"]), r["key"]) for r in rows]
    assert found == [(c.submission.name, c.fold, c.key) for c in made.plan.cells]
    assert all(made.project.cell(key).record.exists() for _, _, key in found)


def test_fold_scores_hold_every_metric_of_every_part(made: Evaluated) -> None:
    rows = rows_of(made.plan.results.fold_scores)
    assert len(rows) == 2 * 2 * 3 * 2  # submissions, folds, parts, metrics
    assert {(r["step"], r["metric"]) for r in rows} == {
        (part, metric) for part in ("train", "valid", "test") for metric in ("rmse", "mae")
    }


def test_the_bagged_score_is_that_of_the_mean_over_folds(made: Evaluated) -> None:
    cells = EventCells(made.project, made.plan.tasks)
    bagged = json.loads(made.plan.results.bagged.read_text())
    for entry in cells.entries:
        tests = np.array([cells.predictions(key, "test") for key in entry.keys])
        error = tests.mean(axis=0) - cells.labels("test")
        scores = bagged[entry.name]["test"]["rmse"]
        assert len(scores) == 2
        assert scores[-1] == pytest.approx(np.sqrt(np.mean(error**2)), abs=1e-12)
        valid = np.empty(10)
        for key, rows in zip(entry.keys, cells.valid_is(), strict=True):
            valid[rows] = cells.predictions(key, "valid")
        error = valid - cells.labels("train")
        expected = np.sqrt(np.mean(error**2))
        assert bagged[entry.name]["valid"]["rmse"][-1] == pytest.approx(expected, abs=1e-12)


def test_shares_of_a_fold_sum_to_one_and_their_mean_is_the_contributivity(made: Evaluated) -> None:
    rows = rows_of(made.plan.results.contributivity)
    for fold in ("fold_0", "fold_1"):
        assert sum(float(row[fold]) for row in rows) == pytest.approx(1)
    for row in rows:
        mean = (float(row["fold_0"]) + float(row["fold_1"])) / 2
        assert float(row["contributivity"]) == pytest.approx(mean)


def test_blended_predictions_are_stored_for_every_row(made: Evaluated) -> None:
    valid = np.load(made.plan.results.blended("valid"))
    test = np.load(made.plan.results.blended("test"))
    assert (len(valid), len(test)) == (10, 6)
    assert np.isfinite(valid).all()
    record = json.loads(made.plan.results.blend_record.read_text())
    assert [len(fold["selection"]) > 0 for fold in record["folds"]] == [True, True]
    assert record["valid"]["rmse"] is not None


def test_stored_predictions_are_a_sequence(made: Evaluated) -> None:
    cells = EventCells(made.project, made.plan.tasks)
    keys = [row[0] for row in made.plan.tasks.keys]
    stored = Stored(cells, keys, "valid")
    assert len(stored) == 2
    np.testing.assert_array_equal(stored[1], cells.predictions(keys[1], "valid"))


def test_the_files_are_the_same_when_they_are_made_again(made: Evaluated) -> None:
    def content() -> dict[str, bytes]:
        folder = made.plan.results.folder
        return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    before = content()
    made.aggregate()
    assert content() == before


def test_a_cell_without_scores_stops_the_board(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy")
    plan = made.plan
    plan.project.cell(plan.cells[0].key).scores(plan.tasks.score).unlink()
    with pytest.raises(ResultError, match="does not exist"):
        _ = EventCells(plan.project, plan.tasks).entries


def test_tables_are_quoted_and_empty_for_none() -> None:
    text = csv_text(("a", "b"), [(None, 0.1), ('x,"y"', 1e-17), ("é\n", 1 / 3)])
    assert text == 'a,b\n,0.1\n"x,""y""",1e-17\n"é\n",0.3333333333333333\n'
    assert [finite(v) for v in (1, float("nan"), float("inf"))] == [1.0, None, None]


def test_provenance_names_what_a_reader_can_check(made: Evaluated) -> None:
    plan = made.plan
    found = provenance(plan.project, plan.tasks, plan.loaded)
    assert {row["path"] for row in found["data"]} == set(plan.data.parts)
    assert found["lock_sha256"] == plan.common["lock"]
    assert found["command"] == f"rampflow run {plan.event}"
    assert found["code"] == {"commit": None, "clean": None}
    assert code_state(plan.project) == {"commit": None, "clean": None}
