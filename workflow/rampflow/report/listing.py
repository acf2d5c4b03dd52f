"""The page of all entries of a large event: rows as data, drawn fifty at a time by its script."""

from __future__ import annotations

import json
from typing import Any

from rampflow.report import words
from rampflow.report.links import address
from rampflow.report.shape import Board, scored

Content = dict[str, Any]

N_FIRST = 50
"""Rows that stand in the page itself, for readers without scripts and for print."""


def listing_content(board: Board) -> Content:
    """Prepare ``entries.html``.

    Parameters
    ----------
    board : Board

    Returns
    -------
    dict
        ``columns``; ``first``, rows as texts; ``data``, all rows as JSON that may stand inside a
        ``<script>``: for each its address, then a text or a number for every column.
    """
    metric, n_entries = board["metric"], len(board["rows"])
    clock = words.common_clock(words.moment(row["commit"]) for row in board["rows"])
    rows = [
        [
            address(row, n_entries),
            row["rank"],
            words.team_name(row),
            words.entry_name(row),
            words.score(metric, row["score"]),
            words.percent(row["contributivity"]),
            words.seconds(row["train_time"]),
            words.minute(row["commit"], clock),
        ]
        for row in scored(board)
    ]
    text = json.dumps(rows, ensure_ascii=True, separators=(",", ":"))
    return {
        "columns": [
            {"name": "Rank", "is_number": True},
            {"name": "Team", "is_number": False},
            {"name": "Entry", "is_number": False},
            {"name": words.metric_heading(metric), "is_number": True},
            {"name": "Contributivity", "is_number": True},
            {"name": "Train (s)", "is_number": True},
            {"name": "Commit", "is_number": False},
        ],
        "first": rows[:N_FIRST],
        "n_rows": len(rows),
        "clock": words.clock_name(clock),
        # no text of a participant can end the element that holds it
        "data": text.replace("<", "\\u003c").replace("&", "\\u0026"),
    }
