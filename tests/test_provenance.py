"""What a board depends on: a commit is named only with a true word on what it lacks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rampflow.board.provenance import code_state, provenance
from rampflow.paths import Project
from rampflow.plan.plan import make_plan
from tests.support.evaluated import evaluated
from tests.support.toys import EVENT

TRACKED = ("Snakefile", "submissions/e/bees/mean/regressor.py")
PERSON = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a project whose files are all committed; the folder ``results/`` is ignored."""
    for name in TRACKED:
        write(tmp_path / name)
    write(tmp_path / ".gitignore", "/results/\n")
    for command in (("init", "-q"), ("add", "."), (*PERSON, "commit", "-q", "-m", "all")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def write(path: Path, text: str = "a\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_committed_project_is_clean(repository: Path) -> None:
    state = code_state(Project(repository))
    assert state["clean"] is True
    assert len(state["commit"]) == 40


@pytest.mark.parametrize("name", TRACKED)
def test_a_changed_file_is_a_change(repository: Path, name: str) -> None:
    write(repository / name, "b\n")
    assert code_state(Project(repository))["clean"] is False


@pytest.mark.parametrize(
    "folder", ["submissions/e/ants", "problems/p", "config", "workflow/rampflow", "rules"]
)
def test_a_new_file_among_the_sources_is_a_change(repository: Path, folder: str) -> None:
    write(repository / folder / "new.py")
    assert code_state(Project(repository))["clean"] is False


def test_a_new_file_elsewhere_is_none(repository: Path) -> None:
    write(repository / "notes.txt")
    write(repository / "results" / "x" / "leaderboard.json")
    assert code_state(Project(repository))["clean"] is True


def test_outside_git_nothing_is_known(tmp_path: Path) -> None:
    assert code_state(Project(tmp_path)) == {"commit": None, "clean": None}


def test_scores_and_data_are_named_by_their_keys(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy")
    plan = make_plan(made.project, EVENT)
    found = provenance(made.project, plan.tasks, plan.loaded)
    assert found["score_key"] == plan.tasks.score
    assert {row["path"]: row["md5"] for row in found["data"]} == plan.data.parts
    assert all(row["md5"].startswith("sha256:") for row in found["data"])
