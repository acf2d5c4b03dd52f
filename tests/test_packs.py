"""Which missing cells share a job."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.cell.task import SubmissionTask, read_pack
from rampflow.errors import ConfigError, ResultError
from rampflow.paths import CellFolder
from rampflow.plan.flow import Flow
from rampflow.plan.packs import (
    FEW_PER_CORE,
    Pack,
    cell_seconds,
    expected_seconds,
    known_seconds,
    pack_cells,
    reliefs_of,
)
from rampflow.plan.plan import Cell
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toys import EVENT, make_toy


def cells_of(n_folds: list[int]) -> list[Cell]:
    """Return the missing cells of some submissions, by their number of folds."""
    return [
        Cell(SubmissionTask("team", f"m{i}", [], {}, 60, 1000, 1), fold, f"{i}.{fold}")
        for i, count in enumerate(n_folds)
        for fold in range(count)
    ]


EVENTS = st.lists(st.integers(0, 9), max_size=30)


@given(
    n_folds=EVENTS,
    seconds=st.dictionaries(st.integers(0, 30).map("team/m{}".format), st.floats(0.01, 1e4)),
    cores=st.integers(1, 16),
    pack_s=st.sampled_from([0.0, 1.0, 60.0, 1e9]),
)
def test_every_cell_has_one_place(
    n_folds: list[int], seconds: dict[str, float], cores: int, pack_s: float
) -> None:
    cells = cells_of(n_folds)
    alone, packs = pack_cells(cells, seconds, cores, pack_s)
    placed = [cell.key for cell in alone] + [key for pack in packs for key in pack.keys]
    assert sorted(placed) == sorted(cell.key for cell in cells)
    by_key = {cell.key: cell for cell in cells}
    for pack in packs:
        assert [by_key[key].fold for key in pack.keys] == list(pack.folds)
        assert {by_key[key].submission.name for key in pack.keys} == {pack.submission}
        assert len(pack.keys) * seconds.get(pack.submission, 0.0) <= pack_s
        assert len(pack.keys) * cores <= len(cells), "no core is without work"
    assert len({pack.name for pack in packs}) == len(packs)


def test_folds_are_divided_evenly() -> None:
    _, packs = pack_cells(cells_of([8, 8]), {}, cores=1, pack_s=60)
    assert [len(pack.keys) for pack in packs] == [8, 8]
    _, packs = pack_cells(cells_of([8]), {"team/m0": 20.0}, cores=1, pack_s=60)
    assert [pack.folds for pack in packs] == [(0, 1), (2, 3, 4), (5, 6, 7)]


@given(n_folds=EVENTS, cores=st.integers(1, 16))
def test_idle_cores_help_from_the_other_end(n_folds: list[int], cores: int) -> None:
    _, packs = pack_cells(cells_of(n_folds), {}, cores, pack_s=60)
    reliefs = reliefs_of(packs, cores)
    helped = [pack for pack in packs if len(pack.keys) > 1]
    is_helped = cores > 1 and len(packs) <= FEW_PER_CORE * cores
    assert len(reliefs) == (len(helped) if is_helped else 0)
    for pack, relief in zip(helped, reliefs, strict=False):
        assert relief.keys == pack.keys[::-1]
        assert relief.who == pack.who
        assert relief.name != pack.name


def test_few_cells_slow_ones_and_a_wish_have_jobs_of_their_own() -> None:
    cells = cells_of([8])
    assert pack_cells(cells, {}, cores=5, pack_s=60) == (cells, [])
    assert pack_cells(cells, {"team/m0": 31.0}, cores=1, pack_s=60) == (cells, [])
    assert pack_cells(cells, {}, cores=1, pack_s=0) == (cells, [])
    assert pack_cells([], {}, cores=1, pack_s=60) == ([], [])


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        ((0, 1, 2, 3), "folds 0 to 3"),
        ((0, 2, 3), "folds 0, 2, 3"),
        ((4, 5), "folds 4, 5"),
        ((7,), "fold 7"),
    ],
)
def test_a_pack_says_who_it_is(folds: tuple[int, ...], words: str) -> None:
    assert Pack("team/m0", folds, ("key",)).who == f"team/m0, {words}"
    assert Pack("team/m0", folds, ("key",), True).who == f"team/m0, {words} and refit"


def test_what_a_cell_took_is_read_from_its_run_record(tmp_path: Path) -> None:
    cell = CellFolder(tmp_path)
    assert cell_seconds(cell) is None
    cell.run.write_text(json.dumps({"train": {"wall_s": 1.5}, "predict": {"wall_s": 2}}))
    assert cell_seconds(cell) == 3.5
    cell.run.write_text("{")
    assert cell_seconds(cell) is None


def test_the_last_evaluation_says_what_cells_take(tmp_path: Path) -> None:
    done = evaluated(tmp_path / "toy")
    assert known_seconds(done.project, done.plan.results) == {"ants/line": 3.0, "bees/mean": 3.0}
    new = Evaluated(make_toy(tmp_path / "new"))
    assert known_seconds(new.project, new.plan.results) == {}


def test_cells_of_a_killed_run_say_what_the_others_take(tmp_path: Path) -> None:
    done = evaluated(tmp_path / "toy")
    done.plan.results.index.unlink()
    cells = done.plan.cells
    shutil.rmtree(done.project.cell(cells[0].key).folder)
    assert expected_seconds(done.plan, cells[:1]) == {cells[0].submission.name: 3.0}


def test_the_rules_are_given_packs_and_the_steps_find_them(tmp_path: Path) -> None:
    made = Evaluated(make_toy(tmp_path / "toy"))
    made.prepare()
    flow = Flow(made.toy.root, EVENT, cores=1)
    flow.hold()
    markers = flow.missing
    assert [Path(path).parent.name for path in markers] == [".state"] * 2
    assert flow.missing_files == []
    pack = Path(markers[0]).name.removeprefix("pack.")
    assert flow.who_packed(pack) == "bees/mean, folds 0, 1"
    assert flow.resource_packed(pack, "threads") == 1
    assert flow.resource_packed(pack, "runtime") == 2 * flow.resource(
        read_pack(made.project, EVENT, pack)[0], "runtime"
    )
    keys = [c.key for c in made.plan.cells if c.submission.name == "bees/mean"]
    assert read_pack(made.project, EVENT, pack) == keys
    with pytest.raises(ResultError, match="no pack of the plan"):
        read_pack(made.project, EVENT, "0" * 32)


def test_a_marker_of_a_killed_run_is_not_believed(tmp_path: Path) -> None:
    made = Evaluated(make_toy(tmp_path / "toy"))
    marker = made.plan.results.pack_done("0" * 32)
    marker.parent.mkdir(parents=True)
    marker.touch()
    Flow(made.toy.root, EVENT).hold()
    assert not marker.exists()


@pytest.mark.parametrize("value", ["x", "-1", "nan", "inf", -3.0])
def test_seconds_that_are_none_are_refused(tmp_path: Path, value: Any) -> None:
    toy = make_toy(tmp_path / "toy")
    with pytest.raises(ConfigError, match="not a number of seconds"):
        Flow(toy.root, EVENT, 1, value)
