"""What SLURM says is read; where there is none, nothing is said and nobody waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampflow.plan import slurm


@pytest.mark.parametrize(
    ("kind", "has"),
    [("accounting_storage/slurmdbd", True), ("accounting_storage/none", False), ("(null)", False)],
)
def test_accounts_are_kept_or_not(kind: str, has: bool) -> None:
    assert slurm.has_accounting({"AccountingStorageType": kind}) is has
    assert not slurm.has_accounting({})


@pytest.mark.parametrize(("age", "is_enough"), [("300 sec", True), ("2 sec", False), ("", False)])
def test_ended_jobs_are_remembered_long_enough(age: str, is_enough: bool) -> None:
    assert slurm.remembers({"MinJobAge": age}) is is_enough


def test_without_a_cluster_nothing_is_said(tmp_path: Path) -> None:
    assert slurm.configuration() == {}
    assert slurm.queue(tmp_path) is None
    assert slurm.plugin_arguments() == []


def test_squeue_is_asked_where_it_remembers_and_no_account_is_named_where_none_is_kept() -> None:
    kept = {"AccountingStorageType": "accounting_storage/slurmdbd"}
    asks = ["--slurm-status-command", "squeue"]
    assert slurm.arguments_for({}) == []
    assert slurm.arguments_for({"MinJobAge": "2 sec"}) == [*asks, "--slurm-no-account"]
    assert slurm.arguments_for({**kept, "MinJobAge": "300 sec"}) == asks
    assert slurm.arguments_for({**kept, "MinJobAge": "60 sec"}) == []


def test_a_queue_has_words() -> None:
    assert slurm.Queue({}, {}).words == "no jobs of this project"
    queue = slurm.Queue({"running": 2, "pending": 1200}, {"Priority": 1200})
    assert queue.words == "2 running, 1,200 pending (waiting for: Priority 1,200)"
