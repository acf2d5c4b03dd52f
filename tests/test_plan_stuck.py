"""What SLURM never starts by itself is said once, of this evaluation only."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampflow.plan.stuck import Watch

ROOT = Path("/projects/toy")
LATER = "9999-01-01T00:00:00"


def line(
    state: str, reason: str, number: int = 7, submitted: str = LATER, root: Path = ROOT
) -> str:
    return f"{number}|{state}|{reason}|{submitted}|{root}\n"


@pytest.mark.parametrize(
    "reason",
    [
        "PartitionTimeLimit",
        "QOSMaxWallDurationPerJobLimit",
        "AssocMaxGRESPerJob",
        "QOSMaxMemoryPerJob",
        "InvalidAccount",
        "BadConstraints",
    ],
)
def test_a_job_that_never_starts_is_named_with_its_reason(reason: str) -> None:
    (said,) = Watch(ROOT).read(line("PENDING", reason))
    assert "will not start job 7" in said
    assert reason in said


@pytest.mark.parametrize("reason", ["JobHeldUser", "JobHeldAdmin", "launch_failed_requeued_held"])
def test_a_job_that_is_held_is_to_be_released(reason: str) -> None:
    (said,) = Watch(ROOT).read(line("PENDING", reason))
    assert "scontrol release 7" in said


def test_a_job_that_is_preempted_and_not_put_back_is_said() -> None:
    (said,) = Watch(ROOT).read(line("PREEMPTED", "None"))
    assert "slurm-requeue: true" in said


@pytest.mark.parametrize(
    "reason",
    ["Priority", "Resources", "BeginTime", "QOSMaxJobsPerUserLimit", "AssocGrpCpuLimit", "None"],
)
def test_what_passes_by_waiting_is_not_said(reason: str) -> None:
    assert Watch(ROOT).read(line("PENDING", reason)) == []


def test_each_thing_is_said_once() -> None:
    watch = Watch(ROOT)
    lines = line("PENDING", "PartitionTimeLimit") + line("PENDING", "PartitionTimeLimit", 8)
    assert len(watch.read(lines)) == 1
    assert watch.read(lines) == []
    assert len(watch.read(lines + line("PREEMPTED", "None", 9))) == 1


def test_jobs_of_others_and_of_an_earlier_run_are_not_ours() -> None:
    other = line("PENDING", "PartitionTimeLimit", root=ROOT / "other")
    earlier = line("PREEMPTED", "None", submitted="2015-05-21T09:00:00")
    assert Watch(ROOT).read(other + earlier) == []


def test_without_a_cluster_nothing_is_said() -> None:
    assert Watch(ROOT).look() == []
