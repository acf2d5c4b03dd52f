"""The page and the summary of a board of a challenge: from plain data to text."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from rampflow.errors import ResultError
from rampflow.report.challenge import (
    build_challenge_page,
    challenge_content,
    sentence,
    write_challenge_page,
)
from rampflow.report.challenge_rows import best_minus_last, not_counted
from rampflow.report.challenge_terminal import print_challenge
from rampflow.report.shift import shift_of_ranks
from rampflow.report.words import UTC
from tests.support.challenge_boards import make_challenge_board, make_entry, make_team


def text_of(parts: list[dict[str, Any]]) -> str:
    return "".join(part["text"] for part in parts)


def test_one_sentence_says_who_is_first() -> None:
    assert text_of(sentence(make_challenge_board())) == (
        "Otters is first on the private board with 3.8058, before Owls with 3.7000; "
        "on the public board it was number 2. The data cannot tell 1 other team apart from it."
    )
    assert text_of(sentence(make_challenge_board("public"))).endswith(
        "before Owls with 3.7000. The data cannot tell 1 other team apart from it."
    )
    assert text_of(sentence(make_challenge_board(rows=[]))) == "No team has a score yet."


def test_rows_without_a_rank_stand_where_their_scores_belong() -> None:
    page = build_challenge_page(make_challenge_board())
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
    rows = [
        {k: v for k, v in row.items() if not k.startswith("public")}
        for row in make_challenge_board()["rows"]
    ]
    page = build_challenge_page(make_challenge_board("public", rows=rows))
    assert "Public score" not in page
    assert "Public and private ranks" not in page


def test_what_teams_write_is_shown_as_text() -> None:
    evil = "<script>alert(1)</script>\x1b[31m\u202e"
    rows = [make_team("otters", 1, 3.8, team_name=evil, entry_name=evil)]
    entries = [make_entry("x", None, reason=evil, display_name=evil, messages=["", evil])]
    page = build_challenge_page(make_challenge_board(rows=rows, entries=entries))
    assert page.count("<script") == 1
    assert "alert(1)</script>" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    out = io.StringIO()
    print_challenge(make_challenge_board(rows=rows, entries=entries), {"page": "p"}, file=out)
    assert "\x1b[31m" not in out.getvalue()


def test_the_page_needs_no_network_and_is_the_same_again(tmp_path: Path) -> None:
    target = tmp_path / "report" / "index.html"
    write_challenge_page(make_challenge_board(), target)
    page = target.read_text()
    assert "http:" not in page.replace("http://www.w3.org", "")
    assert "https:" not in page
    assert page == build_challenge_page(make_challenge_board())


def test_a_board_of_another_version_is_named() -> None:
    known = {k: v for k, v in make_challenge_board()["provenance"].items() if k != "split_sha256"}
    with pytest.raises(ResultError, match="split_sha256"):
        build_challenge_page(make_challenge_board(provenance=known))


def test_an_empty_board_says_so() -> None:
    page = build_challenge_page(make_challenge_board(rows=[], references=[], entries=[]))
    assert "nothing to rank" in page
    out = io.StringIO()
    print_challenge(
        make_challenge_board(rows=[], references=[], entries=[]), {"page": "p"}, file=out
    )
    assert "No team has a score." in out.getvalue()


def test_times_between_best_and_last() -> None:
    assert [best_minus_last(h) for h in (0, -0.5, -24, -141.6)] == [
        "–",
        "−0.5 h",
        "−1.0 d",
        "−5.9 d",
    ]


def test_how_ranks_shifted_is_counted() -> None:
    shift = shift_of_ranks(make_challenge_board())
    assert shift is not None
    assert [(line["left"], line["right"]) for line in shift["lines"]] == [
        ("Otters 2", "1 Otters"),
        ("Owls 1", "2 Owls"),
    ]
    assert [line["way"] for line in shift["lines"]] == ["up", "down"]
    assert (
        "0 of 2 teams kept their rank; half moved by at most 1; the largest move is 1."
        in shift["about"]
    )
    assert shift_of_ranks(make_challenge_board(rows=[make_team("otters", 1, 3.8)])) is None
    moved = {"n_teams": 2, "n_splits": 200, "observed": 1.0, "expected": 0.44, "high": 1.0}
    about = shift_of_ranks(make_challenge_board(shake_up=moved))["about"]
    assert "moved by 1.0 ranks on average; where chance splits the test rows, by 0.4" in about


def test_many_ranks_are_dots() -> None:
    rows = [make_team(f"t{i}", i, 5 - 0.1 * i, public_rank=32 - i) for i in range(1, 32)]
    board = make_challenge_board(rows=rows)
    shift = shift_of_ranks(board)
    assert shift is not None
    assert (len(shift["dots"]), shift["lines"]) == (31, [])
    assert build_challenge_page(board).count("<circle") == 31


def test_the_best_baseline_is_not_the_known_limit() -> None:
    limit = {"name": "Limit", "note": "", "is_limit": True, "score": 4.5}
    tiles = challenge_content(make_challenge_board(references=[limit]))["tiles"]
    assert [t["value"] for t in tiles if t["label"] == "Best baseline"] == ["3.7500"]


def test_a_long_list_of_what_does_not_count_is_cut() -> None:
    found = not_counted(
        make_challenge_board(entries=[make_entry(f"t{i}", None) for i in range(300)]), UTC
    )
    assert (found["n"], len(found["rows"])) == (300, 200)
    assert "entries.csv has all" in found["more"]


def test_the_summary_has_the_first_teams_and_the_paths() -> None:
    rows = [make_team(f"t{i}", i, 5 - 0.01 * i, public_rank=i) for i in range(1, 41)]
    out = io.StringIO()
    print_challenge(make_challenge_board(rows=rows), {"public": "a/b.html"}, file=out)
    text = out.getvalue()
    assert "HiggsML · closed · private board · 450,000 of 550,000 test rows" in text
    assert "32 more teams" in text
    assert "1 entry not counted: 1 bad predictions" in text
    assert text.rstrip().endswith("public  a/b.html")
    assert all(len(line) < 120 for line in text.splitlines())


def test_code_that_was_not_confined_is_said() -> None:
    made = make_challenge_board()
    assert "Sandbox." not in build_challenge_page(made)
    made["event"]["sandbox"] = {"steps": 9, "none": 4, "root": 0}
    assert "4 of 9 steps ran without a sandbox" in build_challenge_page(made)
    out = io.StringIO()
    print_challenge(made, {}, file=out)
    assert "Sandbox: 4 of 9 steps" in out.getvalue()
