"""The page of all events: made of their boards, whatever they hold."""

from __future__ import annotations

import json
from pathlib import Path

from rampflow.commands.site import write_site
from rampflow.config.schemas import Member, Team
from rampflow.paths import Project
from rampflow.report.reuse import Use
from rampflow.report.shape import as_board
from rampflow.report.site import Evaluated, build_site
from tests.support.boards import make_board
from tests.test_page import HOSTILE, Page


def two_events() -> list[Evaluated]:
    other = make_board(3, 0, event={"name": "later", "title": "Later", "opened": "2016-01-01"})
    use = Use("la_nina/ridge", "kelvin/persistence", None, 0.5)
    own = Use("kelvin/ridge", "kelvin/persistence", None, 0.5)
    return [
        Evaluated("el_nino_2015", as_board(make_board(5, 2)), [use, own]),
        Evaluated("later", as_board(other)),
    ]


def test_events_teams_people_and_data_are_there() -> None:
    teams = {
        "kelvin": Team(
            display_name="Kelvin",
            members=(Member(name="Ada", affiliation="Lab"), Member(name="Bo")),
        )
    }
    text = build_site(two_events(), teams)
    words = Page(text).words
    assert words.index("Later") < words.index("El Niño RAMP 2015"), "the latest first"
    assert "Events2" in words
    assert "Entries102 failed" in words
    assert "People2who agreed to be named" in words
    assert "Ada LabBo" in words
    assert "is first, with RMSE 0.500 °C" in words
    row = words[words.index("Teams and people") :]
    assert row.index("Kelvin") < row.index("La Niña"), "its code is used by another team"
    assert "1 team" in row
    assert 'href="later/report/index.html"' in text
    assert "problems/el_nino/data/enso.nc" in words
    assert build_site(two_events()[::-1], teams) == text


def test_a_clone_without_events_and_hostile_names_give_a_page() -> None:
    assert "No event has been evaluated yet" in Page(build_site([], {})).words
    for text in HOSTILE:
        board = make_board(2, 1)
        board["event"].update(title=text, problem_title=text)
        for row in board["rows"]:
            row.update(team_name=text, display_name=text)
        page = Page(build_site([Evaluated("a", as_board(board))], {}))
        assert "script" not in page.tags
        assert "img" not in page.tags


def test_it_is_written_once_and_boards_of_other_versions_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    for name, board in {"good": make_board(2, 0), "old": {"rows": []}}.items():
        folder = tmp_path / "results" / name
        folder.mkdir(parents=True)
        (folder / "leaderboard.json").write_text(json.dumps(board))
    project = Project(tmp_path)
    write_site(project)
    before = project.site.stat().st_mtime_ns
    assert "good/report/index.html" in project.site.read_text()
    assert "old/report" not in project.site.read_text()
    write_site(project)
    assert project.site.stat().st_mtime_ns == before


def test_boards_of_a_challenge_are_linked_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    project = Project(tmp_path)
    path = project.event("good").leaderboard_json
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(make_board(1, 0)))
    page = project.challenge("good").part("public").page
    page.parent.mkdir(parents=True)
    page.write_text("")
    write_site(project)
    text = project.site.read_text()
    assert 'href="good/public/report/index.html"' in text
    assert "good/private" not in text
    assert "1 entry of 1 team" in text
