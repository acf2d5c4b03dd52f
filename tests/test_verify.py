"""Two results compared: inputs, every cell, the board, every rank."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rampflow.errors import ResultError
from rampflow.hashing import file_sha256, key_of
from rampflow.paths import CellFolder
from rampflow.verify.cells import NOT_COMPARED
from rampflow.verify.compare import Comparison, compare, open_results
from rampflow.verify.published import Published
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toys import EVENT, Toy


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluated(tmp_path_factory.mktemp("ours") / "toy")


@pytest.fixture
def theirs(ours: Evaluated, tmp_path: Path) -> Toy:
    return ours.toy.copy(tmp_path / "theirs")


def verdict(ours: Evaluated, theirs: Toy, tolerance: float = 1e-9) -> Comparison:
    sides = (open_results(root, EVENT) for root in (ours.toy.root, theirs.root))
    return compare(*sides, tolerance)


def first(toy: Toy) -> CellFolder:
    return CellFolder(next(iter(toy.index().values())))


def move(cell: CellFolder, by: float, *, honest: bool = True) -> None:
    """Change the validation predictions; an honest side records their hash."""
    path = cell.predictions("valid")
    np.save(path, np.load(path) + by)
    if honest:
        record = json.loads(cell.record.read_text())
        record["predictions"]["valid"] = file_sha256(path)
        cell.record.write_text(json.dumps(record))


def rekey(toy: Toy, part: str, value: object) -> None:
    """Give every cell another part of its key, as if it had been computed from it."""
    index = toy.results / "cells.csv"
    text = index.read_text()
    for folder in set(toy.index().values()):
        record = json.loads((folder / "cell.json").read_text())
        record["parts"][part] = value
        record["key"] = key_of(record["parts"])
        (folder / "cell.json").write_text(json.dumps(record))
        for path in (folder / "scores").iterdir():
            content = json.loads(path.read_text())
            path.write_text(json.dumps({**content, "fit_key": record["key"]}))
        folder.rename(folder.with_name(record["key"]))
        text = text.replace(folder.name, record["key"])
    index.write_text(text)


def rescore(toy: Toy, by: float = 0.0) -> str:
    """Replace the scores of every cell by some of another version of the metrics."""
    key = ""
    for folder in toy.index().values():
        for path in list((folder / "scores").iterdir()):
            content = json.loads(path.read_text())
            content["parts"]["metrics"]["problem.py"] = "0" * 64
            content["scores"]["valid"]["rmse"] += by
            path.unlink()
            key = key_of(content["parts"])
            path.with_name(f"{key}.json").write_text(json.dumps(content))
    return key


def name_scores(toy: Toy, key: str) -> None:
    """Let a board say which scores it was made from."""
    path = toy.results / "leaderboard.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "provenance": {"score_key": key}}))


@pytest.mark.parametrize("below", ["", "results", f"results/{EVENT}"])
def test_a_result_agrees_with_its_copy_however_it_is_named(
    ours: Evaluated, theirs: Toy, below: str
) -> None:
    found = compare(
        open_results(ours.toy.root, EVENT), open_results(theirs.root / below, EVENT), 0.0
    )
    assert found.agrees
    assert found.counts() == {"identical": 4, "within tolerance": 0, "differs": 0, "missing": 0}
    assert found.inputs == found.board == found.ranks == ()
    assert found.verdict == found.facts()["verdict"] == "agrees"
    assert found.facts()["agrees"] is True


@pytest.mark.parametrize(
    ("by", "expected"), [(1e-8, "within tolerance"), (1e-3, "differs"), (np.nan, "differs")]
)
def test_predictions_are_compared_within_the_tolerance(
    ours: Evaluated, theirs: Toy, by: float, expected: str
) -> None:
    move(first(theirs), by)
    found = verdict(ours, theirs, 1e-6)
    assert found.counts()[expected] == 1
    assert found.counts()["identical"] == 3
    assert found.agrees == (expected == "within tolerance")


def test_predictions_that_are_not_those_of_the_record_are_damage(
    ours: Evaluated, theirs: Toy
) -> None:
    move(first(theirs), 0.0, honest=False)
    assert verdict(ours, theirs).agrees, "the same bytes are the same predictions"
    move(first(theirs), 1e-15, honest=False)
    (cell,) = [c for c in verdict(ours, theirs).cells if c.verdict == "differs"]
    assert "was changed there" in cell.detail


def test_scores_rank_and_status_count(ours: Evaluated, theirs: Toy) -> None:
    cell = first(theirs)
    (path,) = cell.scores_folder.iterdir()
    content = json.loads(path.read_text())
    content["scores"]["valid"]["rmse"] += 1.0
    path.write_text(json.dumps(content))
    assert verdict(ours, theirs).counts()["differs"] == 1

    board = theirs.results / "leaderboard.json"
    text = json.loads(board.read_text())
    for row in text["rows"]:
        row["rank"] = 3 - row["rank"]
    board.write_text(json.dumps(text))
    found = verdict(ours, theirs, tolerance=10.0)
    assert found.counts()["differs"] == 0
    assert not found.agrees
    assert len(found.ranks) == 2

    record = json.loads(cell.record.read_text())
    cell.record.write_text(json.dumps({**record, "status": "error"}))
    details = [c.detail for c in verdict(ours, theirs).cells if c.verdict == "differs"]
    assert details == ["status ok here, error there"]


def test_inputs_that_differ_are_named_first(ours: Evaluated, theirs: Toy) -> None:
    rekey(theirs, "lock", "0" * 64)
    found = verdict(ours, theirs)
    assert len(found.inputs) == 1
    assert found.inputs[0].startswith("lock file 00000000…")
    assert found.inputs[0].endswith("(4 cells)")
    assert found.agrees
    assert found.verdict == "agrees, from other inputs"


def test_a_record_whose_parts_do_not_make_its_key_differs(ours: Evaluated, theirs: Toy) -> None:
    path = first(theirs).record
    record = json.loads(path.read_text())
    for changed in (
        {**record, "parts": {**record["parts"], "seed": 1}},
        {**record, "parts": {**record["parts"], "seed": float("nan")}},
        {**record, "key": "0" * 32},
    ):
        path.write_text(json.dumps(changed))
        found = verdict(ours, theirs)
        details = [c.detail for c in found.cells if c.verdict == "differs"]
        assert details == ["cell.json was changed there: its parts do not make its key"]
        assert not found.agrees
    path.write_text(json.dumps({**record, "predictions": {"../../x": "0"}}))
    assert verdict(ours, theirs).counts()["missing"] == 1


def test_scores_of_other_metrics_are_not_compared_and_the_verdict_says_so(
    ours: Evaluated, theirs: Toy
) -> None:
    rescore(theirs, by=1.0)
    found = verdict(ours, theirs)
    assert found.counts()["identical"] == 4
    assert {cell.detail for cell in found.cells} == {NOT_COMPARED}
    assert found.n_not_compared == 4
    assert found.inputs[0].startswith("metric code problem.py changed")
    assert found.verdict == "agrees, from other inputs"
    move(first(theirs), 1.0)
    assert verdict(ours, theirs).counts()["differs"] == 1


def test_scores_that_the_board_was_made_from_must_be_there(ours: Evaluated, tmp_path: Path) -> None:
    here, there = (ours.toy.copy(tmp_path / name) for name in ("here", "there"))
    (key,) = {path.stem for path in first(there).scores_folder.iterdir()}
    for toy in (here, there):
        name_scores(toy, key)
    assert compare(*(open_results(t.root, EVENT) for t in (here, there)), 0.0).agrees
    rescore(there)
    found = compare(*(open_results(t.root, EVENT) for t in (here, there)), 0.0)
    assert found.counts()["missing"] == 4
    assert {cell.detail for cell in found.cells} == {"no readable scores there"}


def test_scores_of_an_older_version_are_not_taken_for_those_of_the_board(
    ours: Evaluated, theirs: Toy
) -> None:
    (key,) = {path.stem for path in first(ours.toy).scores_folder.iterdir()}
    originals = {p: (p / "scores" / f"{key}.json").read_text() for p in theirs.index().values()}
    name_scores(theirs, rescore(theirs))
    for folder, text in originals.items():
        (folder / "scores" / f"{key}.json").write_text(text)
    found = verdict(ours, theirs)
    assert found.inputs[0].startswith("metric code problem.py changed")
    assert found.n_not_compared == 4
    content = json.loads(next(iter(originals.values())))
    content["scores"]["valid"]["rmse"] += 1.0
    (next(iter(originals)) / "scores" / f"{key}.json").write_text(json.dumps(content))
    assert verdict(ours, theirs).counts()["differs"] == 1


def test_scores_under_a_key_that_is_not_theirs_differ(ours: Evaluated, theirs: Toy) -> None:
    (path,) = first(theirs).scores_folder.iterdir()
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "fit_key": "0" * 32}))
    details = [c.detail for c in verdict(ours, theirs).cells if c.verdict == "differs"]
    assert details == [f"scores/{path.name} was changed there: its parts do not make its key"]


@pytest.mark.parametrize("cut", [True, False])
def test_a_cell_without_scores_is_missing(ours: Evaluated, theirs: Toy, cut: bool) -> None:
    (path,) = first(theirs).scores_folder.iterdir()
    if cut:
        path.write_bytes(path.read_bytes()[:40])
    else:
        path.unlink()
    found = verdict(ours, theirs)
    assert found.counts()["missing"] == 1
    assert not found.agrees


def test_a_score_that_is_no_number_differs(ours: Evaluated, theirs: Toy) -> None:
    (path,) = first(theirs).scores_folder.iterdir()
    content = json.loads(path.read_text())
    for value in ("low", None):
        content["scores"]["valid"]["rmse"] = value
        path.write_text(json.dumps(content))
        assert verdict(ours, theirs).counts()["differs"] == 1


def test_the_board_counts(ours: Evaluated, theirs: Toy) -> None:
    path = theirs.results / "leaderboard.json"
    content = json.loads(path.read_text())
    content["rows"][0]["score"] += 1.0
    path.write_text(json.dumps(content))
    found = verdict(ours, theirs)
    assert found.counts()["identical"] == 4
    assert found.ranks == ()
    assert [line.split()[0] for line in found.board] == ["leaderboard.csv", "leaderboard.json"]
    assert found.verdict == "does not agree"
    assert found.facts()["board"] == list(found.board)


def test_a_result_is_not_compared_with_itself(ours: Evaluated, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(ours.toy.root)
    beside = ours.toy.results.with_name("beside")
    shutil.copytree(ours.toy.results, beside)
    mine = open_results(ours.toy.root, EVENT)
    for folder in (ours.toy.root, ours.toy.results, link, beside):
        with pytest.raises(ResultError, match="against itself"):
            compare(mine, open_results(folder, EVENT), 0.0)
    shutil.rmtree(beside)


@pytest.mark.parametrize("damage", ["gone", "cut", "not in the index"])
def test_a_cell_that_one_side_lacks_is_missing(ours: Evaluated, theirs: Toy, damage: str) -> None:
    cell = first(theirs)
    if damage == "gone":
        cell.record.unlink()
    elif damage == "cut":
        cell.record.write_bytes(cell.record.read_bytes()[:50])
    else:
        index = theirs.results / "cells.csv"
        lines = index.read_text().splitlines(keepends=True)
        index.write_text("".join([lines[0], *lines[2:]]))
    found = verdict(ours, theirs)
    assert found.counts()["missing"] == 1
    assert not found.agrees
    (missing,) = [c for c in found.cells if c.verdict == "missing"]
    assert missing.detail.endswith("there")


def test_a_folder_without_results_is_an_error(tmp_path: Path, theirs: Toy) -> None:
    with pytest.raises(ResultError, match="no results of"):
        Published.find(tmp_path / "none", EVENT)
    board = theirs.results / "leaderboard.json"
    board.write_text('{"rows": [{"team": "ants"}]}')
    with pytest.raises(ResultError, match="board is damaged"):
        open_results(theirs.root, EVENT).ranks()
    board.unlink()
    with pytest.raises(ResultError, match="no leaderboard"):
        open_results(theirs.root, EVENT)


HEADER, KEY = "team,model,fold,key\n", "0" * 32
BAD_INDEXES = [
    "team,model\na,b\n",
    f"{HEADER}a,b,x,{KEY}\n",
    f"{HEADER}a,b,0,../../{KEY}\n",
    f"{HEADER}a,b,0,{KEY}\na,b,0,{KEY}\n",
    "\0",
]


@pytest.mark.parametrize("text", BAD_INDEXES)
def test_a_damaged_index_is_an_error(theirs: Toy, text: str) -> None:
    (theirs.results / "cells.csv").write_text(text)
    with pytest.raises(ResultError, match="index is damaged"):
        _ = open_results(theirs.root, EVENT).index
