"""The leaderboard: ranks, ties, times, failures, and what an open event may not show."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.board.leaderboard import COLUMNS, rank
from rampflow.cell.record import Outcome
from tests.support.evaluated import Evaluated, evaluated

TALK = "rank,team,model,commit,score,contributivity,train_time,test_time"
scores = st.one_of(st.none(), st.floats(-1e3, 1e3), st.sampled_from([0.0, 0.5, 1.0]))
boards = st.lists(scores, max_size=12).map(
    lambda values: [{"name": i, "score": value} for i, value in enumerate(values)]
)


@given(boards, st.booleans())
def test_ranks_count_from_one_best_first_and_none_comes_last(
    rows: list[dict[str, Any]], lower: bool
) -> None:
    ranked = rank(rows, is_lower_the_better=lower)
    assert sorted(r["name"] for r in ranked) == [r["name"] for r in rows]
    scored = [r for r in ranked if r["score"] is not None]
    assert [r["rank"] for r in scored] == list(range(1, len(scored) + 1))
    assert [r["rank"] for r in ranked[len(scored) :]] == [None] * (len(rows) - len(scored))
    assert [r["score"] for r in scored] == sorted((r["score"] for r in scored), reverse=not lower)
    assert all("rank" not in row for row in rows), "the rows that were given are left alone"


@given(boards, st.booleans(), st.randoms())
def test_the_order_given_matters_between_equal_scores_only(
    rows: list[dict[str, Any]], lower: bool, random: Any
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    plain = rank(rows, is_lower_the_better=lower)
    other = rank(shuffled, is_lower_the_better=lower)
    assert [r["score"] for r in plain] == [r["score"] for r in other]
    for one, two in zip(plain, plain[1:], strict=False):
        if one["score"] == two["score"]:
            assert one["name"] < two["name"], "ties stand in the order given"


@given(st.lists(st.floats(-1e3, 1e3), max_size=8))
def test_a_metric_and_its_opposite_rank_alike(values: list[float]) -> None:
    rows = [{"name": i, "score": v} for i, v in enumerate(values)]
    opposite = [{"name": i, "score": -v} for i, v in enumerate(values)]
    low = [r["name"] for r in rank(rows, is_lower_the_better=True)]
    assert low == [r["name"] for r in rank(opposite, is_lower_the_better=False)]


def test_differences_below_what_is_shown_still_rank() -> None:
    rows = [{"name": "a", "score": 0.5 + 1e-15}, {"name": "b", "score": 0.5}]
    assert [r["name"] for r in rank(rows, is_lower_the_better=True)] == ["b", "a"]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluated(tmp_path_factory.mktemp("closed") / "toy")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluated(tmp_path_factory.mktemp("open") / "toy", phase="open")


def table(made: Evaluated) -> list[dict[str, str]]:
    with made.plan.results.leaderboard_csv.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_columns_begin_as_in_the_talk(closed: Evaluated) -> None:
    text = closed.plan.results.leaderboard_csv.read_text(encoding="utf-8")
    assert text.startswith(TALK + ",")
    assert text.splitlines()[0].split(",") == list(COLUMNS)
    assert "\r" not in text


def test_once_closed_the_bagged_test_score_ranks(closed: Evaluated) -> None:
    bagged = json.loads(closed.plan.results.bagged.read_text())
    assert closed.toy.board()["ranked_on"] == "bagged test"
    for name, row in closed.toy.rows().items():
        assert row["score"] == row["test_score"] == bagged[name]["test"]["rmse"][-1]
        assert row["valid_score"] == bagged[name]["valid"]["rmse"][-1]
        assert row["ranked_on"] == "test"


def test_an_open_event_ranks_on_validation_and_shows_no_test_score(opened: Evaluated) -> None:
    board = opened.toy.board()
    bagged = json.loads(opened.plan.results.bagged.read_text())
    assert board["ranked_on"] == "bagged validation"
    for name, row in opened.toy.rows().items():
        assert row["score"] == row["valid_score"] == bagged[name]["valid"]["rmse"][-1]
        assert row["test_score"] is None
    assert {row["test_score"] for row in table(opened)} == {""}
    assert board["blend"]["test_score"] is None


def test_no_file_of_an_open_event_holds_a_number_of_the_test_set(
    opened: Evaluated, closed: Evaluated
) -> None:
    bagged = json.loads(closed.plan.results.bagged.read_text())
    blend = json.loads(closed.plan.results.blend_record.read_text())
    hidden = {repr(v) for entry in bagged.values() for v in entry["test"]["rmse"]}
    hidden |= {repr(blend["test"]["rmse"]), repr(blend["foldwise_best_test"]["rmse"])}
    hidden |= {
        line.rsplit(",", 1)[1]
        for line in closed.plan.results.fold_scores.read_text().splitlines()
        if ",test," in line
    }
    files = [path for path in opened.plan.results.folder.rglob("*") if path.is_file()]
    assert len(files) > 6
    for path in files:
        content = path.read_bytes().decode(errors="replace")
        assert not [value for value in hidden if value in content], path.name
    assert not opened.plan.results.blended("test").exists()
    assert closed.plan.results.blended("test").exists()


def test_times_are_those_of_fit_and_predict_alone(closed: Evaluated) -> None:
    for row in closed.toy.rows().values():
        assert (row["train_time"], row["test_time"]) == (0.25, 0.5)
        assert (row["train_time_sum"], row["test_time_sum"]) == (0.5, 1.0)


def test_full_precision_is_stored(closed: Evaluated) -> None:
    board = closed.toy.board()
    for row, line in zip(board["rows"], table(closed), strict=True):
        assert float(line["score"]) == row["score"]
        assert int(line["rank"]) == row["rank"]
        assert (line["team"], line["model"]) == (row["team"], row["model"])


def test_contributivity_sums_to_one_and_credit_passes_on(closed: Evaluated) -> None:
    rows = closed.toy.rows()
    assert sum(row["contributivity"] for row in rows.values()) == pytest.approx(1)
    assert sum(r["historical_contributivity"] for r in rows.values()) == pytest.approx(1)
    line = rows["ants/line"]
    assert line["historical_contributivity"] == pytest.approx(line["contributivity"] / 2)
    assert line["builds_on"] == [{"submission": "bees/mean", "credit": 0.5}]
    by_name = {row["model"]: row for row in table(closed)}
    assert by_name["line"]["builds_on"] == "bees/mean:0.5"
    assert by_name["line"]["team_name"] == "The Ants"
    assert by_name["mean"]["team_name"] == "bees"


def test_a_failed_submission_is_a_row_without_a_rank_and_is_never_blended(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("ants/line", 1),))
    rows = made.toy.rows()
    assert list(rows) == ["bees/mean", "ants/line"]
    failed = rows["ants/line"]
    assert [failed[k] for k in ("rank", "score", "valid_score", "contributivity")] == [None] * 4
    assert (failed["status"], failed["n_folds_failed"]) == ("error", 1)
    assert failed["reason"] == "fold 1, train: ValueError: no"
    assert failed["train_time"] is None
    blend = json.loads(made.plan.results.blend_record.read_text())
    assert blend["candidates"] == ["bees/mean"]
    assert all(set(fold["selection"]) == {"bees/mean"} for fold in blend["folds"])
    assert "ants/line" not in json.loads(made.plan.results.bagged.read_text())


def test_where_all_fail_there_is_a_board_without_ranks_and_no_blend(tmp_path: Path) -> None:
    failing = (("ants/line", 0), ("bees/mean", 1))
    made = evaluated(tmp_path / "toy", failing=failing)
    assert [row["rank"] for row in made.toy.rows().values()] == [None, None]
    assert made.toy.board()["blend"] is None
    assert made.plan.results.contributivity.read_text().splitlines() == [
        "submission,contributivity,low,high,fold_0,fold_1"
    ]


@pytest.mark.parametrize(
    ("phase", "step", "is_shown"),
    [("open", "predict", False), ("open", "train", True), ("closed", "predict", True)],
)
def test_what_code_says_that_saw_the_test_set_is_withheld_while_the_event_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str, step: str, is_shown: bool
) -> None:
    failure = Outcome("error", step, "ValueError: 42.125", "line 3\nValueError: 42.125")
    monkeypatch.setattr("tests.support.evaluated.FAILED", failure)
    made = evaluated(tmp_path / "toy", (("ants/line", 1),), phase=phase)
    results = made.plan.results
    row = next(r for r in json.loads(results.leaderboard_json.read_text())["rows"] if r["log"])
    assert row["reason"] == f"fold 1, {step}: ValueError{': 42.125' if is_shown else ''}"
    files = [path for path in results.folder.rglob("*") if path.is_file()]
    assert any(b"42.125" in path.read_bytes() for path in files) == is_shown
    if not is_shown:
        (place,) = (word for word in row["log"].split() if word.startswith("results/"))
        assert "42.125" in (made.project.root / place.rstrip(".")).with_suffix(".json").read_text()
