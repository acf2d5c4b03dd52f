"""The pages of an event and the folder they stand in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from rampflow.files import write_bytes, write_text
from rampflow.report import words
from rampflow.report.beside import beside
from rampflow.report.content import event_facts, page_content
from rampflow.report.details import Details
from rampflow.report.entry import Entries
from rampflow.report.figures import progress_bytes, progress_svg
from rampflow.report.heat import fold_map
from rampflow.report.links import has_entry_pages, link_of
from rampflow.report.listing import listing_content
from rampflow.report.payoff import payoff_bytes, payoff_names, payoff_svg
from rampflow.report.progress import progress_data
from rampflow.report.reuse import reuse_content
from rampflow.report.shape import Board, Row, as_board
from rampflow.report.templating import Templates

FIGURES = ("progress", "contributivity", "fit_time")


def write_report(
    board: Mapping[str, Any], folder: Path, details: Details | None = None
) -> list[Path]:
    """Write the report of an event: its first page, a page per entry, figures and tables.

    Parameters
    ----------
    board : mapping
        The content of ``leaderboard.json``; see :mod:`rampflow.report.shape`.
    folder : Path
        ``results/<event>/report``. What an earlier report left there is removed.
    details : Details, optional
        Folds, code and tables. Without them entries have no pages.

    Returns
    -------
    list of Path
        What was written: ``index.html`` last, so that it stands for all.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    checked = as_board(board)
    with beside(lambda: _write_figures(checked, folder / "figures")):
        page, index = build_page(checked, details), folder / "index.html"
        for name in ("entries", "teams", "data"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "entries.html").unlink(missing_ok=True)
        written = [] if details is None else _write_details(checked, details, folder)
    written += sorted((folder / "figures").glob("*"))
    write_text(index, page)
    return [*written, index]


def build_page(board: Mapping[str, Any], details: Details | None = None) -> str:
    """Make the first page: one HTML document that needs neither network nor scripts.

    Parameters
    ----------
    board : mapping
        The content of ``leaderboard.json``; see :mod:`rampflow.report.shape`.
    details : Details, optional
        As in `write_report`.

    Returns
    -------
    str
        The same for the same board.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    checked = as_board(board)
    content = page_content(checked, has_pages=details is not None)

    link = link_of(checked, has_pages=details is not None)
    # Ours, not the participants': figures escape their own text.
    content["figures"] = {size: Markup(svg) for size, svg in progress_svg(checked, link).items()}
    content["payoff"] = {
        name: {size: Markup(svg) for size, svg in sizes.items()}
        for name, sizes in payoff_svg(checked, link).items()
    }
    content["folds"] = fold_map(checked, details) if details else None
    content["reuse"] = reuse_content(checked, details.uses, link) if details else None
    content["tables"] = list(details.tables) if details else []
    return Templates().render("index.html.j2", content, script="board.js")


def _write_figures(board: Board, folder: Path) -> None:
    """Write the figures for papers."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, suffix, content in _figure_files(board):
        write_bytes(folder / f"{name}.{suffix}", content)


def _write_details(board: Board, details: Details, folder: Path) -> list[Path]:
    """Write the tables, and every page below the first one."""
    written: list[Path] = []
    for name, table in details.tables.items():
        write_text(folder / "data" / name, table)
        written.append(folder / "data" / name)
    for place, text in _entry_pages(board, details):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        # not synced one by one: the step is finished once index.html is
        path.write_bytes(text.encode())
        written.append(path)
    return written


def _figure_files(board: Board) -> list[tuple[str, str, bytes]]:
    """Return the figures for papers: name, suffix, content."""
    found = []
    suffixes = ("svg", "pdf")
    if progress_data(board).dots:
        found += [("progress", s, progress_bytes(board, s)) for s in suffixes]
    for name in payoff_names(board):
        found += [(name, s, payoff_bytes(board, name, s)) for s in suffixes]
    return found


def _entry_pages(board: Board, details: Details) -> list[tuple[str, str]]:
    """Return the address and the text of every page below the first one."""
    templates, event = Templates(), event_facts(board)
    if has_entry_pages(len(board["rows"])):
        entries = Entries(board, details, "../../")
        return [
            (
                f"entries/{row['team']}/{row['model']}.html",
                templates.render("entry.html.j2", _shared(board, event, entries.content(row))),
            )
            for row in board["rows"]
        ]
    entries = Entries(board, details, "../")
    listing = {
        **listing_content(board),
        "event": event,
        "rampflow": words.name(board["provenance"]["rampflow"]),
    }
    listing["data"] = Markup(listing["data"])
    pages = [("entries.html", templates.render("entries.html.j2", listing, script="entries.js"))]
    teams: dict[str, list[Row]] = {}
    for row in board["rows"]:
        teams.setdefault(row["team"], []).append(row)
    for team, rows in teams.items():
        text = templates.render("team.html.j2", _team(board, event, entries, rows))
        pages.append((f"teams/{team}.html", text))
    return pages


def _shared(board: Board, event: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": event,
        "entry": entry,
        "heading": words.metric_heading(board["metric"]),
        "root": "../../",
        "rampflow": words.name(board["provenance"]["rampflow"]),
    }


def _team(board: Board, event: dict[str, Any], entries: Entries, rows: list[Row]) -> dict[str, Any]:
    found = [entries.content(row, with_code=False) for row in rows]
    return {**_shared(board, event, found[0]), "root": "../", "entries": found}
