"""The doctor says what is there, what to do, and by its exit code whether anything can run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rampflow.commands.main import main
from rampflow.paths import Project
from rampflow.plan import machine
from rampflow.plan.machine import findings
from rampflow.sandbox import devices
from rampflow.sandbox import probe as probing
from rampflow.sandbox.policy import Tier
from rampflow.sandbox.probe import Offer
from tests.support.toys import Toy, make_toy

LOOKED_AT = {"Python", "packages", "sandbox", "bubblewrap", "Landlock", "user namespaces", "user"}
LOOKED_AT |= {"limits of the kernel", "control groups", "disk", "DVC", "SLURM", "GPUs"}


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return make_toy(tmp_path / "toy")


def nothing_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def offer(tier: Tier) -> Offer:
        return Offer(tier, False, why_not=f"{tier} is missing", fix=f"install {tier}")

    monkeypatch.setattr(probing, "probe", offer)
    monkeypatch.setattr(machine, "probe", offer)


def test_everything_is_looked_at_and_what_is_not_good_has_a_remedy(toy: Toy) -> None:
    found = list(findings(Project(toy.root)))
    assert {finding.name for finding in found} == LOOKED_AT
    assert all(finding.said for finding in found)
    assert all(finding.do for finding in found if not finding.is_good)


def test_where_no_gpu_is_found_it_says_what_comes_of_a_wish_for_one(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "DEV", tmp_path)
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    for wanted in (0, 2):
        toy.configure(cluster={"gpus": wanted})
        found = {finding.name: finding for finding in findings(Project(toy.root))}["GPUs"]
        assert "runs without it, and its record says so" in found.said
        assert found.is_good == (wanted == 0)
        assert not found.is_needed


def test_a_machine_without_a_sandbox_can_run_only_what_wants_none(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing_works(monkeypatch)
    assert main(["--root", str(toy.root), "doctor"]) == 1
    out = capsys.readouterr().out
    assert "NO  sandbox" in out
    assert "do: install bwrap; or install landlock" in out
    toy.configure(sandbox="none")
    assert main(["--root", str(toy.root), "doctor", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["can_run"] is True
    sandbox = next(f for f in answer["findings"] if f["name"] == "sandbox")
    assert not sandbox["is_good"]
    assert "auto" in sandbox["do"]


def test_other_packages_than_those_locked_cannot_run(
    toy: Toy, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.write("requirements.lock", "numpy==0.0.1 \\\n")
    assert main(["--root", str(toy.root), "doctor"]) == 1
    assert "numpy 0.0.1 is locked" in capsys.readouterr().out


def test_a_remote_of_dvc_is_named(toy: Toy) -> None:
    toy.write(".dvc/config", "['remote \"store\"']\n    url = /somewhere\n")
    dvc = next(f for f in findings(Project(toy.root)) if f.name == "DVC")
    assert "remote store" in dvc.said
