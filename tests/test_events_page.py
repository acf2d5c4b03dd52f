"""The page on events: every evaluated one, and names that stay names in Markdown."""

from __future__ import annotations

from pathlib import Path

from rampflow.files import write_json
from rampflow.paths import Project
from rampflow.report.events_page import events_page
from tests.support.boards import make_board, make_reference
from tests.support.challenge_boards import make_challenge_board


def page(root: Path, **boards: object) -> str:
    project = Project(root)
    project.events.mkdir(parents=True)
    for name in ("not_evaluated", *boards):
        project.event_file(name).touch()
    for name, board in boards.items():
        write_json(project.event(name).leaderboard_json, board)
    return events_page(project)


def test_an_event_that_was_not_evaluated_has_no_section(tmp_path: Path) -> None:
    text = page(tmp_path, one=make_board(event={"name": "one", "title": "First"}))
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## First"]
    assert "`make run EVENT=one`" in text


def test_every_ranked_entry_the_blend_and_the_references_have_a_row(tmp_path: Path) -> None:
    limit = make_reference("the optimum", 0.4, is_limit=True)
    text = page(tmp_path, one=make_board(5, 2, references=[limit]))
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    assert [row[1].strip().lstrip("=") for row in rows] == ["rank", *"12345", "", ""]
    assert [row[2].strip() for row in rows[-2:]] == ["the blend", "known limit"]
    assert {len(row) for row in rows} == {8}
    assert "2 entries failed: " in text


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    board = make_board(1, 0)
    board["rows"][0]["team_name"] = "a | b <script> *c* [d](e) `f`"
    row = next(line for line in page(tmp_path, one=board).splitlines() if "script" in line)
    assert "a \\| b \\<script> \\*c\\* \\[d](e) \\`f\\`" in row


def test_a_challenge_shows_its_private_board_too(tmp_path: Path) -> None:
    private = Project(tmp_path).challenge("one").part("private").leaderboard_json
    write_json(private, make_challenge_board())
    lines = page(tmp_path, one=make_board()).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("The challenge"))
    assert "450,000 of 550,000 test rows" in lines[start]
    teams = [line.split("|")[3].strip() for line in lines[start + 4 :] if line.startswith("| ")]
    assert len(teams) == 4  # two teams, the baseline and the reference
    assert "Otters" in teams[0]
