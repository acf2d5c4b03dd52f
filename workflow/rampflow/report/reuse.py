"""Who reused whose code, for the page: lanes over time, the most reused entries, links of an entry.

Each team has a lane; an arrow leads from an entry to a later one of another team that has its code.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from rampflow.report import words
from rampflow.report.links import Link
from rampflow.report.shape import Board, Row

Content = dict[str, Any]

MOST_LANES = 40
MOST_LISTED = 10
LANE, LEFT, TOP = 28, 150, 12


@dataclass(frozen=True)
class Use:
    """An entry has code of a source: `similarity` is None where that is only declared."""

    submission: str
    source: str
    declared: float | None
    similarity: float | None

    @property
    def is_across(self) -> bool:
        """Whether the code comes from another team."""
        return self.submission.partition("/")[0] != self.source.partition("/")[0]


def read_uses(table: str) -> list[Use]:
    """Return the rows of ``reuse.csv``.

    Parameters
    ----------
    table : str
        Its text; empty where there is none.
    """
    return [
        Use(
            row["submission"],
            row["source"],
            float(row["declared_credit"]) if row["declared_credit"] else None,
            float(row["similarity"]) if row["similarity"] else None,
        )
        for row in csv.DictReader(table.splitlines())
    ]


def reuse_content(board: Board, uses: Sequence[Use], link: Link) -> Content | None:
    """Prepare the section on reuse; None where no code went from one team to another.

    Parameters
    ----------
    board : Board
    uses : sequence of Use
    link : callable
        What leads to an entry.
    """
    by_name = {f"{row['team']}/{row['model']}": row for row in board["rows"]}
    known = [u for u in uses if u.is_across and {u.submission, u.source} <= by_name.keys()]
    if not known:
        return None
    users: dict[str, list[Row]] = {}
    for use in known:
        users.setdefault(use.source, []).append(by_name[use.submission])
    order = sorted(users, key=lambda name: (-len({r["team"] for r in users[name]}), name))
    teams = _lanes(board, known)
    return {
        "drawing": Markup(_draw(by_name, known, teams, board)),
        "n_lanes": len(teams),
        "n_more": max(0, len({row["team"] for row in board["rows"]}) - len(teams)),
        "most": [
            {
                "team": words.team_name(by_name[name]),
                "entry": words.entry_name(by_name[name]),
                "address": link(by_name[name]),
                "teams": len({row["team"] for row in users[name]}),
                "best": _best(board, users[name]),
            }
            for name in order[:MOST_LISTED]
        ],
    }


def _best(board: Board, rows: Sequence[Row]) -> str:
    ranked = [row for row in rows if row["rank"] is not None]
    best = min(ranked, key=lambda row: row["rank"] or 0)["score"] if ranked else None
    return words.score(board["metric"], best)


def _lanes(board: Board, uses: Sequence[Use]) -> dict[str, int]:
    """Return team → lane: all teams in the order of the board, or those with most reuse."""
    teams = list(dict.fromkeys(row["team"] for row in board["rows"]))
    if len(teams) > MOST_LANES:
        counts: dict[str, int] = {}
        for use in uses:
            for name in (use.submission, use.source):
                team = name.partition("/")[0]
                counts[team] = counts.get(team, 0) + 1
        chosen = set(sorted(counts, key=lambda team: (-counts[team], team))[:MOST_LANES])
        teams = [team for team in teams if team in chosen]
    return {team: lane for lane, team in enumerate(teams)}


def _draw(by_name: dict[str, Row], uses: Sequence[Use], lanes: dict[str, int], board: Board) -> str:
    times = {name: words.moment(row["commit"]) for name, row in by_name.items()}
    known: dict[str, datetime] = {
        name: time
        for name, time in times.items()
        if time is not None and by_name[name]["team"] in lanes
    }
    if not known:
        return ""
    first, last = min(known.values()), max(known.values())
    span = (last - first).total_seconds() or 1.0
    width, height = 1190, TOP + LANE * len(lanes) + 24

    def x(name: str) -> float:
        return LEFT + (width - LEFT - 20) * (known[name] - first).total_seconds() / span

    def y(name: str) -> float:
        return TOP + LANE * (lanes[by_name[name]["team"]] + 0.5)

    parts = []
    for team, lane in lanes.items():
        middle = TOP + LANE * (lane + 0.5)
        names = [row for row in by_name.values() if row["team"] == team]
        parts.append(f'<path class="lane" d="M{LEFT} {middle:g}H{width - 20}"/>')
        label = escape(words.team_name(names[0], 18))
        parts.append(f'<text x="{LEFT - 12}" y="{middle + 4:g}" text-anchor="end">{label}</text>')
    for use in uses:
        if use.submission in known and use.source in known:
            parts.append(
                _arrow(x(use.source), y(use.source), x(use.submission), y(use.submission), use)
            )
    for name in known:
        kind = "lane-dot" if by_name[name]["rank"] is not None else "lane-failed"
        parts.append(f'<circle class="{kind}" cx="{x(name):.1f}" cy="{y(name):g}" r="4"/>')
    clock = words.common_clock(known.values())
    for moment, place, anchor in ((first, LEFT, "start"), (last, width - 20, "end")):
        text = escape(words.minute(moment.isoformat(), clock))
        parts.append(f'<text x="{place}" y="{height - 6}" text-anchor="{anchor}">{text}</text>')
    label = escape(f"Who reused whose code: {len(uses)} arrows between {len(lanes)} teams")
    return (
        f'<svg class="lanes" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _arrow(x0: float, y0: float, x1: float, y1: float, use: Use) -> str:
    """A bent line that ends before the dot, with a head; declared alone is dashed."""
    middle = (x0 + x1) / 2
    kind = "arrow" if use.similarity is not None else "arrow arrow-declared"
    thick = 1 + 2 * (use.similarity or 0)
    end = x1 - 7
    return (
        f'<path class="{kind}" style="stroke-width:{thick:.1f}" '
        f'd="M{x0:.1f} {y0:g}C{middle:.1f} {y0:g} {middle:.1f} {y1:g} {end:.1f} {y1:g}"/>'
        f'<path class="arrow-head" d="M{x1 - 4:.1f} {y1:g}l-7 -4v8z"/>'
    )
