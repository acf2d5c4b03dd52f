"""The page of a board of a challenge, made from the ``leaderboard.json`` of its part alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any, cast

from rampflow.errors import ResultError
from rampflow.files import write_text
from rampflow.report import words
from rampflow.report.challenge_rows import has_ties, not_counted, ranked, team_rows
from rampflow.report.reproduce import reproduce
from rampflow.report.shape import Board
from rampflow.report.shift import shift_of_ranks
from rampflow.report.templating import Templates

Content = dict[str, Any]
CHANGES = {
    "public": "ranks gained since a week before the last entry",
    "private": "ranks gained against the public board",
}


def write_challenge_page(board: Mapping[str, Any], page: Path) -> None:
    """Write the page of a part of a challenge.

    Parameters
    ----------
    board : mapping
        The content of its ``leaderboard.json``.
    page : Path
        ``results/<event>/<part>/report/index.html``; it links to the tables two folders above.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    write_text(page, build_challenge_page(board))


def build_challenge_page(board: Mapping[str, Any]) -> str:
    """Make the page: one HTML document that needs neither network nor scripts.

    Parameters
    ----------
    board : mapping
        The content of a part's ``leaderboard.json``.

    Raises
    ------
    ResultError
        A key is missing from `board`.
    """
    try:
        content = challenge_content(board)
    except KeyError as error:
        raise ResultError(
            f"a page needs a key that is missing: {error.args[0]}",
            where="leaderboard.json",
            do="the file is from another version of rampflow: run the event again",
        ) from None
    return Templates().render("challenge.html.j2", content, "board.js", "challenge.css")


def challenge_content(board: Mapping[str, Any]) -> Content:
    """Prepare everything the page says.

    Parameters
    ----------
    board : mapping
        The content of a part's ``leaderboard.json``.

    Returns
    -------
    dict
        Variables of ``templates/challenge.html.j2``.
    """
    times = [words.moment(row["last_submission"]) for row in board["rows"]]
    clock = words.common_clock(times)
    provenance = reproduce(cast("Board", board))
    split = {"label": "Split", "remark": "sha256 of the public rows", "is_code": True}
    provenance["facts"].append({**split, "value": board["provenance"]["split_sha256"]})
    return {
        "part": board["part"],
        "event": _event(board),
        "sentence": sentence(board),
        "tiles": _tiles(board),
        "about": _about(board, clock),
        "doubt": _doubt(board),
        "legend": _legend(board),
        "columns": {
            "change": CHANGES[board["part"]],
            "score": words.metric_heading(board["metric"]),
            "first": "ascending" if board["metric"]["is_lower_the_better"] else "descending",
            "public": board["part"] == "private",
        },
        "rows": team_rows(board, clock),
        "shift": shift_of_ranks(board),
        "refused": not_counted(board, clock),
        "provenance": provenance,
    }


def _event(board: Mapping[str, Any]) -> Content:
    event = board["event"]
    clock = words.common_clock([words.moment(event[key]) for key in ("opened", "closed")])
    days = [words.minute(event[key], clock)[:10] for key in ("opened", "closed")]
    known = [day for day in dict.fromkeys(days) if day != words.ABSENT]
    facts = [event["problem_title"], f"{board['part']} board", event["phase"], " to ".join(known)]
    return {
        "title": words.name(event["title"]) or words.name(event["name"]),
        "facts": [words.name(fact, 100) for fact in facts if fact],
        "note": words.name(event["note"], 500),
        "sandbox": words.sandbox(cast("Any", event)),
    }


def _part(text: str, *, is_name: bool = False) -> Content:
    return {"text": text, "is_name": is_name}


def sentence(board: Mapping[str, Any]) -> list[Content]:
    """Say in one sentence who is first, by how much, and what the organisers' best row has.

    Parameters
    ----------
    board : mapping
        The content of a part's ``leaderboard.json``.

    Returns
    -------
    list of dict
        Pieces of text; ``is_name`` marks the names of teams.
    """
    teams, metric = ranked(board), board["metric"]
    if not teams:
        return [_part("No team has a score yet.")]
    first = teams[0]
    parts = [
        _part(words.team_name(cast("Any", first)), is_name=True),
        _part(f" is first on the {board['part']} board with "),
        _part(words.score_and_unit(metric, first["score"])),
    ]
    if len(teams) > 1:
        second = words.score_and_unit(metric, teams[1]["score"])
        parts += [
            _part(", before "),
            _part(words.team_name(cast("Any", teams[1])), is_name=True),
            _part(f" with {second}"),
        ]
    if board["part"] == "private" and first["public_rank"]:
        parts.append(_part(f"; on the public board it was number {first['public_rank']}"))
    n_level = sum(bool(row["is_level_with_first"]) for row in teams[1:])
    if n_level:
        others = words.count(n_level, "other team", "other teams")
        parts.append(_part(f". The data cannot tell {others} apart from it"))
    return [*parts, _part(".")]


def _tiles(board: Mapping[str, Any]) -> list[Content]:
    event, metric, teams, entries = board["event"], board["metric"], ranked(board), board["entries"]
    first = teams[0] if teams else None
    unranked = [row for row in board["rows"] if row["rank"] is None] + board["references"]
    sign = 1 if metric["is_lower_the_better"] else -1
    known = [
        row["score"]
        for row in unranked
        if words.finite(row["score"]) is not None and not row.get("is_limit")
    ]
    n_scored = sum(row["score"] is not None for row in entries)
    code = sum(row["kind"] == "code" for row in entries)
    return [
        {
            "label": f"Best, {words.metric_heading(metric)}",
            "value": words.score(metric, first["score"] if first else None),
            "remark": words.team_name(cast("Any", first), 30) if first else "",
        },
        {
            "label": "Best baseline",
            "value": words.score(metric, min(known, key=lambda v: sign * v) if known else None),
            "remark": f"{len(unranked):,} without a rank" if unranked else "there is none",
        },
        {"label": "Teams", "value": f"{len(teams):,}", "remark": ""},
        {
            "label": "Entries",
            "value": f"{len(entries):,}",
            "remark": f"{n_scored:,} scored; {code:,} of them code"
            if n_scored == len(entries)
            else f"{n_scored:,} scored, {len(entries) - n_scored:,} not counted; {code:,} are code",
        },
        {
            "label": f"{board['part'].capitalize()} rows",
            "value": f"{event['n_rows']:,}",
            "remark": f"of {event['n_test']:,} test rows",
        },
    ]


def _about(board: Mapping[str, Any], clock: tzinfo) -> str:
    event, metric, part = board["event"], board["metric"], board["part"]
    which = "A team's best entry counts."
    if part == "private":
        which = (
            "Of the entries that a team has chosen, at most "
            f"{event['finals']}, the best one counts; where it chose none, those count that were "
            "best on the public rows."
        )
    label, n_rows = words.metric_label(metric), f"{event['n_rows']:,}"
    return (
        f"Ranked by {label} on the {n_rows} {part} rows of the test set; {words.better(metric)}. "
        f"{which} Times are those stated ({words.clock_name(clock)})."
    )


def _doubt(board: Mapping[str, Any]) -> str:
    """Say how intervals and ties were found, or why there are none."""
    found = board["comparison"]
    if not found["n_compared"]:
        return f"There are no intervals: {words.name(found['why_not'], 200)}."
    level = words.percent(found["level"], 0)
    more = len(ranked(board)) - found["n_compared"]
    only = f" of the first {found['n_compared']} teams" if more else ""
    how = f"drawing the {found['n_rows']:,} rows {found['replicates']:,} times"
    return (
        f"Below a score is its {level} interval, below a rank the ranks that the data allow{only}: "
        f"from {how}, the same rows for all. That a team's best entry was chosen by the scores is "
        "not in them."
    )


def _legend(board: Mapping[str, Any]) -> list[Content]:
    lines = [{"mark": "Δ", "text": CHANGES[board["part"]]}]
    if has_ties(board):
        lines.append({"mark": "=", "text": "cannot be told apart from the first"})
    if any(row["model_uploaded"] for row in board["rows"]):
        lines.append({"mark": "‡", "text": "model uploaded: the code of the entry is here"})
    if board["event"]["prizes"]:
        lines.append({"mark": "*", "text": "in the money"})
    lines.append(
        {
            "mark": "",
            "text": "Best − last: how long before a team's last entry came the one that counts",
        }
    )
    return lines
