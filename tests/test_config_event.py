"""An event as it stands in the files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.config.event import default_event, load_event, load_event_file, load_teams
from rampflow.config.schemas import Challenge, Event, Limits, Rules, Uncertainty
from rampflow.errors import ConfigError, RampflowError, Several
from rampflow.paths import Project
from tests.support.toys import EVENT, Toy, make_toy


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return make_toy(tmp_path / "toy")


def error_of(toy: Toy) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_event(Project(toy.root), EVENT)
    return caught.value


def test_submissions_come_in_the_order_of_time_then_team_then_model(toy: Toy) -> None:
    at = "2015-05-21T10:00:00Z"
    toy.add_submission("bees", "b", submitted_at=at)
    toy.add_submission("bees", "a", submitted_at="2015-05-21T12:00:00+02:00")  # the same moment
    toy.add_submission("ants", "z", submitted_at=at)
    toy.add_submission("wasps", "early", submitted_at="2015-05-21T11:59:59+02:00")
    loaded = load_event(Project(toy.root), EVENT)
    names = [s.name for s in loaded.submissions]
    assert names == ["wasps/early", "ants/z", "bees/a", "bees/b", "bees/mean", "ants/line"]
    assert loaded.teams["ants"].display_name == "The Ants"


def test_the_default_event(toy: Toy) -> None:
    assert default_event(Project(toy.root)) == EVENT


def test_wishes_are_capped_by_the_event(toy: Toy) -> None:
    toy.configure(limits={"time_s": 10, "memory_mb": 100}, threads=2)
    toy.add_submission("ants", "m", resources={"time_s": 99, "memory_mb": 50, "threads": 8})
    found = {s.name: s for s in load_event(Project(toy.root), EVENT).submissions}
    asked, silent = found["ants/m"], found["bees/mean"]
    assert (asked.limits.time_s, asked.limits.memory_mb, asked.threads) == (10, 50, 2)
    assert (silent.limits.time_s, silent.limits.memory_mb, silent.threads) == (10, 100, 2)


def test_what_people_read_is_the_display_name(toy: Toy) -> None:
    toy.add_submission("ants", "m", display_name="Größer")
    found = {s.name: s.display_name for s in load_event(Project(toy.root), EVENT).submissions}
    assert found == {"ants/m": "Größer", "bees/mean": "mean", "ants/line": "line"}


@pytest.mark.parametrize("name", ["other", "../config", "", "Toy", "a/b"])
def test_an_unknown_event_lists_those_that_exist(toy: Toy, name: str) -> None:
    with pytest.raises(ConfigError, match="there is no event") as caught:
        load_event_file(Project(toy.root), name)
    assert EVENT in caught.value.do


def test_an_unknown_problem_lists_those_that_exist(toy: Toy) -> None:
    toy.configure(problem="none")
    error = error_of(toy)
    assert error.where == f"config/events/{EVENT}.yaml: problem"
    assert error.do == "problems: toy"


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no such file": ({"entry": ["none.py"]}, "entry", "'none.py' is not in the folder"),
    "unknown source": (
        {"builds_on": [{"submission": "x/y", "credit": 1}]},
        "builds_on[0].submission",
        "there is no submission 'x/y'",
    ),
    "itself": (
        {"builds_on": [{"submission": "ants/m", "credit": 1}]},
        "builds_on[0].submission",
        "not handed in earlier",
    ),
    "a later source": (
        {"builds_on": [{"submission": "ants/line", "credit": 1}]},
        "builds_on[0].submission",
        "not handed in earlier",
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_submission_is_named_with_file_and_key(toy: Toy, case: str) -> None:
    keys, key, words = CASES[case]
    toy.add_submission("ants", "m", **keys)
    error = error_of(toy)
    assert error.where == f"submissions/{EVENT}/ants/m/submission.yaml: {key}"
    assert words in error.what


def test_the_team_is_that_of_the_folder(toy: Toy) -> None:
    toy.edit(f"submissions/{EVENT}/bees/mean/submission.yaml", "team: bees", "team: ants")
    error = error_of(toy)
    assert error.what == "the team is 'ants' but the folder is 'bees'"
    assert error.where == f"submissions/{EVENT}/bees/mean/submission.yaml: team"


@pytest.mark.parametrize(("team", "model"), [("Ants", "m"), ("ants", "My Model"), ("a;b", "m")])
def test_names_that_reach_shells_and_paths_are_checked(toy: Toy, team: str, model: str) -> None:
    toy.add_submission(team, model)
    error = error_of(toy)
    assert "has no valid name" in error.what
    assert "display_name" in error.do


def test_links_are_not_followed(toy: Toy) -> None:
    toy.add_submission("ants", "m")
    folder = toy.root / "submissions" / EVENT / "ants" / "m"
    (folder / "secret").symlink_to("/etc/hostname")
    error = error_of(toy)
    assert "links are not allowed" in error.what
    assert error.where.endswith("ants/m/secret")


def test_a_folder_without_a_description_is_an_error(toy: Toy) -> None:
    toy.write(f"submissions/{EVENT}/ants/m/regressor.py", "")
    assert error_of(toy).where == f"submissions/{EVENT}/ants/m/submission.yaml"


def test_several_errors_are_reported_at_once(toy: Toy) -> None:
    toy.add_submission("ants", "m", entry=["none.py"])
    toy.write("config/teams.yaml", "Bad Name: {display_name: x}\nants: 3\nbees: {colour: red}\n")
    with pytest.raises(Several) as caught:
        load_event(Project(toy.root), EVENT)
    wheres = [error.where for error in caught.value.errors]
    assert len(wheres) == 5
    assert all("submission.yaml" in w or "config/teams.yaml" in w for w in wheres)


def test_hidden_folders_and_caches_are_no_submissions(toy: Toy) -> None:
    for folder in (".git/x", "ants/.ipynb", "ants/__pycache__", "__pycache__/y"):
        (toy.root / "submissions" / EVENT / folder).mkdir(parents=True)
    assert len(load_event(Project(toy.root), EVENT).submissions) == 2


def test_no_folder_of_submissions_is_an_error_and_no_teams_are_none(toy: Toy) -> None:
    toy.configure(title="Other")
    (toy.root / "config" / "teams.yaml").unlink()
    assert load_teams(Project(toy.root)) == {}
    (toy.root / "submissions").rename(toy.root / "elsewhere")
    assert "no folder of submissions" in error_of(toy).what


@settings(max_examples=40)
@given(
    path=st.sampled_from(
        [
            f"config/events/{EVENT}.yaml",
            "config/teams.yaml",
            f"submissions/{EVENT}/bees/mean/submission.yaml",
        ]
    ),
    content=st.text(alphabet="ab:-[]{}&*!|'\"#, \n0~.é", max_size=30),
)
def test_junk_anywhere_is_an_error_that_names_the_file(toy: Toy, path: str, content: str) -> None:
    before = (toy.root / path).read_bytes()
    toy.write(path, content)
    found: list[RampflowError] = []
    try:
        load_event(Project(toy.root), EVENT)
    except Several as several:
        found = several.errors
    except ConfigError as error:
        found = [error]
    finally:
        toy.write(path, before)
    assert found or path == "config/teams.yaml"
    assert all(path in error.where for error in found)


def test_the_default_event_shows_every_key(repo: Path) -> None:
    """A key stands there with a value or, where it has none, as a comment."""
    text = (repo / "config" / "events" / "el_nino_2015.yaml").read_text(encoding="utf-8")
    shown = set(re.findall(r"^ *#? *([a-z_]+):(?: |$)", text, flags=re.MULTILINE))
    schemas = (Event, Limits, Uncertainty, Rules, Challenge)
    assert {key for schema in schemas for key in schema.model_fields} <= shown
