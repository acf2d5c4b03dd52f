"""Rows of the page of a challenge: the teams, and what does not count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, cast

from rampflow.report import words

Content = dict[str, Any]
LISTED = 200
"""So many entries that do not count are listed on the page; the table has all."""


def ranked(board: Mapping[str, Any]) -> list[Content]:
    """Return the teams that have a rank, best first."""
    return [row for row in board["rows"] if row["rank"] is not None]


def team_rows(board: Mapping[str, Any], clock: tzinfo) -> list[Content]:
    """Return the teams, and between them the rows without a rank, where their scores belong."""
    found = [(row["score"], _team(board, row, clock)) for row in board["rows"]]
    for reference in board["references"]:
        if words.finite(reference["score"]) is not None:
            found.append((reference["score"], _reference(board, reference)))
    sign = 1 if board["metric"]["is_lower_the_better"] else -1
    return [row for _, row in sorted(found, key=lambda pair: sign * pair[0])]


def _team(board: Mapping[str, Any], row: Content, clock: tzinfo) -> Content:
    metric, change = board["metric"], row["change"]
    marks = ("‡" if row["model_uploaded"] else "") + ("*" if row["in_the_money"] else "")
    return {
        "rank": row["rank"],
        "change": words.ABSENT if change is None else _change(change),
        "way": "up" if (change or 0) > 0 else "down" if (change or 0) < 0 else "",
        "team": words.team_name(cast("Any", row)),
        "marks": marks,
        "tag": "" if row["rank"] is not None else "baseline",
        "entry": words.name(row["entry_name"]),
        "in_the_money": row["in_the_money"],
        "is_level": bool(row["is_level_with_first"]) and has_ties(board),
        "ranks": allowed_ranks(row),
        "interval": interval(metric, row),
        "score": words.score(metric, row["score"]),
        "public_score": words.score(metric, row.get("public_score")),
        "public_rank": row.get("public_rank") or words.ABSENT,
        "entries": f"{row['entries']:,}",
        "last": words.minute(row["last_submission"], clock),
        "best_minus_last": best_minus_last(row["best_minus_last_h"]),
        "below": _below(row, clock),
        "by": {
            "change": "" if change is None else change,
            "score": repr(row["score"]),
            "public_score": "" if row.get("public_score") is None else repr(row["public_score"]),
            "public_rank": row.get("public_rank") or "",
            "entries": row["entries"],
            "last": words.minute(row["last_submission"], clock),
            "best_minus_last": repr(row["best_minus_last_h"]),
        },
    }


def _below(row: Content, clock: tzinfo) -> list[str]:
    """Return in words what a narrow page has no column for."""
    public = [f"public rank {row['public_rank']}"] if row.get("public_rank") else []
    entries = words.count(row["entries"], "entry", "entries")
    return [*public, entries, f"last {words.minute(row['last_submission'], clock)}"]


def has_ties(board: Mapping[str, Any]) -> bool:
    """Return whether any team cannot be told apart from the first."""
    return any(row["is_level_with_first"] for row in ranked(board)[1:])


def allowed_ranks(row: Content) -> str:
    """Return the ranks that the data allow a team, such as ``1–4``; empty without a doubt."""
    best, worst = row["best_rank"], row["worst_rank"]
    return "" if best is None or best == worst else f"{best}–{worst}"


def interval(metric: Any, row: Content) -> str:
    """Return the interval of a team's score; empty where there is none."""
    low, high = words.finite(row["score_low"]), words.finite(row["score_high"])
    if low is None or high is None:
        return ""
    return f"{words.score(metric, low)}–{words.score(metric, high)}"


def _reference(board: Mapping[str, Any], row: Content) -> Content:
    blank = ("change", "public_score", "public_rank", "entries", "last", "best_minus_last")
    by = {**dict.fromkeys(blank, ""), "score": repr(row["score"])}
    return {
        "rank": None,
        "way": "",
        "team": words.name(row["name"]),
        "marks": "",
        "tag": "known limit" if row["is_limit"] else "baseline",
        "entry": words.name(row["note"], 300),
        "in_the_money": False,
        "is_level": False,
        "ranks": "",
        "interval": "",
        "score": words.score(board["metric"], row["score"]),
        "below": [],
        "by": by,
        **dict.fromkeys(blank, words.ABSENT),
    }


def _change(change: int) -> str:
    return "0" if change == 0 else f"▲ {change}" if change > 0 else f"▼ {-change}"


def best_minus_last(hours: float) -> str:
    """Return how long before the last entry the one was that counts: ``−5.9 d``, ``−0.5 h``."""
    if hours == 0:
        return words.ABSENT
    value, unit = (hours / 24, "d") if abs(hours) >= 24 else (hours, "h")
    return f"{value:.1f} {unit}".replace("-", "−")


def not_counted(board: Mapping[str, Any], clock: tzinfo) -> Content:
    """Return the entries without a score, with their reasons.

    Parameters
    ----------
    board : mapping
        The content of a part's ``leaderboard.json``.
    clock : tzinfo
        On which times are shown.
    """
    rows = [row for row in board["entries"] if row["score"] is None]
    more = f"The first {LISTED} of {len(rows):,}; entries.csv has all." if rows[LISTED:] else ""
    names = {row["team"]: row["team_name"] for row in board["rows"]}
    return {
        "n": len(rows),
        "more": more,
        "rows": [
            {
                "team": words.name(names.get(row["team"], row["team"])),
                "entry": words.name(row["display_name"]),
                "at": words.minute(row["submitted_at"], clock),
                "status": words.status(cast("Any", row)),
                "reason": words.name(row["reason"], 300),
                "messages": [words.name(text, 300) for text in row["messages"][1:]],
            }
            for row in rows[:LISTED]
        ],
    }
