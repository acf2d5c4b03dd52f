"""The page of an event and the folder it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rampflow.files import write_bytes, write_text
from rampflow.report.content import page_content
from rampflow.report.figures import progress_bytes, progress_svg
from rampflow.report.progress import progress_data
from rampflow.report.shape import as_board

_HERE = Path(__file__).parent


def write_report(board: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the report of an event.

    Parameters
    ----------
    board : mapping
        The content of ``leaderboard.json``; see :mod:`rampflow.report.shape`.
    folder : Path
        ``results/<event>/report``; the page links to the tables in its parent.

    Returns
    -------
    list of Path
        What was written: ``index.html`` last. Figures that no longer have anything to show
        are removed.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    page, index = build_page(board), folder / "index.html"
    has_figure = bool(progress_data(as_board(board)).dots)
    figures = [folder / "figures" / f"progress.{suffix}" for suffix in ("svg", "pdf")]
    for path in figures:
        if has_figure:
            write_bytes(path, progress_bytes(as_board(board), path.suffix[1:]))
        else:
            path.unlink(missing_ok=True)
    write_text(index, page)
    return [*figures, index] if has_figure else [index]


def build_page(board: Mapping[str, Any]) -> str:
    """Make the page: one HTML document that needs neither network nor scripts.

    Parameters
    ----------
    board : mapping
        The content of ``leaderboard.json``; see :mod:`rampflow.report.shape`.

    Returns
    -------
    str
        The same for the same board.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    content = page_content(as_board(board))
    # Ours, not the participants': the style sheet, and figures that escape their own text.
    content["figures"] = {size: Markup(svg) for size, svg in progress_svg(as_board(board)).items()}
    content["style"] = Markup((_HERE / "assets" / "style.css").read_text("utf-8"))
    return environment.get_template("index.html.j2").render(content)
