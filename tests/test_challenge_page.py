"""The page and the summary of a board of a challenge: from plain data to text."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from rampflow.errors import ResultError
from rampflow.report.challenge import build_challenge_page, sentence, write_challenge_page
from rampflow.report.challenge_rows import best_minus_last, not_counted, shift_of_ranks
from rampflow.report.challenge_terminal import print_challenge
from rampflow.report.words import UTC


def team(name: str, rank: int | None, score: float, **changes: Any) -> dict[str, Any]:
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


def entry(team: str, score: float | None, **changes: Any) -> dict[str, Any]:
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


def board(part: str = "private", **changes: Any) -> dict[str, Any]:
    rows = [team("otters", 1, 3.8058), team("tmva", None, 3.75), team("owls", 2, 3.7)]
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
        "entries": [entry("otters", 3.8), entry("owls", 3.7), entry("moths", None)],
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


def text_of(parts: list[dict[str, Any]]) -> str:
    return "".join(part["text"] for part in parts)


def test_one_sentence_says_who_is_first() -> None:
    assert text_of(sentence(board())) == (
        "Otters is first on the private board with 3.8058, before Owls with 3.7000; "
        "on the public board it was number 2. 1 team cannot be told apart from it."
    )
    assert text_of(sentence(board("public"))).endswith(
        "before Owls with 3.7000. 1 team cannot be told apart from it."
    )
    assert text_of(sentence(board(rows=[]))) == "No team has a score yet."


def test_rows_without_a_rank_stand_where_their_scores_belong() -> None:
    page = build_challenge_page(board())
    places = [page.index(f'<bdi class="team">{name}') for name in ("Otters", "Tmva", "Owls")]
    assert sorted(places) == places
    assert page.index('<bdi class="team">Window') > places[-1]
    assert page.count('class="unranked"') == 2
    assert 'Otters <span class="mark">*</span>' in page
    assert 'Owls <span class="mark">‡</span>' in page
    shown = ["▲ 2", "−5.9 d", "450,000", "3.8058", "line 9: second", "ef" * 32, "1–2"]
    shown += ["3.7558–3.8558", "cannot be told apart from the first"]
    shown += ["drawing the 450,000 rows 200 times"]
    for text in shown:
        assert text in page


def test_the_public_page_has_no_private_column() -> None:
    rows = [{k: v for k, v in row.items() if not k.startswith("public")} for row in board()["rows"]]
    page = build_challenge_page(board("public", rows=rows))
    assert "Public score" not in page
    assert "Public and private ranks" not in page


def test_what_teams_write_is_shown_as_text() -> None:
    evil = "<script>alert(1)</script>\x1b[31m\u202e"
    rows = [team("otters", 1, 3.8, team_name=evil, entry_name=evil)]
    entries = [entry("x", None, reason=evil, display_name=evil, messages=["", evil])]
    page = build_challenge_page(board(rows=rows, entries=entries))
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    out = io.StringIO()
    print_challenge(board(rows=rows, entries=entries), {"page": "p"}, file=out)
    assert "\x1b[31m" not in out.getvalue()


def test_the_page_needs_no_network_and_is_the_same_again(tmp_path: Path) -> None:
    target = tmp_path / "report" / "index.html"
    write_challenge_page(board(), target)
    page = target.read_text()
    assert "http:" not in page.replace("http://www.w3.org", "")
    assert "https:" not in page
    assert page == build_challenge_page(board())


def test_a_board_of_another_version_is_named() -> None:
    known = {k: v for k, v in board()["provenance"].items() if k != "split_sha256"}
    with pytest.raises(ResultError, match="split_sha256"):
        build_challenge_page(board(provenance=known))


def test_an_empty_board_says_so() -> None:
    page = build_challenge_page(board(rows=[], references=[], entries=[]))
    assert "nothing to rank" in page
    out = io.StringIO()
    print_challenge(board(rows=[], references=[], entries=[]), {"page": "p"}, file=out)
    assert "No team has a score." in out.getvalue()


def test_times_between_best_and_last() -> None:
    assert [best_minus_last(h) for h in (0, -0.5, -24, -141.6)] == [
        "–",
        "−0.5 h",
        "−1.0 d",
        "−5.9 d",
    ]


def test_how_ranks_shifted_is_counted() -> None:
    shift = shift_of_ranks(board())
    assert shift is not None
    assert len(shift["dots"]) == 2
    assert (
        "0 of 2 teams kept their rank; half moved by at most 1; the largest move is 1."
        in shift["about"]
    )
    assert shift_of_ranks(board(rows=[team("otters", 1, 3.8)])) is None
    moved = {"n_teams": 2, "n_splits": 200, "observed": 1.0, "expected": 0.44, "high": 1.0}
    about = shift_of_ranks(board(shake_up=moved))["about"]
    assert "moved by 1.0 ranks on average; where chance splits the test rows, by 0.4" in about


def test_a_long_list_of_what_does_not_count_is_cut() -> None:
    found = not_counted(board(entries=[entry(f"t{i}", None) for i in range(300)]), UTC)
    assert (found["n"], len(found["rows"])) == (300, 200)
    assert "entries.csv has all" in found["more"]


def test_the_summary_has_the_first_teams_and_the_paths() -> None:
    rows = [team(f"t{i}", i, 5 - 0.01 * i, public_rank=i) for i in range(1, 41)]
    out = io.StringIO()
    print_challenge(board(rows=rows), {"public": "a/b.html"}, file=out)
    text = out.getvalue()
    assert "HiggsML · closed · private board · 450,000 of 550,000 test rows" in text
    assert "32 more teams" in text
    assert "1 entry not counted: 1 bad predictions" in text
    assert text.rstrip().endswith("public  a/b.html")
    assert all(len(line) < 120 for line in text.splitlines())


def test_code_that_was_not_confined_is_said() -> None:
    made = board()
    assert "Sandbox." not in build_challenge_page(made)
    made["event"]["sandbox"] = {"steps": 9, "none": 4, "root": 0}
    assert "4 of 9 steps ran without a sandbox" in build_challenge_page(made)
    out = io.StringIO()
    print_challenge(made, {}, file=out)
    assert "Sandbox: 4 of 9 steps" in out.getvalue()
