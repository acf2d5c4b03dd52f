"""The intervals of contributivity: stored, on the board, and why there may be none."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rampflow.board import spread
from rampflow.board.cells import EventCells
from rampflow.config.schemas import Uncertainty
from tests.support.evaluated import Evaluated, evaluated

FACTS = {"level": 0.95, "block": 1, "n_rows": 10, "replicates": 200, "why_not": ""}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluated(tmp_path_factory.mktemp("closed") / "toy")


def shares_of(made: Evaluated) -> list[dict[str, str]]:
    with made.plan.results.contributivity.open(newline="") as stream:
        return list(csv.DictReader(stream))


def facts_of(made: Evaluated) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.plan.results.blend_record.read_text())["spread"]
    return found


def test_the_interval_holds_the_share_and_stands_on_the_board(closed: Evaluated) -> None:
    by_name, shares = closed.toy.rows(), shares_of(closed)
    assert len(shares) == 2
    for share in shares:
        row = by_name[share["submission"]]
        low, mean, high = (float(share[name]) for name in ("low", "contributivity", "high"))
        assert 0 <= low <= mean <= high <= 1
        assert (row["contributivity_low"], row["contributivity_high"]) == (low, high)
        folds = [float(share["fold_0"]), float(share["fold_1"])]
        assert row["contributivity_fold_low"] == min(folds)
        assert row["contributivity_fold_high"] == max(folds)
    assert any(float(share["low"]) < float(share["high"]) for share in shares)
    assert closed.toy.board()["spread"] == facts_of(closed) == FACTS


def test_the_same_cells_give_the_same_bytes(closed: Evaluated) -> None:
    before = closed.plan.results.contributivity.read_bytes()
    closed.aggregate()
    assert closed.plan.results.contributivity.read_bytes() == before


def test_who_is_alone_has_it_all_whatever_the_rows(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("ants/line", 1),))
    (share,) = shares_of(made)
    assert [share[name] for name in ("contributivity", "low", "high")] == ["1.0"] * 3
    failed = made.toy.rows()["ants/line"]
    assert failed["contributivity_low"] is None
    assert failed["contributivity_fold_high"] is None


def test_blocks_that_are_too_long_leave_no_interval_and_say_why(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", uncertainty={"block": 6})
    assert facts_of(made)["why_not"] == "10 rows are too few to resample blocks of 6"
    assert facts_of(made)["replicates"] == 0
    assert all(share["low"] == share["high"] == "" for share in shares_of(made))
    row = made.toy.rows()["bees/mean"]
    assert row["contributivity_low"] is None
    assert row["contributivity_fold_low"] is not None


def spread_again(made: Evaluated) -> spread.Spread:
    """Compute the spread anew, writing nothing."""
    cells = EventCells(made.project, made.plan.tasks)
    shares = np.array([float(share["contributivity"]) for share in shares_of(made)])
    return spread.spread_of(
        cells,
        made.problem,
        cells.entries,
        shares,
        Uncertainty(),
        max_members=80,
        min_improvement=0.0,
    )


@pytest.mark.parametrize(("values", "n_draws"), [(20 * 80, 80), (20 * 40, 0)])
def test_the_number_of_draws_follows_from_their_work(
    closed: Evaluated, monkeypatch: pytest.MonkeyPatch, values: int, n_draws: int
) -> None:
    # two entries on ten rows: 20 values a draw
    monkeypatch.setattr(spread, "SIDEWAYS_VALUES", values)
    found = spread_again(closed)
    assert found.replicates == n_draws
    assert ("takes too long" in found.why_not) == (n_draws == 0)


def test_where_scores_are_computed_one_by_one_their_number_decides(
    closed: Evaluated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "is_sideways", lambda *_: False)
    assert spread_again(closed).replicates == spread.MOST_DRAWS
    monkeypatch.setattr(spread, "is_screened", lambda *_: False)
    monkeypatch.setattr(spread, "SINGLE_SCORES", 60 * spread.PASSES * 2 * 2)
    assert spread_again(closed).replicates == 60


def test_a_metric_that_is_undefined_on_most_draws(
    closed: Evaluated, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rarely(*arguments: Any, **options: Any) -> Any:
        shares = redrawn(*arguments, **options)
        shares[spread.FEWEST_DRAWS - 1 :] = float("nan")
        return shares

    redrawn = spread.redrawn_shares
    monkeypatch.setattr(spread, "redrawn_shares", rarely)
    assert "undefined on most" in spread_again(closed).why_not
