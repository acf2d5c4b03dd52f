"""The summary that the run of a challenge ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from rampflow.report import words
from rampflow.report.challenge_rows import ranked, team_rows
from rampflow.report.terminal import N_FAILED, N_ROWS, print_renderable


def print_challenge(
    board: Mapping[str, Any], paths: Mapping[str, str | Path], *, file: TextIO | None = None
) -> None:
    """Print the first teams of a board, the best row without a rank, and what does not count.

    Parameters
    ----------
    board : mapping
        The content of a part's ``leaderboard.json``.
    paths : mapping of str to str or Path
        What to show last, in this order.
    file : text stream, optional
        Standard error by default.
    """
    from rich.console import Group

    parts = [_title(board)]
    if board["rows"] or board["references"]:
        parts.append(_table(board))
    lines = [] if board["rows"] else ["No team has a score."]
    if said := words.sandbox(board["event"]):
        lines.append(f"Sandbox: {said}")
    lines += _not_counted(board)
    width = max((len(label) for label in paths), default=0)
    lines += [f"{label:<{width}}  {words.visible(str(path))}" for label, path in paths.items()]
    print_renderable(Group(*parts, *map(_line, lines)), file)


def _line(text: str, style: str = "") -> Any:
    from rich.text import Text

    return Text(text, style=style, no_wrap=True, overflow="ignore")


def _title(board: Mapping[str, Any]) -> Any:
    event, metric = board["event"], board["metric"]
    title = _line(words.name(event["title"]) or words.name(event["name"]), "bold")
    n_rows = f"{event['n_rows']:,} of {event['n_test']:,} test rows"
    for fact in (event["phase"], f"{board['part']} board", n_rows, words.better(metric)):
        title.append(f" · {words.name(fact)}", style="not bold dim")
    return title


def _table(board: Mapping[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column("Δ", justify="right", no_wrap=True)
    table.add_column("team", no_wrap=True, overflow="ellipsis")
    numbers = [words.metric_heading(board["metric"]), "entries", "last submission", "best − last"]
    for heading in numbers:
        table.add_column(Text(heading), justify="right", no_wrap=True)
    clock = words.common_clock(words.moment(row["last_submission"]) for row in board["rows"])
    rows = team_rows(board, clock)
    first = [row for row in rows if row["rank"]][:N_ROWS]
    unranked = [row for row in rows if not row["rank"]][:1]
    for row in [r for r in rows if r in first or r in unranked]:
        marks = f" {row['marks']}" if row["marks"] else ""
        rank = f"{'=' if row['is_level'] else ''}{row['rank'] or words.ABSENT}"
        cells = [rank, row["change"], words.shorten(row["team"], 28)]
        cells[-1] += marks
        cells += [row["score"], row["entries"], row["last"], row["best_minus_last"]]
        style = "bold" if row["rank"] == 1 else "" if row["rank"] else "dim"
        table.add_row(*map(Text, cells), style=style)
    n_more = len(ranked(board)) - len(first)
    if n_more > 0:
        table.add_row("", "", Text(words.count(n_more, "more team", "more teams")), style="dim")
    return table


def _not_counted(board: Mapping[str, Any]) -> list[str]:
    rows = [row for row in board["entries"] if row["score"] is None]
    if not rows:
        return []
    kinds = Counter(words.status(row) for row in rows)
    what = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    lines = [f"{words.count(len(rows), 'entry', 'entries')} not counted: {what}"]
    for row in rows[:N_FAILED]:
        who = f"{words.name(row['team'], 24)}, {words.name(row['display_name'], 40)}"
        lines.append(f"  {who}: {words.name(row['reason'], 200)}")
    if len(rows) > N_FAILED:
        lines.append(f"  and {len(rows) - N_FAILED:,} more on the page")
    return lines
