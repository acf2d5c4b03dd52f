"""What the templates of the page are filled with: texts, prepared from the board.

Templates only place what is prepared here. They compute nothing and hold no conclusions.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from rampflow.report import words
from rampflow.report.progress import n_off_axis, progress_data
from rampflow.report.reproduce import reproduce
from rampflow.report.sentence import blend_against_best, result_parts
from rampflow.report.shape import (
    Board,
    Metric,
    Row,
    blend_score,
    failed,
    level_with_first,
    n_blended,
    ranks_on_refit,
    ranks_on_test,
    scored,
)

Content = dict[str, Any]


def page_content(board: Board) -> Content:
    """Prepare everything the page says, apart from its figures.

    Parameters
    ----------
    board : Board

    Returns
    -------
    dict
        Variables of ``templates/index.html.j2``: texts, and dicts and lists of texts.
    """
    clock = words.common_clock(words.moment(row["commit"]) for row in board["rows"])
    data = progress_data(board)
    return {
        "event": _event(board),
        "sentence": result_parts(board),
        "tiles": _tiles(board),
        "metric": _metric(board),
        "clock": words.clock_name(clock),
        "columns": _columns(board),
        "comparison": _comparison(board),
        "rows": _rows(board, clock),
        "blend": _blend(board),
        "references": _references(board),
        "has_limit": data.limit is not None,
        "n_off_axis": n_off_axis(data, board["metric"]["is_lower_the_better"]),
        "failed": [_failure(row, board["event"]["n_folds"], clock) for row in failed(board)],
        "provenance": reproduce(board),
    }


def _event(board: Board) -> Content:
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
        {
            "label": "Folds",
            "value": event["n_folds"],
            "remark": f"{' and '.join(sizes)} rows{more}",
        },
    ]


def _other_scores(board: Board) -> list[str]:
    """Which scores are shown beside the one that ranks: their keys in a row of the board."""
    keys = ["valid_score"] if ranks_on_test(board) else ["test_score"]
    if ranks_on_refit(board):
        keys = ["test_score", *keys]

    def has_any(key: str) -> bool:
        return any(words.finite(row[key]) is not None for row in scored(board))  # type: ignore[literal-required]

    return [key for key in keys if has_any(key)]


def _others(board: Board, row: Any) -> list[str]:
    """Return the other scores of an entry or of the blend."""
    return [words.score(board["metric"], row[key]) for key in _other_scores(board)]


def _columns(board: Board) -> Content:
    """Headings of the columns that not every board has."""
    bagged = "Bagged test" if ranks_on_refit(board) else "Test"
    headings = {"valid_score": "Validation", "test_score": bagged}
    others = [headings[key] for key in _other_scores(board)]
    has_history = any(row["builds_on"] for row in scored(board))
    return {
        "others": others,
        "historical": "Historical" if has_history else "",
        "count": 7 + len(others) + has_history,
    }


def _rows(board: Board, clock: tzinfo) -> list[Content]:
    ranked, metric = scored(board), board["metric"]
    largest = max((words.finite(row["contributivity"]) or 0 for row in ranked), default=0)
    has_ties = bool(level_with_first(board))
    return [
        {
            "rank": row["rank"],
            "is_level": bool(row["is_level_with_first"]) and has_ties,
            "ranks": _allowed_ranks(row),
            "interval": _interval(metric, row),
            "team": words.team_name(row),
            "entry": words.entry_name(row),
            "sources": [
                {"submission": words.name(s["submission"]), "credit": words.percent(s["credit"], 0)}
                for s in row["builds_on"]
            ],
            "commit": words.minute(row["commit"], clock),
            "score": words.score(metric, row["score"]),
            "others": _others(board, row),
            "contributivity": words.percent(row["contributivity"]),
            "bar": f"{100 * (words.finite(row['contributivity']) or 0) / (largest or 1):.1f}",
            "historical": words.percent(row["historical_contributivity"]),
            "train_time": words.seconds(row["train_time"]),
            "test_time": words.seconds(row["test_time"]),
        }
        for row in ranked
    ]


def _allowed_ranks(row: Row) -> str:
    """Return the ranks that the data allow, such as ``1–4``; empty where there is no doubt."""
    best, worst = row["best_rank"], row["worst_rank"]
    return "" if best is None or best == worst else f"{best}–{worst}"


def _interval(metric: Metric, row: Row) -> str:
    low, high = words.finite(row["score_low"]), words.finite(row["score_high"])
    if low is None or high is None:
        return ""
    return f"{words.score(metric, low)}–{words.score(metric, high)}"


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


def _blend(board: Board) -> Content | None:
    blend, metric = board["blend"], board["metric"]
    if blend is None or words.finite(blend["score"]) is None:
        return None
    shows_valid = "valid_score" in _other_scores(board) or not ranks_on_test(board)
    best = words.finite(blend["foldwise_best_score"])
    n_members = n_blended(board)
    return {
        "of": f"of {words.count(n_members, 'entry', 'entries')}" if n_members else "",
        "score": words.score(metric, blend["score"]),
        "others": _others(board, blend),
        "has_valid": shows_valid and words.finite(blend["valid_score"]) is not None,
        "foldwise_best": words.score_and_unit(metric, best) if best is not None else "",
    }


def _references(board: Board) -> list[Content]:
    """Rows for comparison, best first; one without any number is left out.

    A reference is neither bagged nor refitted: its test score stands where entries are ranked.
    """
    keys = ["" if ranks_on_test(board) and k == "test_score" else k for k in _other_scores(board)]
    found = []
    for reference in board["references"]:
        metric = board["metric"]
        others = [words.score(metric, reference[k] if k else None) for k in keys]  # type: ignore[literal-required]
        score = words.score(metric, reference["score"])
        if {score, *others} != {words.ABSENT}:
            found.append(
                {
                    "name": words.name(reference["name"]),
                    "note": words.name(reference["note"], 300),
                    "is_limit": reference["is_limit"],
                    "score": score,
                    "others": others,
                }
            )
    return found


def _failure(row: Row, n_folds: int, clock: tzinfo) -> Content:
    n_failed = row["n_folds_failed"]
    return {
        "team": words.team_name(row),
        "entry": words.entry_name(row),
        "status": words.status(row),
        "reason": words.reason(row),
        "commit": words.minute(row["commit"], clock),
        "folds": f"failed in {n_failed} of {words.count(n_folds, 'fold', 'folds')}"
        if n_failed
        else "",
        "log": words.log_tail(row),
    }
