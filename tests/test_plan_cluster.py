"""What a cluster is asked for: every cell has one place, and every attempt has time for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.cell.task import SubmissionTask
from rampflow.config.schemas import Cluster
from rampflow.paths import Project
from rampflow.plan.cluster import (
    ATTEMPTS,
    board_memory,
    memory_of,
    minutes_of,
    n_predictions,
    pack_for_cluster,
    places,
)
from rampflow.plan.packs import Pack
from rampflow.plan.plan import Cell
from tests.support.evaluated import evaluated

TASK = SubmissionTask("team", "m", [], {}, 60, 1000, 1)
LIMITS = TASK.limits
NOWHERE = Project(Path("/nowhere"))


def cells_of(n_folds: list[int]) -> list[Cell]:
    """Return the missing cells of some submissions, by their number of folds."""
    return [
        Cell(replace(TASK, model=f"m{i}"), fold, f"{i}.{fold}")
        for i, count in enumerate(n_folds)
        for fold in range(count)
    ]


@given(
    n_folds=st.lists(st.integers(0, 20), max_size=12),
    seconds=st.dictionaries(st.integers(0, 12).map("team/m{}".format), st.floats(0.01, 1e4)),
    pack_s=st.sampled_from([0.0, 60.0, 1800.0, 1e9]),
    stated_s=st.floats(0.1, 5000),
)
def test_every_cell_has_one_place_in_a_job_of_the_wanted_length(
    n_folds: list[int], seconds: dict[str, float], pack_s: float, stated_s: float
) -> None:
    cells = cells_of(n_folds)
    packs = pack_for_cluster(NOWHERE, cells, seconds, pack_s, stated_s)
    placed = [key for pack in packs for key in pack.keys]
    assert placed == [cell.key for cell in cells]
    assert len({pack.name for pack in packs}) == len(packs)
    for pack in packs:
        assert pack.seconds_each == seconds.get(pack.submission, stated_s)
        assert len(pack.keys) == 1 or len(pack.keys) * pack.seconds_each <= pack_s


def test_slow_cells_have_a_job_each_and_short_ones_share_one() -> None:
    seconds = {"team/m0": 2000.0, "team/m1": 3.0}
    packs = pack_for_cluster(NOWHERE, cells_of([3, 8]), seconds, 1800, 60)
    assert [pack.who for pack in packs] == [
        "team/m0, fold 0",
        "team/m0, fold 1",
        "team/m0, fold 2",
        "team/m1, folds 0 to 7",
    ]


def test_cells_that_only_lack_scores_take_no_time(tmp_path: Path) -> None:
    done = evaluated(tmp_path / "toy")
    slow = {"ants/line": 2000.0, "bees/mean": 2000.0}
    packs = pack_for_cluster(done.project, done.plan.cells, slow, 1800, 60)
    assert [len(pack.keys) for pack in packs] == [2, 2]


@given(
    count=st.integers(1, 100),
    seconds=st.floats(0, 1e4),
    time_s=st.floats(1, 1e5),
    attempt=st.integers(1, ATTEMPTS + 2),
)
def test_each_attempt_has_time_for_a_cell_and_the_last_for_the_worst(
    count: int, seconds: float, time_s: float, attempt: int
) -> None:
    limits = replace(LIMITS, time_s=time_s)
    pack = Pack("team/m", tuple(range(count)), tuple(map(str, range(count))), False, seconds)
    minutes = minutes_of(limits, pack, attempt)
    assert minutes * 60 >= 3 * time_s, "train, predict, and train again"
    assert minutes_of(limits, pack, attempt + 1) >= minutes
    if attempt >= ATTEMPTS:
        assert minutes * 60 >= 3 * time_s * count


def test_memory_is_that_of_the_step_and_its_files_and_who_looks_after_it() -> None:
    assert memory_of(replace(LIMITS, memory_mb=2000, disk_mb=1000)) > 3000 + 500
    assert board_memory(10**9) > 8000


def test_predictions_are_counted(tmp_path: Path) -> None:
    done = evaluated(tmp_path / "toy")
    assert n_predictions(done.plan) == 2 * (10 + 2 * 6)


@pytest.mark.parametrize("name", ["partition", "account", "qos", "constraint"])
def test_an_event_says_where_only_as_far_as_it_says_so(name: str) -> None:
    (word,) = places(Cluster(**{name: "x"})).items()
    assert word[1] == "x"
    assert word[0].endswith(name)
    assert places(Cluster()) == {}
