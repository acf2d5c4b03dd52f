"""The summary that a run ends with, in the terminal or in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rampflow.report import words
from rampflow.report.shape import (
    Board,
    as_board,
    blend_score,
    failed,
    level_with_first,
    ranks_on_refit,
    scored,
)

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

N_ROWS = 8
N_FAILED = 5

# Columns of a terminal below which the table has no times, and then no names of entries.
NARROW = 90
VERY_NARROW = 64
# Columns of a file or a pipe, which has no width of its own.
PIPED = 100


def print_summary(
    board: Mapping[str, Any], paths: Mapping[str, str | Path], *, file: TextIO | None = None
) -> None:
    """Print the summary of an event.

    Colours and bold only where `file` is a terminal; ``NO_COLOR`` is respected.

    Parameters
    ----------
    board : mapping
        The content of ``leaderboard.json``; see :mod:`rampflow.report.shape`.
    paths : mapping of str to str or Path
        What to show last, such as ``{"report": …, "tables": …}``, in this order.
    file : text stream, optional
        Standard error by default, so that standard output stays free for data.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    print_renderable(summary(board, paths), file)


def print_renderable(renderable: Any, file: TextIO | None = None) -> None:
    """Print on a terminal, in a file or in a pipe; colours only on a terminal.

    Parameters
    ----------
    renderable : object
        Something that rich can draw.
    file : text stream, optional
        Standard error by default.
    """
    import sys

    from rich.console import Console

    file = file or sys.stderr
    is_terminal = hasattr(file, "isatty") and file.isatty()
    console = Console(file=file, width=None if is_terminal else PIPED, highlight=False)
    with console.capture() as captured:
        # Lines that are too long, such as paths, are left whole: they are there to be copied.
        console.print(renderable, crop=False, soft_wrap=False)
    encoding = getattr(file, "encoding", None) or "utf-8"
    file.write(captured.get().encode(encoding, "replace").decode(encoding))
    file.flush()


def summary(board: Mapping[str, Any], paths: Mapping[str, str | Path]) -> Summary:
    """Make the summary of an event, to be printed on any rich console.

    Parameters
    ----------
    board : mapping
        The content of ``leaderboard.json``; see :mod:`rampflow.report.shape`.
    paths : mapping of str to str or Path
        What to show last, in this order.

    Returns
    -------
    Summary
        A rich renderable that fits itself to the width it gets.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    return Summary(as_board(board), dict(paths))


@dataclass(frozen=True)
class Summary:
    """Title line, the first entries, the blend, a reference, what failed, where to read on."""

    board: Board
    paths: Mapping[str, str | Path]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give rich the parts, from top to bottom."""
        yield _title(self.board)
        if scored(self.board):
            yield _table(self.board, options.max_width)
        yield from _remarks(self.board)
        yield from _failures(self.board)
        yield from _locations(self.paths)


def _line(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _title(board: Board) -> Text:
    event, metric = board["event"], board["metric"]
    title = _line(words.name(event["title"]) or words.name(event["name"]), "bold")
    facts = (event["phase"], f"{board['ranked_on']} score", words.better(metric))
    for fact in facts:
        title.append(f" · {words.name(fact)}", style="not bold dim")
    return title


def _table(board: Board, width: int) -> Table:
    """Build the table of the first entries; a narrow one has no times, a very narrow no entries."""
    from rich.table import Table
    from rich.text import Text

    has_entry, has_times = width >= VERY_NARROW, width >= NARROW
    has_bagged = has_times and ranks_on_refit(board)
    numbers = [words.metric_heading(board["metric"]), *(["bagged test"] if has_bagged else [])]
    numbers += ["contributivity", *(["train (s)", "test (s)"] if has_times else [])]
    # Names get what the numbers leave, or else rich would take from both alike.
    left = width - sum(len(heading) + 2 for heading in ("rank", *numbers)) - 4
    team_length = max(6, min(24, left // 3 if has_entry else left))
    entry_length = max(6, min(40, left - team_length))

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("rank", justify="right", no_wrap=True)
    for heading in ("team", "entry") if has_entry else ("team",):
        table.add_column(heading, overflow="ellipsis", no_wrap=True)
    for heading in numbers:
        table.add_column(Text(heading), justify="right", no_wrap=True)

    def add(cells: list[str], entry: str, values: list[str], style: str) -> None:
        cells = [*cells, *([entry] if has_entry else []), *values[: len(numbers)]]
        table.add_row(*(Text(cell) for cell in cells), style=style)

    for row in scored(board)[:N_ROWS]:
        values = [words.score(board["metric"], row["score"])]
        values += [words.score(board["metric"], row["test_score"])] if has_bagged else []
        values += [words.percent(row["contributivity"])]
        values += [words.seconds(row["train_time"]), words.seconds(row["test_time"])]
        is_level = bool(row["is_level_with_first"]) and bool(level_with_first(board))
        cells = [f"{'=' if is_level else ''}{row['rank']}", words.team_name(row, team_length)]
        add(cells, words.entry_name(row, entry_length), values, "bold" if row["rank"] == 1 else "")
    n_more = len(scored(board)) - N_ROWS
    if n_more > 0:
        more = words.count(n_more, "more entry", "more entries")
        add(["", "" if has_entry else f"{n_more} more"], more, [], "dim")
    if board["blend"] and words.finite(blend_score(board)) is not None:
        values = [words.score(board["metric"], board["blend"]["score"])]
        values += [words.score(board["metric"], board["blend"]["test_score"])] if has_bagged else []
        add([words.ABSENT, "blend"], "", values, "yellow")
    for reference in board["references"][:1]:
        if words.finite(reference["score"]) is not None:
            what = "known limit" if reference["is_limit"] else "reference"
            value = words.score(board["metric"], reference["score"])
            name = words.name(reference["name"], entry_length)
            add([words.ABSENT, what], name, [value], "dim")
    return table


def _remarks(board: Board) -> list[Text]:
    lines = []
    if not scored(board):
        lines.append("No entry has a score." if board["rows"] else "No entry has been handed in.")
    if board["event"]["note"]:
        lines.append(f"Note: {words.name(board['event']['note'], 200)}")
    if said := words.sandbox(board["event"]):
        lines.append(f"Sandbox: {said}")
    return [_line(line, "dim") for line in lines]


def _failures(board: Board) -> list[Text]:
    rows = failed(board)
    if not rows:
        return []
    lines = [_line(f"{words.count(len(rows), 'entry', 'entries')} failed", "bold red")]
    for row in rows[:N_FAILED]:
        who = f"{words.team_name(row, 24)}, {words.entry_name(row, 40)}"
        lines.append(_line(f"  {who}: {words.status(row)}, {words.reason(row)}"))
    if len(rows) > N_FAILED:
        lines.append(_line(f"  and {len(rows) - N_FAILED} more on the page", "dim"))
    return lines


def _locations(paths: Mapping[str, str | Path]) -> list[Text]:
    from rich.text import Text

    width = max((len(label) for label in paths), default=0)
    return [
        Text(f"{label:<{width}}  {words.visible(str(path))}", no_wrap=True, overflow="ignore")
        for label, path in paths.items()
    ]
