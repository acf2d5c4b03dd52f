"""What the templates of the page are filled with: texts, prepared from the board.

Templates only place what is prepared here. They compute nothing and hold no conclusions.
"""

from __future__ import annotations

import shlex
from datetime import tzinfo
from typing import Any

from rampflow.report import words
from rampflow.report.progress import n_off_axis, progress_data
from rampflow.report.sentence import blend_against_best, result_parts
from rampflow.report.shape import (
    Board,
    Provenance,
    Row,
    blend_score,
    failed,
    n_blended,
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
        "rows": _rows(board, clock),
        "blend": _blend(board),
        "n_off_axis": n_off_axis(data, board["metric"]["is_lower_the_better"]),
        "failed": [_failure(row, board["event"]["n_folds"], clock) for row in failed(board)],
        "provenance": _provenance(board),
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
        {"label": "Folds", "value": event["n_folds"], "remark": f"{' and '.join(sizes)} rows"},
    ]


def _other_score(board: Board) -> str:
    """Which score is shown beside the one that ranks: ``valid_score``, ``test_score`` or none."""
    key = "valid_score" if ranks_on_test(board) else "test_score"
    has_any = any(words.finite(row[key]) is not None for row in scored(board))  # type: ignore[literal-required]
    return key if has_any else ""


def _columns(board: Board) -> Content:
    """Headings of the columns that not every board has; empty where this one has not."""
    headings = {"valid_score": "Validation", "test_score": "Test", "": ""}
    return {
        "other": headings[_other_score(board)],
        "historical": "Historical" if any(row["builds_on"] for row in scored(board)) else "",
    }


def _rows(board: Board, clock: tzinfo) -> list[Content]:
    ranked, metric, other = scored(board), board["metric"], _other_score(board)
    largest = max((words.finite(row["contributivity"]) or 0 for row in ranked), default=0)
    return [
        {
            "rank": row["rank"],
            "team": words.team_name(row),
            "entry": words.entry_name(row),
            "sources": [
                {"submission": words.name(s["submission"]), "credit": words.percent(s["credit"], 0)}
                for s in row["builds_on"]
            ],
            "commit": words.minute(row["commit"], clock),
            "score": words.score(metric, row["score"]),
            "other": words.score(metric, row[other] if other else None),  # type: ignore[literal-required]
            "contributivity": words.percent(row["contributivity"]),
            "bar": f"{100 * (words.finite(row['contributivity']) or 0) / (largest or 1):.1f}",
            "historical": words.percent(row["historical_contributivity"]),
            "train_time": words.seconds(row["train_time"]),
            "test_time": words.seconds(row["test_time"]),
        }
        for row in ranked
    ]


def _blend(board: Board) -> Content | None:
    blend, metric, other = board["blend"], board["metric"], _other_score(board)
    if blend is None or words.finite(blend["score"]) is None:
        return None
    shows_valid = other == "valid_score" or not ranks_on_test(board)
    best = words.finite(blend["foldwise_best_score"])
    n_members = n_blended(board)
    return {
        "of": f"of {words.count(n_members, 'entry', 'entries')}" if n_members else "",
        "score": words.score(metric, blend["score"]),
        "other": words.score(metric, blend[other] if other else None),  # type: ignore[literal-required]
        "has_valid": shows_valid and words.finite(blend["valid_score"]) is not None,
        "foldwise_best": words.score_and_unit(metric, best) if best is not None else "",
    }


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


def _provenance(board: Board) -> Content:
    provenance = board["provenance"]
    return {
        "rampflow": words.name(provenance["rampflow"]),
        "commands": _commands(board),
        "warning": _warning(provenance),
        "facts": _facts(board),
    }


def _commands(board: Board) -> str:
    """Shell lines from a clone to the same board, and to the proof that it is the same."""
    event, commit = board["event"]["name"], board["provenance"]["code"]["commit"]
    lines = [f"git checkout {shlex.quote(commit)}"] if commit else []
    lines += [
        f"make run EVENT={shlex.quote(event)}",
        f"rampflow verify {shlex.quote(event)} --against PUBLISHED_FOLDER",
    ]
    return words.visible("\n".join(lines), keep="\n")


def _warning(provenance: Provenance) -> str:
    if not provenance["code"]["commit"]:
        return "This result was made outside a git repository, so no commit names the code."
    if provenance["code"]["clean"] is False:
        return "The project had changes that are not in this commit."
    return ""


def _facts(board: Board) -> list[Content]:
    """Pairs of what the result depends on and its version or hash; unknown ones are left out."""
    provenance, seed = board["provenance"], board["event"]["seed"]
    facts = [("Made with", provenance["command"], "")]
    facts.append(("Code", provenance["code"]["commit"] or "", "git commit"))
    for file in provenance["data"]:
        # DVC locks an MD5; the hash of a file outside DVC says what it is
        kind, _, digest = file["md5"].rpartition(":")
        facts.append(("Data", digest, f"{kind or 'md5'} of {words.name(file['path'], 200)}"))
    facts += [
        ("Folds", provenance["folds_sha256"] or "", "sha256"),
        ("Environment lock", provenance["lock_sha256"] or "", "sha256"),
    ]
    python, threads = provenance["python"], provenance["threads"]
    plain = [
        ("Versions", f"rampflow {provenance['rampflow']}, Python {python}"),
        ("Threads", f"{threads} per fit"),
        ("Seed", f"{seed} plus the number of the fold, from 0"),
    ]
    coded = [
        {"label": label, "value": words.name(value, 200), "remark": remark, "is_code": True}
        for label, value, remark in facts
        if value
    ]
    return coded + [
        {"label": label, "value": words.name(value, 200), "remark": "", "is_code": False}
        for label, value in plain
    ]
