"""What several commands share: the event they are about, and printing facts."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from rampflow.paths import Project


def add_event(parser: argparse.ArgumentParser, *, optional: bool = True) -> None:
    """Declare the argument EVENT."""
    parser.add_argument(
        "event",
        nargs="?" if optional else None,
        metavar="EVENT",
        help="a file of config/events/ without .yaml"
        + (" (the one of config/config.yaml, if not given)" if optional else ""),
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Declare ``--json``."""
    parser.add_argument("--json", action="store_true", help="print facts as JSON")


def event_of(project: Project, arguments: argparse.Namespace) -> str:
    """Return the event that was named, or the default one."""
    if arguments.event:
        return str(arguments.event)
    from rampflow.config.event import default_event

    return default_event(project)


def show(text: str = "") -> None:
    """Print a line of the answer to standard output."""
    print(text)


def show_json(facts: Any) -> None:
    """Print facts as JSON."""
    json.dump(facts, sys.stdout, indent=2, ensure_ascii=False)
    print()


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 cell``, ``2 cells``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a time in the unit that people would use."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
