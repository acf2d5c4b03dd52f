"""How ranks moved between the public and the private board: drawn, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from rampflow.report import words

Content = dict[str, Any]
MOST_LINES = 30
"""Up to so many ranks each team is a line with its name; above it is a dot."""
STEP = 22
"""Between two ranks that lines join; in units of the drawing, pixels where there is room."""
SPAN = 370
"""Between the first and the last rank of dots."""


def shift_of_ranks(board: Mapping[str, Any]) -> Content | None:
    """Return the public and the private rank of each team as lines or dots, and in words.

    Parameters
    ----------
    board : mapping
        The content of a part's ``leaderboard.json``.

    Returns
    -------
    dict or None
        None on the public board, and where fewer than two teams are on both.
    """
    both = [row for row in board["rows"] if row["rank"] is not None and row.get("public_rank")]
    if len(both) < 2:
        return None
    last = max(max(row["rank"], row["public_rank"]) for row in both)
    has_lines = last <= MOST_LINES
    how = (
        "A line is a team: its public rank on the left, its private rank on the right."
        if has_lines
        else "A dot is a team; on the dashed line it kept its rank, above it went up."
    )
    return {
        "lines": [_line(row) for row in both] if has_lines else [],
        "dots": [] if has_lines else _dots(both, last),
        "height": STEP * last + 26,
        "last": f"{last:,}",
        "about": f"{how} {_moves(both)}{_expected(board)}",
    }


def _line(row: Content) -> Content:
    moved = row["public_rank"] - row["rank"]
    name = words.team_name(cast("Any", row), 15)
    return {
        "left": f"{name} {row['public_rank']}",
        "right": f"{row['rank']} {name}",
        "from": 14 + STEP * row["public_rank"],
        "to": 14 + STEP * row["rank"],
        "way": "up" if moved > 0 else "down" if moved < 0 else "same",
        "title": _title(row),
    }


def _dots(both: Sequence[Content], last: int) -> list[Content]:
    scale = SPAN / max(last - 1, 1)
    return [
        {
            "x": f"{40 + scale * (row['public_rank'] - 1):.1f}",
            "y": f"{10 + scale * (row['rank'] - 1):.1f}",
            "is_first": row["rank"] == 1,
            "title": _title(row),
        }
        for row in reversed(both)
    ]


def _title(row: Content) -> str:
    return f"{words.team_name(cast('Any', row))}: {row['public_rank']} → {row['rank']}"


def _moves(both: Sequence[Content]) -> str:
    """Say how many teams kept their rank, and how far the others moved."""
    moved = sorted(abs(row["rank"] - row["public_rank"]) for row in both)
    n_same, middle = sum(step == 0 for step in moved), moved[len(moved) // 2]
    about = f"{n_same:,} of {words.count(len(both), 'team', 'teams')} kept their rank"
    if moved[-1]:
        about += f"; half moved by at most {middle:,}" if middle else ""
        about += f"; the largest move is {moved[-1]:,}"
    return f"{about}."


def _expected(board: Mapping[str, Any]) -> str:
    """Say how far ranks moved on average, and how far they would by chance alone."""
    found = board.get("shake_up")
    if not found:
        return ""
    return (
        f" The entries that count, of the first {found['n_teams']:,} teams, moved by "
        f"{found['observed']:.1f} ranks on average; where chance splits the test rows, by "
        f"{found['expected']:.1f} (in 95 % of {found['n_splits']:,} splits at most "
        f"{found['high']:.1f})."
    )
