"""Where the page of an entry stands, seen from the first page of a report.

One page per entry, up to `MOST_PAGES` of them; above that one page per team, with a part for each
of its entries.
"""

from __future__ import annotations

from collections.abc import Callable

from rampflow.report.shape import Board, Row

Link = Callable[[Row], str]
"""What gives the address that an entry leads to."""
MOST_PAGES = 500


def has_entry_pages(n_entries: int) -> bool:
    """Tell whether every entry has a page of its own; otherwise every team has one."""
    return n_entries <= MOST_PAGES


def address(row: Row, n_entries: int) -> str:
    """Return the address of an entry's page, relative to ``index.html``.

    Parameters
    ----------
    row : Row
        The entry; names of teams and models are safe in addresses.
    n_entries : int
        Entries of the event, scored or not.
    """
    if has_entry_pages(n_entries):
        return f"entries/{row['team']}/{row['model']}.html"
    return f"teams/{row['team']}.html#{row['model']}"


def row_anchor(row: Row) -> str:
    """Return the address of an entry's row within the first page."""
    return f"#rank-{row['rank']}"


def link_of(board: Board, *, has_pages: bool) -> Link:
    """Return what leads to an entry: to its page, or to its row where entries have no pages."""
    n_entries = len(board["rows"])
    return (lambda row: address(row, n_entries)) if has_pages else row_anchor
