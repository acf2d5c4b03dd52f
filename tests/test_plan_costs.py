"""What a run would take is told before it runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rampflow.commands.main import main
from rampflow.plan.costs import costs_of
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toys import make_toy


def test_earlier_cells_say_what_new_ones_take(tmp_path: Path) -> None:
    done = evaluated(tmp_path / "toy")
    assert costs_of(done.plan, 2).n_cells == 0
    for cell in done.plan.cells[::2]:
        shutil.rmtree(done.project.cell(cell.key).folder)
    costs = costs_of(done.plan, 2)
    assert (costs.n_cells, costs.n_guessed, costs.jobs_cluster) == (2, 0, 2)
    assert costs.longest_s == 3.0
    assert costs.cpu_hours * 3600 == pytest.approx(6.0)
    assert costs.files > 10
    assert 0 < costs.disk_mb < 1


def test_a_stated_time_stands_in_for_what_nobody_knows(tmp_path: Path) -> None:
    new = Evaluated(make_toy(tmp_path / "toy"))
    new.toy.configure(threads=2)
    new.toy.write("config/config.yaml", "event: toy_2015\ncell_s: 90\ncluster_pack_s: 100\n")
    new.prepare()
    costs = costs_of(new.plan, 1)
    assert (costs.n_cells, costs.n_guessed, costs.jobs_cluster) == (4, 4, 4)
    assert costs.cpu_hours == pytest.approx(4 * 90 * 2 / 3600)
    assert costs.wall_s(1) == pytest.approx(720)
    assert costs.wall_s(100) == costs.longest_s == 90


def test_the_plan_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = Evaluated(make_toy(tmp_path / "toy"))
    new.prepare()
    assert main(["--root", str(new.toy.root), "plan"]) == 0
    out = capsys.readouterr().out
    assert "0.067 CPU hours for 4 cells, 4 of them guessed" in out
    assert "on SLURM:    2 jobs of " in out
    assert main(["--root", str(new.toy.root), "plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["costs"]["jobs_cluster"] == 2
