"""No two steps get the same GPU; a step that declares one opens it, and its record says which."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from rampflow.cell import processes
from rampflow.cell.gpus import claimed_gpus
from rampflow.cell.pack import run_pack
from rampflow.cell.predict import predict
from rampflow.cell.train import train
from rampflow.files import held, read_json
from rampflow.paths import Project
from rampflow.plan.plan import Cell
from rampflow.sandbox import devices
from rampflow.sandbox.policy import Tier
from tests.support.evaluated import Evaluated
from tests.support.gpus import make_nodes
from tests.support.need import need_sandbox
from tests.support.toys import make_toy

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")

OPENS = """
import glob, os
import numpy as np

class Regressor:
    def fit(self, X, y):
        for node in NODES:
            try:
                with open(node, "r+b", buffering=0) as opened:
                    print(os.path.basename(node), opened.read(2))
            except OSError as error:
                print(os.path.basename(node), type(error).__name__)

    def predict(self, X):
        return np.zeros(len(X))
"""

FILLS = """
import os, time

class Regressor:
    def fit(self, X, y):
        kept = [os.memfd_create(str(number)) for number in range(16)]
        for descriptor in kept:
            for _ in range(6):
                os.write(descriptor, bytes(2**23))
        time.sleep(60)

    def predict(self, X): pass
"""


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with two GPUs, where no job of SLURM runs; return its device folder."""
    dev = make_nodes(tmp_path, "nvidia0", "nvidia1", "nvidiactl")
    for name in ("SLURM_JOB_ID", *devices.OF_SLURM, *devices.INDEXES["nvidia"]):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(devices, "DEV", dev)
    return dev


def test_a_step_that_declares_none_is_given_none(two: Path, tmp_path: Path) -> None:
    with claimed_gpus(Project(tmp_path), 0) as given:
        assert given == devices.Devices()


def test_a_gpu_is_given_once(two: Path, tmp_path: Path) -> None:
    project = Project(tmp_path)
    with claimed_gpus(project, 1) as first, claimed_gpus(project, 1) as second:
        assert {gpu.number for gpu in (*first.gpus, *second.gpus)} == {0, 1}
        assert two / "nvidiactl" in first.nodes
    with claimed_gpus(project, 2) as both:
        assert [gpu.number for gpu in both.gpus] == [0, 1]
    with claimed_gpus(project, 5) as all_there_are:
        assert all_there_are.as_record()["declared"] == 5
        assert len(all_there_are.gpus) == 2


def test_a_step_waits_for_the_one_before_and_is_not_starved(two: Path, tmp_path: Path) -> None:
    project, numbers, has_begun = Project(tmp_path), [], threading.Event()

    def want_both() -> None:
        has_begun.set()
        with claimed_gpus(project, 2) as given:
            numbers.extend(gpu.number for gpu in given.gpus)

    with claimed_gpus(project, 1):
        waiting = threading.Thread(target=want_both)
        waiting.start()
        assert has_begun.wait(60)
        assert not numbers
    waiting.join(60)
    assert numbers == [0, 1]


def test_a_job_of_slurm_takes_what_it_was_given(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_JOB_GPUS", "1")
    project = Project(tmp_path)
    with held(project.gpu_lock("anybody", "nvidia1")), claimed_gpus(project, 1) as given:
        assert [gpu.number for gpu in given.gpus] == [1]


def test_steps_of_one_job_of_slurm_take_turns_and_those_of_two_do_not(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_GPUS", "0,1")
    project = Project(tmp_path)
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    with claimed_gpus(project, 1) as first, claimed_gpus(project, 1) as second:
        assert {gpu.number for gpu in (*first.gpus, *second.gpus)} == {0, 1}
        monkeypatch.setenv("SLURM_JOB_ID", "8")
        with claimed_gpus(project, 2) as others:
            assert [gpu.number for gpu in others.gpus] == [0, 1]


def hand_in(made: Evaluated, tier: Tier, dev: Path, n_gpus: int, code: str = OPENS) -> Cell:
    """Hand in one submission that tries to open all nodes; return its first cell."""
    made.toy.configure(sandbox=str(tier), cluster={"gpus": 1})
    nodes = [str(dev / name) for name in ("nvidia0", "nvidia1", "nvidiactl")]
    code = code.replace("NODES", repr(nodes))
    resources = {"gpus": n_gpus, "memory_mb": 600}
    made.toy.add_submission("ants", "opens", code, resources=resources)
    made.prepare()
    return made.plan.cells[0]


def run_record(made: Evaluated, cell: Cell) -> dict[str, Any]:
    """Return the run record of a cell, which must be a good one."""
    folder = made.project.cell(cell.key)
    assert read_json(folder.record)["status"] == "ok"
    record: dict[str, Any] = read_json(folder.run)
    return record


@pytest.mark.parametrize("tier", [Tier.BWRAP, Tier.LANDLOCK])
def test_a_cell_opens_the_gpu_that_it_declares_and_the_record_says_so(
    two: Path, tmp_path: Path, tier: Tier
) -> None:
    need_sandbox(tier)
    made = Evaluated(make_toy(tmp_path / "toy", submissions=False))
    cell = hand_in(made, tier, two, 1)
    plan = made.plan
    train(plan.project, plan.tasks, cell.key)
    predict(plan.project, plan.tasks, cell.key)
    run = run_record(made, cell)
    nodes = [str(two / name) for name in ("nvidia0", "nvidiactl")]
    for step in ("train", "predict"):
        assert run[step]["gpus"] == {"declared": 1, "devices": nodes}
    hidden = "FileNotFoundError" if tier is Tier.BWRAP else "PermissionError"
    said = [r"nvidia0 b'\x00\x00'", f"nvidia1 {hidden}", r"nvidiactl b'\x00\x00'"]
    assert run["train"]["log"].splitlines() == said


def test_memory_that_has_no_name_is_limited_too(two: Path, tmp_path: Path) -> None:
    need_sandbox(Tier.LANDLOCK)
    made = Evaluated(make_toy(tmp_path / "toy", submissions=False))
    cell = hand_in(made, Tier.LANDLOCK, two, 1, FILLS)
    plan = made.plan
    train(plan.project, plan.tasks, cell.key)
    assert read_json(plan.project.work(cell.key).trained)["outcome"]["status"] == "memory"


def test_a_pack_that_declares_one_starts_afresh_and_runs_without_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "DEV", tmp_path)
    made = Evaluated(make_toy(tmp_path / "toy", submissions=False))
    cell = hand_in(made, Tier.NONE, tmp_path, 1)
    run_pack(made.project, made.plan.tasks, "pack", [cell.key])
    run = run_record(made, cell)
    for step in ("train", "predict"):
        assert run[step]["gpus"] == {"declared": 1, "devices": []}
        assert run[step]["start"] == "fresh"


def test_declared_gpus_are_a_part_of_the_key_and_those_there_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Evaluated(make_toy(tmp_path / "toy", submissions=False))
    without = hand_in(made, Tier.NONE, tmp_path, 0).key
    cell = hand_in(made, Tier.NONE, tmp_path, 1)
    assert made.plan.tasks.parts(cell.submission, 0)["gpus"] == 1
    assert cell.key != without
    monkeypatch.setattr(devices, "DEV", tmp_path)
    assert made.plan.cells[0].key == cell.key


def test_files_in_memory_count_though_nobody_maps_them() -> None:
    before = processes.nameless_bytes([os.getpid()])
    descriptor = os.memfd_create("x")
    again = os.dup(descriptor)
    try:
        os.write(descriptor, bytes(2**22))
        assert processes.nameless_bytes([os.getpid()]) - before == 2**22
    finally:
        os.close(descriptor)
        os.close(again)
