"""The page on events, from their results: ``python -m rampflow.report.events_page``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rampflow.files import read_json
from rampflow.paths import Project
from rampflow.report import words
from rampflow.report.challenge_rows import team_rows
from rampflow.report.shape import (
    Board,
    Row,
    as_board,
    blend_score,
    failed,
    level_with_first,
    scored,
)

HEAD = """# Events

The boards of the events that come with rampflow, as one machine made them with `make run
EVENT=name`. Scores are the same on another one to within a tolerance (`rampflow verify`); times are
not. `=` marks entries that cannot be told apart from the first.

This page is made from their results by `python -m rampflow.report.events_page > docs/events.md`.
"""


def events_page(project: Project) -> str:
    """Return the page as Markdown: a section for each event that has been evaluated.

    Parameters
    ----------
    project : Project
        Whose ``config/events`` and results are read.

    Returns
    -------
    str
        Markdown.
    """
    names = sorted(path.stem for path in project.events.glob("*.yaml"))
    parts = [HEAD]
    for name in names:
        path = project.event(name).leaderboard_json
        if path.exists():
            parts.append(_section(as_board(read_json(path))))
        path = project.challenge(name).part("private").leaderboard_json
        if path.exists():
            parts.append(_teams(read_json(path)))
    return "\n".join(parts)


def _section(board: Board) -> str:
    event, metric = board["event"], board["metric"]
    counts = f"{event['n_train']} training and {event['n_test'] or 0} test rows"
    facts = f"{words.count(event['n_folds'], 'fold', 'folds')}, {counts}; ranked on the "
    facts += f"{board['ranked_on']} score, {words.better(metric)}"
    problem = event["problem"]
    lines = [
        f"## {_cell(words.name(event['title']))}",
        "",
        f"`make run EVENT={event['name']}`; the problem: "
        f"[{problem}](../problems/{problem}/README.md). {facts}.",
        "",
        *_table(board),
    ]
    if failures := failed(board):
        lines += ["", f"{words.count(len(failures), 'entry', 'entries')} failed: "]
        lines[-1] += "; ".join(f"{_who(row)} ({words.status(row)})" for row in failures) + "."
    return "\n".join(lines) + "\n"


def _table(board: Board) -> Iterator[str]:
    metric = board["metric"]
    yield f"| rank | team | entry | {words.metric_heading(metric)} | contributivity | train (s) |"
    yield "|---:|---|---|---:|---:|---:|"
    is_marked = bool(level_with_first(board))
    for row in scored(board):
        mark = "=" if is_marked and row["is_level_with_first"] else ""
        team, entry = _cell(words.team_name(row)), _cell(words.entry_name(row))
        yield (
            f"| {mark}{row['rank']} | {team} | {entry} "
            f"| {words.score(metric, row['score'])} | {words.percent(row['contributivity'])} "
            f"| {words.seconds(row['train_time'])} |"
        )
    if words.finite(blend_score(board)) is not None:
        yield f"| | the blend | | {words.score(metric, blend_score(board))} | | |"
    for reference in board["references"]:
        if words.finite(reference["score"]) is not None:
            what = "known limit" if reference["is_limit"] else "reference"
            score = words.score(metric, reference["score"])
            yield f"| | {what} | {_cell(words.name(reference['name']))} | {score} | | |"


def _teams(board: Mapping[str, Any]) -> str:
    """Return the private board of a challenge, one row per team."""
    n_rows = f"{board['event']['n_rows']:,} of {board['event']['n_test']:,} test rows"
    lines = [
        f"The challenge, with files of predictions beside the code: the private board, {n_rows}.",
        "",
        f"| rank | change | team | {words.metric_heading(board['metric'])} | entries |",
        "|---:|---:|---|---:|---:|",
    ]
    clock = words.common_clock(words.moment(row["last_submission"]) for row in board["rows"])
    for row in team_rows(board, clock):
        rank = f"{'=' if row['is_level'] else ''}{row['rank'] or ''}"
        facts = (rank, row["change"], _cell(row["team"]), row["score"], row["entries"])
        lines.append(f"| {' | '.join(map(str, facts))} |")
    return "\n".join(lines) + "\n"


def _who(row: Row) -> str:
    return _cell(f"{words.team_name(row)}, {words.entry_name(row)}")


def _cell(text: str) -> str:
    """Return text that Markdown shows as it is, in a table too."""
    return re.sub(r"([\\`*_|<&\[])", r"\\\1", text)


if __name__ == "__main__":
    print(events_page(Project(Path.cwd())), end="")
