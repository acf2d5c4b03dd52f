"""``rampflow verify``: compare this evaluation with another one: inputs, cells, board, ranks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rampflow.commands.common import add_event, add_json, event_of, plural, show, show_json
from rampflow.paths import Project

HELP = "compare an evaluation with another one: inputs, cells, board, ranks"
EXAMPLE = "rampflow verify el_nino_2015 --against ../published"
MAX_LINES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_event(parser)
    parser.add_argument(
        "--against",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="the other results: a project, its results/ or results/EVENT (with cells/ beside it)",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        help="largest relative difference that agrees (default: the event's)",
    )
    add_json(parser)


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Print the verdicts; exit with 0 only if every cell, the board and the ranks agree."""
    from rampflow.config.event import load_event_file
    from rampflow.verify.compare import compare, open_results

    event = event_of(project, arguments)
    tolerance = arguments.tolerance
    if tolerance is None:
        tolerance = load_event_file(project, event).tolerance
    theirs = open_results(arguments.against, event)
    ours = open_results(project.root, event)
    found = compare(ours, theirs, tolerance)
    if arguments.json:
        show_json(found.facts())
        return 0 if found.agrees else 1
    show(f"{event}, against {theirs.event.folder}")
    _show_section("inputs", found.inputs)
    counts = ", ".join(f"{n:,} {verdict}" for verdict, n in found.counts().items() if n)
    show(f"{plural(len(found.cells), 'cell')}: {counts} (tolerance {tolerance:g})")
    if found.n_not_compared:
        cells = plural(found.n_not_compared, "cell")
        show(f"  scores of {cells} are of other metrics or labels, so they were not compared")
    notable = [c for c in found.cells if c.verdict in ("differs", "missing")]
    _show_lines([f"{c.verdict}: {c.submission} {c.where}: {c.detail}" for c in notable])
    _show_section("board", found.board)
    _show_section("ranks", found.ranks)
    show(f"verdict: {found.verdict}")
    return 0 if found.agrees else 1


def _show_section(name: str, lines: Sequence[str]) -> None:
    verb = "differs" if name == "board" else "differ"
    show(f"{name}: the same" if not lines else f"{name} {verb}:")
    _show_lines(lines)


def _show_lines(lines: Sequence[str]) -> None:
    for line in lines[:MAX_LINES]:
        show(f"  {line}")
    if len(lines) > MAX_LINES:
        show(f"  … and {len(lines) - MAX_LINES:,} more (--json names all)")
