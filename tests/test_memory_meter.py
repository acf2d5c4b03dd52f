"""The memory of a process tree is read cheaply and is never a stale value above the limit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rampflow.cell import processes
from rampflow.cell.processes import MemoryMeter

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")

HOLDS_40_MB = "import time; x = bytearray(40_000_000); print(1, flush=True); time.sleep(900)"
SHARES_40_MB = HOLDS_40_MB.replace("print", "import os; os.fork(); print")


@pytest.fixture
def tree(request: pytest.FixtureRequest) -> Iterator[list[int]]:
    """Return the processes of a program that has said what it holds."""
    command = [sys.executable, "-c", request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for _ in range(2 if "fork" in request.param else 1):
            process.stdout.readline()
        pids = [process.pid, *processes.descendants(process.pid)]
        yield pids
        for pid in pids:
            os.kill(pid, 9)


@pytest.mark.parametrize("tree", [HOLDS_40_MB], indirect=True)
def test_one_process_alone_is_read_without_the_costly_sum(
    tree: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = processes.memory_bytes(tree)
    monkeypatch.setattr(processes, "memory_bytes", lambda pids: pytest.fail("the costly sum"))
    assert MemoryMeter().read(tree, 1e9) == pytest.approx(exact, rel=0.2)
    assert exact > 40e6


@pytest.mark.parametrize("tree", [SHARES_40_MB], indirect=True)
def test_what_two_processes_share_counts_once(tree: list[int]) -> None:
    assert len(tree) == 2
    assert 40e6 < MemoryMeter().read(tree, 1e9) < 75e6


@pytest.mark.parametrize("tree", [SHARES_40_MB], indirect=True)
def test_shared_memory_is_not_taken_for_a_passed_limit(tree: list[int]) -> None:
    assert MemoryMeter().read(tree, 76e6) < 76e6  # twice 40 MB would be above


def test_several_processes_are_summed_once_a_second_below_the_limit_and_at_once_above(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bounds, sums = {1: 30, 2: 30}, iter([40, 90, 95])
    clock = [100.0]
    monkeypatch.setattr(processes, "_memory_bound", lambda pid: bounds[pid])
    monkeypatch.setattr(processes, "memory_bytes", lambda pids: next(sums))
    monkeypatch.setattr(processes.time, "monotonic", lambda: clock[0])
    meter = MemoryMeter()
    assert meter.read([1, 2], 80) == 40
    clock[0] += processes.MEASURE_SECONDS / 2
    assert meter.read([1, 2], 80) == 40, "the last sum, for a second"
    bounds[2] = 60
    assert meter.read([1, 2], 80) == 90, "the bound is above the limit: now the sum is needed"
    bounds[2] = 30
    clock[0] += 2 * processes.MEASURE_SECONDS
    assert meter.read([1, 2], 80) == 95
