"""``rampflow data``: take a data file for an event's problem, or say what is understood of one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rampflow.commands.common import add_json, show, show_json
from rampflow.errors import DataError
from rampflow.paths import Project

HELP = "import the data file of an event, or check what is understood of one"
EXAMPLE = "rampflow data import el_nino_observed sst.mnmean.nc"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="import|check", required=True)
    taking = actions.add_parser("import", help="check a file, put it under DVC, pin its hash")
    taking.add_argument("event", metavar="EVENT", help="the event")
    taking.add_argument(
        "source",
        nargs="?",
        metavar="FILE_OR_URL",
        help="where it comes from (the event's data_source, if not given)",
    )
    checking = actions.add_parser("check", help="say what is understood of a file")
    checking.add_argument("event", metavar="EVENT", help="the event")
    checking.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="any file (default: the data set)"
    )
    for action in (taking, checking):
        add_json(action)


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Import or check; exit with 0 only if the file is understood."""
    from rampflow.config.event import load_event_file
    from rampflow.data.importing import describe_data

    event = load_event_file(project, arguments.event)
    file = None
    if arguments.action == "import":
        _import(project, arguments, event.problem, event.data_source)
    else:
        file = arguments.file
    facts = describe_data(project, event.problem, file)
    if arguments.json:
        show_json(facts)
    else:
        _show(facts)
    return 0


def _import(
    project: Project, arguments: argparse.Namespace, problem: str, configured: str | None
) -> None:
    from rampflow.data.importing import from_project, import_data
    from rampflow.plan.hold import hold_event

    source = arguments.source or (configured and from_project(project, configured))
    if not source:
        raise DataError(
            "no file is named",
            where=f"{project.relative(project.event_file(arguments.event))}: data_source",
            do=f"name one: rampflow data import {arguments.event} FILE_OR_URL, or set data_source",
        )
    with hold_event(project, arguments.event):
        found = import_data(project, problem, source)
    if not arguments.json:
        for path, digest in found.parts.items():
            show(f"imported {path} ({digest})")


def _show(facts: dict[str, Any]) -> None:
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        show(f"  {name:<{width}}  {value}")
