"""The failed entries as the page shows them: one by one, or grouped where there are many."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from rampflow.report import words
from rampflow.report.links import address
from rampflow.report.shape import Board, Row, failed

Content = dict[str, Any]

MOST_ALONE = 20
"""Up to so many are shown one by one with the end of their log; above, equal reasons together."""
MOST_NAMED = 50


def failures(board: Board, clock: tzinfo, *, has_pages: bool) -> list[Content]:
    """Prepare the failed entries.

    Parameters
    ----------
    board : Board
    clock : tzinfo
        What times are shown on.
    has_pages : bool
        Whether entries have pages to lead to.

    Returns
    -------
    list of dict
        With ``entries``, those that failed in the same way.
    """
    rows = failed(board)
    if len(rows) <= MOST_ALONE:
        return [_group(board, [row], clock, has_pages=has_pages) for row in rows]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["status"], kind(row)), []).append(row)
    largest_first = sorted(groups.values(), key=len, reverse=True)
    return [_group(board, group, clock, has_pages=has_pages) for group in largest_first]


def kind(row: Row) -> str:
    """What a failed entry has in common with others: its reason without the fold it began on."""
    where, colon, what = row["reason"].partition(": ")
    is_place = colon and where.split(" ")[0].rstrip(",") in ("fold", "refit")
    return what if is_place else row["reason"]


def _group(board: Board, rows: list[Row], clock: tzinfo, *, has_pages: bool) -> Content:
    first, n_folds = rows[0], board["event"]["n_folds"]
    is_alone = len(rows) == 1
    n_failed = first["n_folds_failed"]
    return {
        "status": words.status(first),
        "reason": words.reason(first) if is_alone else words.name(kind(first), 300),
        "count": len(rows),
        "entries": [
            {
                "team": words.team_name(row),
                "entry": words.entry_name(row),
                "address": address(row, len(board["rows"])) if has_pages else "",
            }
            for row in rows[:MOST_NAMED]
        ],
        "n_more": max(0, len(rows) - MOST_NAMED),
        "commit": words.minute(first["commit"], clock),
        "folds": f"failed in {n_failed} of {words.count(n_folds, 'fold', 'folds')}"
        if n_failed and is_alone
        else "",
        "log": words.log_tail(first) if is_alone else "",
    }
