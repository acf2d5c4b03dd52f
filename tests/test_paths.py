"""Every path of a project, in one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampflow.errors import ConfigError
from rampflow.paths import AGGREGATES, CellFolder, EventResults, Prepared, Project, Work


def make_project(root: Path) -> Project:
    (root / "config" / "events").mkdir(parents=True)
    (root / "Snakefile").touch()
    return Project(root)


def test_a_project_is_found_from_any_folder_inside(tmp_path: Path) -> None:
    root = tmp_path / "a project"
    make_project(root)
    inside = root / "problems" / "x"
    inside.mkdir(parents=True)
    assert Project.find(inside) == Project.find(root) == Project(root.resolve())


@pytest.mark.parametrize("made", ["", "Snakefile", "config/events/"])
def test_half_a_project_is_none(tmp_path: Path, made: str) -> None:
    if made.endswith("/"):
        (tmp_path / made).mkdir(parents=True)
    elif made:
        (tmp_path / made).touch()
    with pytest.raises(ConfigError, match="not a rampflow project") as caught:
        Project.find(tmp_path)
    assert str(tmp_path) in caught.value.where


def test_users_read_paths_from_the_project(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    assert project.relative(project.event_file("x")) == "config/events/x.yaml"
    assert project.relative(project.submission("e", "t", "m")) == "submissions/e/t/m"
    assert project.relative(tmp_path / "elsewhere") == str(tmp_path / "elsewhere")


def test_the_layout_of_a_project() -> None:
    project = Project(Path("/p"))
    assert project.lock == Path("/p/requirements.lock")
    assert project.defaults == Path("/p/config/config.yaml")
    assert project.teams == Path("/p/config/teams.yaml")
    assert project.problem("x") == Path("/p/problems/x")
    assert project.cell("k") == CellFolder(Path("/p/results/cells/k"))
    assert project.work("k") == Work(Path("/p/results/work/k"))
    assert project.prepared("k") == Prepared(Path("/p/results/prepared/k"))
    assert project.event("e") == EventResults(Path("/p/results/e"))
    assert project.retired("k", 2) == Path("/p/results/retired/k.2")
    assert project.data_marker("x", "k") == Path("/p/results/data/x/k.json")


def test_the_layout_of_results() -> None:
    results = EventResults(Path("r"))
    assert results.index == Path("r/cells.csv")
    assert results.plan == Path("r/.state/plan.json")
    assert results.stamp("bag", "k") == Path("r/.state/bag.k")
    assert results.blended("valid") == Path("r/blend/valid.npy")
    assert results.page == Path("r/report/index.html")
    outputs = [path for step in AGGREGATES for path in results.outputs(step)]
    assert len(set(outputs)) == len(outputs) == 15
    cell = CellFolder(Path("c"))
    assert cell.scores("s") == Path("c/scores/s.json")
    assert cell.predictions("valid") == Path("c/valid.npy")


def test_labels_lie_apart_from_what_a_submission_is_shown() -> None:
    prepared = Prepared(Path("p"))
    for shown in (prepared.inputs("train"), prepared.inputs("test"), prepared.fold(0)):
        assert not prepared.labels("train").is_relative_to(shown)
        assert not shown.is_relative_to(prepared.labels("train").parent)
