"""What the templates of the page are filled with: texts, prepared from the board.

Templates only place what is prepared here. They compute nothing and hold no conclusions.
"""

from __future__ import annotations

from typing import Any

from rampflow.report import words
from rampflow.report.failures import failures
from rampflow.report.links import has_entry_pages
from rampflow.report.progress import n_off_axis, progress_data
from rampflow.report.reproduce import reproduce
from rampflow.report.rows import blend_row, board_rows, columns, reference_rows
from rampflow.report.sentence import blend_against_best, result_parts
from rampflow.report.shape import (
    Board,
    blend_score,
    failed,
    level_with_first,
    ranks_on_refit,
    ranks_on_test,
    scored,
)

Content = dict[str, Any]


def page_content(board: Board, *, has_pages: bool = False) -> Content:
    """Prepare everything the first page says, apart from its figures and its folds.

    Parameters
    ----------
    board : Board
    has_pages : bool, optional
        Whether entries have pages to lead to.

    Returns
    -------
    dict
        Variables of ``templates/index.html.j2``: texts, and dicts and lists of texts.
    """
    clock = words.common_clock(words.moment(row["commit"]) for row in board["rows"])
    data = progress_data(board)
    return {
        "event": event_facts(board),
        "sentence": result_parts(board),
        "has_pages": has_pages,
        "tiles": _tiles(board),
        "metric": _metric(board),
        "clock": words.clock_name(clock),
        "columns": columns(board),
        "comparison": _comparison(board),
        "shares": _shares(board),
        "rows": board_rows(board, clock, has_pages=has_pages),
        "view": _view(board),
        "blend": blend_row(board),
        "references": reference_rows(board),
        "has_limit": data.limit is not None,
        "has_blend_steps": bool(data.blend_steps),
        "n_off_axis": n_off_axis(data, board["metric"]["is_lower_the_better"]),
        "n_failed": len(failed(board)),
        "failed": failures(board, clock, has_pages=has_pages),
        "provenance": reproduce(board),
    }


def event_facts(board: Board) -> Content:
    """Title of the event, facts about it, and remarks that a reader must see.

    Parameters
    ----------
    board : Board
    """
    event = board["event"]
    clock = words.common_clock([words.moment(event["opened"]), words.moment(event["closed"])])
    days = [words.minute(event[key], clock)[:10] for key in ("opened", "closed")]
    known = [day for day in dict.fromkeys(days) if day != words.ABSENT]
    facts = [event["problem_title"], event["phase"], " to ".join(known)]
    return {
        "title": words.name(event["title"]) or words.name(event["name"]),
        "facts": [words.name(fact, 100) for fact in facts if fact],
        "note": words.name(event["note"], 500),
        "sandbox": words.sandbox(event),
    }


def _metric(board: Board) -> Content:
    event, is_test = board["event"], ranks_on_test(board)
    test_rows = f"the {event['n_test']} test rows" if event["n_test"] else "the test set"
    return {
        "label": words.metric_label(board["metric"]),
        "heading": words.metric_heading(board["metric"]),
        "better": words.better(board["metric"]),
        "first": "ascending" if board["metric"]["is_lower_the_better"] else "descending",
        "ranked_on": words.name(board["ranked_on"], 40),
        "ranks_on_test": is_test,
        "ranks_on_refit": ranks_on_refit(board),
        "refit_is_to_come": bool(event["n_test"])
        and (event["final"], event["phase"]) == ("refit", "open"),
        "rows": test_rows if is_test else "the rows that the folds held back for validation",
    }


def _tiles(board: Board) -> list[Content]:
    """Five key numbers: label, value, and a remark that says more."""
    event, metric, rows, ranked = board["event"], board["metric"], board["rows"], scored(board)
    best = ranked[0] if ranked else None
    n_failed, n_teams = len(failed(board)), len({row["team"] for row in rows})
    sizes = [f"{event['n_train']} training"]
    if event["n_test"]:
        sizes.append(f"{event['n_test']} test")
    more = "; and one refit" if ranks_on_refit(board) else ""
    remark = blend_against_best(board)
    if remark and not ranks_on_test(board):
        remark += "; optimistic"
    return [
        {
            "label": f"Best entry, {words.metric_heading(metric)}",
            "value": words.score(metric, best["score"] if best else None),
            "remark": f"{words.entry_name(best, 30)}, {words.team_name(best, 30)}" if best else "",
        },
        {
            "label": f"Blend, {words.metric_heading(metric)}",
            "value": words.score(metric, blend_score(board)),
            "remark": remark or "no blend",
        },
        {
            "label": "Entries",
            "value": len(rows),
            "remark": f"{len(ranked)} scored, {n_failed} failed",
        },
        {"label": "Teams", "value": n_teams, "remark": ""},
        _reference_tile(board)
        or {
            "label": "Folds",
            "value": event["n_folds"],
            "remark": f"{' and '.join(sizes)} rows{more}",
        },
    ]


def _reference_tile(board: Board) -> Content | None:
    """The known limit, or else the best reference that has a score; None where there is none."""
    found = [r for r in board["references"] if words.finite(r["score"]) is not None]
    chosen = next((r for r in found if r["is_limit"]), found[0] if found else None)
    if chosen is None:
        return None
    what = "Known limit" if chosen["is_limit"] else "Reference"
    return {
        "label": f"{what}, {words.metric_heading(board['metric'])}",
        "value": words.score(board["metric"], chosen["score"]),
        "remark": words.name(chosen["name"], 40),
    }


def _view(board: Board) -> Content:
    """What the board may be narrowed to: the best entry of every team."""
    ranked = scored(board)
    n_teams = len({row["team"] for row in ranked})
    return {
        "n_teams": n_teams,
        "n_scored": len(ranked),
        "has_choice": n_teams < len(ranked) and has_entry_pages(len(board["rows"])),
        "only_best": not has_entry_pages(len(board["rows"])),
    }


def _comparison(board: Board) -> Content:
    """Return how intervals and ties were found; ``how`` is empty where there are none."""
    found = board["comparison"]
    level = words.percent(found["level"], 0)
    block = found["block"]
    how = (
        f"drawing the {found['n_rows']} rows that rank {found['replicates']} times"
        + (f", in blocks of {block}" if block > 1 else "")
        + ", the same rows for all entries"
    )
    n_left = len(scored(board)) - found["n_compared"]
    return {
        "how": how if found["n_compared"] else "",
        "level": level,
        "has_ties": bool(level_with_first(board)),
        "only": f"Only the first {found['n_compared']} entries are compared." if n_left else "",
        "why_not": words.name(found["why_not"], 200),
    }


def _shares(board: Board) -> Content:
    """Return how intervals of contributivity were found; ``how`` is empty where there are none."""
    found = board.get("spread")
    if not found:
        return {"how": "", "why_not": ""}
    how = (
        f"the {found['n_rows']} rows that folds held back were drawn {found['replicates']} times"
        + (f", in blocks of {found['block']}" if found["block"] > 1 else "")
        + ", and the blend of every fold was selected again"
    )
    return {
        "how": how if found["replicates"] else "",
        "level": words.percent(found["level"], 0),
        "why_not": words.name(found["why_not"], 200),
    }
