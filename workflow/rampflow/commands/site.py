"""``rampflow site``: one page over all events of this clone."""

from __future__ import annotations

import argparse

from rampflow.commands.common import show
from rampflow.paths import Project

HELP = "make results/index.html: all events, teams and data sets of this clone"
EXAMPLE = "rampflow site"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Write the page and print its path."""
    write_site(project)
    show(str(project.site))
    return 0


def write_site(project: Project) -> None:
    """Write ``results/index.html`` from the boards that exist; nothing where it is the same.

    Parameters
    ----------
    project : Project
        Whose results are shown. A board of another version of rampflow is left out.
    """
    from rampflow.challenge.split import PARTS
    from rampflow.config.event import load_teams
    from rampflow.errors import ResultError
    from rampflow.files import read_json, write_text
    from rampflow.report.reuse import read_uses
    from rampflow.report.shape import as_board
    from rampflow.report.site import Evaluated, build_site

    events = []
    for folder in sorted(project.results.glob("*/leaderboard.json")):
        results = project.event(folder.parent.name)
        try:
            board = as_board(read_json(results.leaderboard_json))
        except ResultError:
            continue
        table = results.reuse.read_text("utf-8") if results.reuse.is_file() else ""
        name, boards = results.folder.name, project.challenge(results.folder.name)
        parts = [part for part in PARTS if boards.part(part).page.is_file()]
        events.append(Evaluated(name, board, read_uses(table), parts))
    page = build_site(events, load_teams(project))
    if not project.site.is_file() or project.site.read_text("utf-8") != page:
        write_text(project.site, page)
