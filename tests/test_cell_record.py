"""Cells on disk: written whole, once, and never overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rampflow.cell.record import (
    Outcome,
    host_record,
    publish_cell,
    read_cell,
    read_predictions,
)
from rampflow.errors import ResultError
from rampflow.hashing import file_sha256
from rampflow.paths import CellFolder, Project

KEY = "0" * 32
OK = Outcome()


def publish(project: Project, values: float = 1.0, outcome: Outcome = OK, **keys: Any) -> None:
    options: dict[str, Any] = {"together": False, "keep_model": False, **keys}
    project.work(KEY).folder.mkdir(parents=True, exist_ok=True)
    predictions = {p: np.full(3, values) for p in ("train", "valid", "test")}
    publish_cell(
        project,
        KEY,
        {"seed": 7},
        outcome,
        predictions if outcome.status == "ok" else {},
        {"train": {"seconds": values}},
        **options,
    )


def test_a_cell_names_the_hash_of_what_it_holds(tmp_path: Path) -> None:
    project = Project(tmp_path)
    publish(project)
    cell = project.cell(KEY)
    record = read_cell(cell)
    assert record["status"] == "ok"
    assert record["parts"] == {"seed": 7}
    assert record["key"] == KEY
    assert set(record["predictions"]) == {"train", "valid", "test"}
    for part, digest in record["predictions"].items():
        assert file_sha256(cell.predictions(part)) == digest
        np.testing.assert_array_equal(read_predictions(cell, part), np.ones(3))
    assert not project.work(KEY).folder.exists()
    assert not cell.model.exists()


def test_the_first_writer_wins(tmp_path: Path) -> None:
    project = Project(tmp_path)
    publish(project, 1.0)
    before = {p.name: p.read_bytes() for p in project.cell(KEY).folder.iterdir()}
    publish(project, 2.0)
    publish(project, outcome=Outcome("error", "train", "no"))
    assert {p.name: p.read_bytes() for p in project.cell(KEY).folder.iterdir()} == before


def test_times_and_hosts_are_kept_apart_from_what_is_keyed(tmp_path: Path) -> None:
    publish(Project(tmp_path))
    record = (tmp_path / "results" / "cells" / KEY / "cell.json").read_text()
    assert "seconds" not in record
    assert host_record()["host"] not in json.loads(record).values()


def test_a_failed_cell_is_a_cell_without_predictions(tmp_path: Path) -> None:
    project = Project(tmp_path)
    publish(project, outcome=Outcome("timeout", "predict", "took longer", "frames"))
    record = read_cell(project.cell(KEY))
    assert [record[k] for k in ("status", "step", "reason", "traceback", "predictions")] == [
        "timeout",
        "predict",
        "took longer",
        "frames",
        {},
    ]
    with pytest.raises(ResultError, match="cannot be read"):
        read_predictions(project.cell(KEY), "valid")


def test_what_an_interrupted_step_left_is_not_in_the_cell(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.work(KEY).cell.mkdir(parents=True)
    (project.work(KEY).cell / "left.npy").touch()
    publish(project)
    assert not (project.cell(KEY).folder / "left.npy").exists()


@pytest.mark.parametrize("keep", [True, False])
def test_the_model_is_kept_where_the_event_wants_it(tmp_path: Path, keep: bool) -> None:
    project = Project(tmp_path)
    work = project.work(KEY)
    work.model.parent.mkdir(parents=True)
    work.model.write_bytes(b"model")
    publish(project, keep_model=keep)
    assert project.cell(KEY).model.exists() == keep


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"text", None])
def test_predictions_that_are_cut_off_are_never_taken(
    tmp_path: Path, content: bytes | None
) -> None:
    cell = CellFolder(tmp_path)
    np.save(cell.predictions("valid"), np.arange(1000.0))
    whole = cell.predictions("valid").read_bytes()
    cell.predictions("valid").write_bytes(whole[:-1] if content is None else content)
    with pytest.raises(ResultError, match="cannot be read") as caught:
        read_predictions(cell, "valid")
    assert "valid.npy" in caught.value.where


def test_pickled_predictions_are_never_loaded(tmp_path: Path) -> None:
    cell = CellFolder(tmp_path)
    np.save(cell.predictions("valid"), np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(ResultError, match="cannot be read"):
        read_predictions(cell, "valid")


def test_an_absent_cell_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="does not exist"):
        read_cell(CellFolder(tmp_path))


def test_a_part_of_a_cell_is_none_and_does_not_block_its_key(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.cell(KEY).folder.mkdir(parents=True)
    project.cell(KEY).predictions("test").write_bytes(b"an interrupted copy")
    publish(project)
    assert read_cell(project.cell(KEY))["status"] == "ok"
    assert (project.retired(KEY, 0) / "test.npy").read_bytes() == b"an interrupted copy"
