"""Boards of a challenge for tests of the report: plain data, as in ``leaderboard.json``."""

from __future__ import annotations

from typing import Any


def make_team(name: str, rank: int | None, score: float, **changes: Any) -> dict[str, Any]:
    """Make a row of a team, or of a baseline where it has no rank."""
    return {
        "rank": rank,
        "change": 2,
        "team": name,
        "team_name": name.title(),
        "score": score,
        "entries": 12,
        "last_submission": "2014-09-15T10:14:00+00:00",
        "best_minus_last_h": -141.6,
        "entry": "e",
        "entry_name": "Boosted",
        "kind": "team" if rank else "baseline",
        "in_the_money": rank == 1,
        "model_uploaded": rank == 2,
        "score_low": score - 0.05,
        "score_high": score + 0.05,
        "is_level_with_first": rank in (1, 2) if rank else None,
        "best_rank": 1,
        "worst_rank": 2,
        "public_rank": rank and 3 - rank,
        "public_score": score - 0.1,
        **changes,
    }


def make_entry(team: str, score: float | None, **changes: Any) -> dict[str, Any]:
    """Make a row of an entry; one without a score was not read."""
    return {
        "team": team,
        "name": "e",
        "kind": "predictions",
        "display_name": "Boosted",
        "submitted_at": "2014-09-15T10:14:00+00:00",
        "score": score,
        "status": "ok" if score else "bad_predictions",
        "reason": "" if score else "line 5: EventId '7' is not in the test set",
        "messages": [] if score else ["line 5: first", "line 9: second"],
        **changes,
    }


def make_challenge_board(part: str = "private", **changes: Any) -> dict[str, Any]:
    """Make the board of a part: two teams, a baseline and a reference."""
    rows = [
        make_team("otters", 1, 3.8058),
        make_team("tmva", None, 3.75),
        make_team("owls", 2, 3.7),
    ]
    return {
        "part": part,
        "event": {
            "name": "higgsml_2014",
            "title": "HiggsML",
            "problem_title": "A search",
            "phase": "closed",
            "note": "",
            "seed": 1,
            "n_rows": 450_000,
            "n_test": 550_000,
            "finals": 2,
            "prizes": 1,
            "opened": "2014-05-12T00:00:00+00:00",
            "closed": None,
            "sandbox": {"steps": 9, "none": 0, "root": 0},
        },
        "metric": {"name": "ams", "unit": "", "is_lower_the_better": False, "precision": 4},
        "rows": rows,
        "comparison": {
            "level": 0.95,
            "n_rows": 450_000,
            "replicates": 200,
            "n_compared": 2,
            "why_not": "",
        },
        "references": [
            {"name": "Window", "note": "A cut on one mass.", "is_limit": False, "score": 1.535}
        ],
        "entries": [make_entry("otters", 3.8), make_entry("owls", 3.7), make_entry("moths", None)],
        "provenance": {
            "data": [],
            "lock_sha256": "ab",
            "folds_sha256": "cd",
            "code": {"commit": None, "clean": None},
            "python": "3.11",
            "rampflow": "0.1",
            "command": "rampflow run",
            "threads": 1,
            "split_sha256": "ef" * 32,
        },
        **changes,
    }
