"""The rows of the board as the page shows them: entries, the blend, what is for comparison."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from markupsafe import Markup

from rampflow.report import words
from rampflow.report.links import address, has_entry_pages
from rampflow.report.marks import IntervalAxis, interval_axis, interval_mark
from rampflow.report.shape import (
    Board,
    Metric,
    Row,
    level_with_first,
    n_blended,
    ranks_on_refit,
    ranks_on_test,
    scored,
)

Content = dict[str, Any]


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


def columns(board: Board) -> Content:
    """Headings of the columns that not every board has, and the number of all.

    Parameters
    ----------
    board : Board
    """
    bagged = "Bagged test" if ranks_on_refit(board) else "Test"
    headings = {"valid_score": "Validation", "test_score": bagged}
    others = [headings[key] for key in _other_scores(board)]
    has_marks = _axis(board) is not None
    has_history = any(row["builds_on"] for row in scored(board))
    return {
        "others": others,
        "historical": "Historical" if has_history else "",
        "has_marks": has_marks,
        "count": 7 + len(others) + has_history + has_marks,
    }


def board_rows(board: Board, clock: tzinfo, *, has_pages: bool) -> list[Content]:
    """Prepare the rows of the board, in its order.

    Parameters
    ----------
    board : Board
    clock : tzinfo
        What times are shown on.
    has_pages : bool
        Whether entries have pages to lead to.
    """
    ranked, n_entries = scored(board), len(board["rows"])
    only_best = not has_entry_pages(n_entries)
    largest = max((words.finite(row["contributivity"]) or 0 for row in ranked), default=0)
    look = Look(clock, bool(level_with_first(board)), largest or 1, _axis(board), has_pages)
    n_handed_in = Counter(row["team"] for row in board["rows"])
    found, teams = [], set()
    for row in ranked:
        is_best = row["team"] not in teams
        teams.add(row["team"])
        if is_best or not only_best:
            n_of_team = n_handed_in[row["team"]] if is_best else 0
            found.append(_row(board, row, look, n_of_team))
    return found


def _axis(board: Board) -> IntervalAxis | None:
    """Return the axis of the intervals; a large board has them as text only, to be light."""
    return interval_axis(board) if has_entry_pages(len(board["rows"])) else None


@dataclass(frozen=True)
class Look:
    """What the rows of one board share."""

    clock: tzinfo
    has_ties: bool
    largest_share: float
    axis: IntervalAxis | None
    has_pages: bool


def _row(board: Board, row: Row, look: Look, n_of_team: int) -> Content:
    """Prepare a row; `n_of_team` counts what its team handed in, 0 if it is not their best."""
    metric = board["metric"]
    share = words.finite(row["contributivity"]) or 0
    return {
        "rank": row["rank"],
        "is_best": n_of_team > 0,
        "n_entries": words.count(n_of_team, "entry", "entries") if n_of_team else "",
        "is_level": bool(row["is_level_with_first"]) and look.has_ties,
        "ranks": allowed_ranks(row),
        "interval": interval(metric, row),
        "mark": Markup(interval_mark(look.axis, row)) if look.axis else "",
        "team": words.team_name(row),
        "entry": words.entry_name(row),
        "address": address(row, len(board["rows"])) if look.has_pages else "",
        "sources": [
            {"submission": words.name(s["submission"]), "credit": words.percent(s["credit"], 0)}
            for s in row["builds_on"]
        ],
        "commit": words.minute(row["commit"], look.clock),
        "score": words.score(metric, row["score"]),
        "others": _others(board, row),
        "contributivity": words.percent(row["contributivity"]),
        "share_interval": share_interval(row) if row.get("contributivity_high") else "",
        "firmness": firmness(board, row),
        "bar": f"{100 * share / look.largest_share:.1f}",
        "historical": words.percent(row["historical_contributivity"]),
        "train_time": words.seconds(row["train_time"]),
        "test_time": words.seconds(row["test_time"]),
        # what a column is sorted by, at full precision
        "by": {
            key: _sortable(row[key])
            for key in ("score", "contributivity", "historical_contributivity")
        }
        | {key: _sortable(row[key]) for key in ("train_time", "test_time")},
        "by_others": [_sortable(row[key]) for key in _other_scores(board)],  # type: ignore[literal-required]
    }


def _sortable(value: float | None) -> str:
    value = words.finite(value)
    return "" if value is None else f"{value:.7g}"


def allowed_ranks(row: Row) -> str:
    """Return the ranks that the data allow, such as ``1–4``; empty where there is no doubt."""
    best, worst = row["best_rank"], row["worst_rank"]
    return "" if best is None or best == worst else f"{best}–{worst}"


def interval(metric: Metric, row: Row) -> str:
    """Return the interval of a score, such as ``0.47–0.55``; empty where there is none."""
    low, high = words.finite(row["score_low"]), words.finite(row["score_high"])
    if low is None or high is None:
        return ""
    return f"{words.score(metric, low)}–{words.score(metric, high)}"


def share_interval(row: Row) -> str:
    """Return the interval of a contributivity, such as ``5–18 %``; empty where there is none."""
    return words.percent_range(row.get("contributivity_low"), row.get("contributivity_high"))


def firmness(board: Board, row: Row) -> str:
    """Say how firm a contributivity is: ``folds 4–21 %, 95 % interval 5–18 %``, as far as known."""
    folds = words.percent_range(
        row.get("contributivity_fold_low"), row.get("contributivity_fold_high")
    )
    sure, spread = share_interval(row), board.get("spread")
    said = [f"folds {folds}"] if folds else []
    if sure and spread:
        said.append(f"{words.percent(spread['level'], 0)} interval {sure}")
    return ", ".join(said)


def blend_row(board: Board) -> Content | None:
    """Prepare the row of the blend; None where it has no score.

    Parameters
    ----------
    board : Board
    """
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


def reference_rows(board: Board) -> list[Content]:
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
