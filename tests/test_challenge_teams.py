"""Teams on a board: which entry counts, ranks, ties, and what has changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rampflow.challenge.teams import (
    Entry,
    change_of_rank,
    chosen,
    rank_teams,
    ranks_a_week_before,
)

START = datetime.fromisoformat("2014-05-12T00:00:00+00:00")


def entry(team: str, score: float | None, hours: float = 0, **keys) -> Entry:
    at = START + timedelta(hours=hours)
    return Entry(team, keys.pop("name", f"e{hours}"), at, score, **keys)


def ranks(entries: list[Entry], **keys) -> list[tuple[str, int | None]]:
    keys.setdefault("is_lower_the_better", False)
    return [(team.name, team.rank) for team in rank_teams(entries, **keys)]


def test_the_best_entry_counts_and_times_tell_how_long_before_the_last() -> None:
    entries = [entry("a", 3.0, 1), entry("a", 3.7, 2), entry("a", None, 12), entry("b", 3.5, 3)]
    first, second = rank_teams(entries, is_lower_the_better=False)
    assert (first.name, first.best.score, first.n_entries) == ("a", 3.7, 3)
    assert first.best_minus_last == timedelta(hours=-10)
    assert (second.rank, second.best_minus_last) == (2, timedelta(0))
    assert ranks(entries, is_lower_the_better=True) == [("a", 1), ("b", 2)]


def test_who_reached_a_score_first_is_ahead() -> None:
    entries = [entry("late", 1.0, 2), entry("b", 1.0, 1), entry("a", 1.0, 1), entry("late", 0.5, 0)]
    assert ranks(entries) == [("a", 1), ("b", 2), ("late", 3)]


def test_organisers_stand_between_the_teams_and_take_no_rank() -> None:
    entries = [entry("a", 3.0), entry("tmva", 2.5), entry("b", 2.0)]
    assert ranks(entries, unranked=("tmva",)) == [("a", 1), ("tmva", None), ("b", 2)]


def test_a_team_without_a_score_is_not_on_the_board() -> None:
    assert ranks([entry("a", None)]) == []
    assert ranks([]) == []


def test_the_teams_own_choice_counts_even_if_it_is_worse() -> None:
    entries = [
        entry("a", 3.0, 1, is_final=True, public_score=1.0),
        entry("a", 3.9, 2, public_score=9.0),
        entry("b", 3.5, 1, public_score=1.0),
        entry("b", 3.6, 2, public_score=0.5),
    ]
    (first, second) = rank_teams(entries, is_lower_the_better=False, finals=1)
    assert (first.name, first.best.score) == ("b", 3.5)  # it chose none: best on the public rows
    assert (second.name, second.best.score) == ("a", 3.0)


def test_of_too_many_choices_the_last_ones_count() -> None:
    entries = [entry("a", float(h), h, is_final=True, public_score=0.0) for h in (1, 2, 3)]
    assert [e.score for e in chosen(entries, 2, -1.0)] == [2.0, 3.0]


def test_a_choice_that_has_no_score_is_none() -> None:
    entries = [entry("a", None, 1, is_final=True), entry("a", 2.0, 2, public_score=1.0)]
    assert [e.score for e in chosen(entries, 1, -1.0)] == [2.0]


def test_ranks_of_a_week_before() -> None:
    entries = [entry("a", 1.0, 0), entry("b", 2.0, 1), entry("a", 3.0, 8 * 24), entry("c", 9, 190)]
    keys = {"is_lower_the_better": False}
    before = ranks_a_week_before(entries, **keys)
    assert before == {"b": 1, "a": 2}
    now = {team.name: team for team in rank_teams(entries, **keys)}
    changes = {name: change_of_rank(team, before) for name, team in now.items()}
    assert changes == {"c": None, "a": 0, "b": -2}
    assert ranks_a_week_before([], **keys) == {}


TEAMS = st.sampled_from("abcd")
SCORES = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.0, 2.0000000001]))


@given(
    st.lists(st.tuples(TEAMS, SCORES, st.booleans(), SCORES), max_size=20),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_laws_of_a_board(rows, finals, random, is_lower) -> None:
    entries = [
        entry(team, score, i, is_final=final, public_score=public)
        for i, (team, score, final, public) in enumerate(rows)
    ]
    keys = {"is_lower_the_better": is_lower, "finals": finals, "unranked": ("d",)}
    teams = rank_teams(entries, **keys)
    random.shuffle(entries)
    assert rank_teams(entries, **keys) == teams
    assert [t.rank for t in teams if t.rank] == [*range(1, 1 + sum(t.name != "d" for t in teams))]
    scores = [t.best.score for t in teams]
    assert scores == sorted(scores, reverse=not is_lower)
    for team in teams:
        own = [e for e in entries if e.team == team.name]
        assert team.n_entries == len(own)
        assert team.best in own
        assert team.best_minus_last <= timedelta(0)
        if any(e.is_final and e.score is not None for e in own) and finals >= len(own):
            assert team.best.is_final
