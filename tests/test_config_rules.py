"""Which entries keep the rules: laws of times alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.config.event import load_event
from rampflow.config.loading import validate
from rampflow.config.rules import HandedIn, refusals
from rampflow.config.schemas import Challenge, Event, Rules
from rampflow.errors import RampflowError
from rampflow.paths import Project
from tests.support.evaluated import evaluated
from tests.support.toys import EVENT, make_toy

START = datetime.fromisoformat("2015-05-21T09:00:00+02:00")


def event(**keys: Any) -> Event:
    given = {"title": "E", "problem": "toy", "phase": "open", "opened": START, **keys}
    return Event.model_validate(given)


def handed_in(minutes: float, team: str = "ants", name: str = "a", *sources: str) -> HandedIn:
    return HandedIn(team, name, START + timedelta(minutes=minutes), sources)


def test_without_rules_everything_within_the_event_is_taken() -> None:
    entries = [handed_in(i, name=f"e{i}") for i in range(5)]
    assert refusals(event(), entries) == {}


def test_the_first_and_the_last_moment_belong_to_the_event() -> None:
    entries = [handed_in(m, name=f"e{i}") for i, m in enumerate((-1, 0, 60, 61))]
    found = refusals(event(closed=START + timedelta(minutes=60)), entries)
    assert found == {
        "ants/e0": "handed in at 2015-05-21 08:59:00+02:00, "
        "before the event opened at 2015-05-21 09:00:00+02:00",
        "ants/e3": "handed in at 2015-05-21 10:01:00+02:00, "
        "after the event closed at 2015-05-21 10:00:00+02:00",
    }


def test_a_refused_entry_does_not_count_against_the_next() -> None:
    entries = [handed_in(m, name=f"e{m}") for m in (0, 10, 15, 20, 30)]
    found = refusals(event(rules={"min_delay_min": 15}), entries)
    assert [*found] == ["ants/e10", "ants/e20"]
    assert found["ants/e20"] == ("handed in 5 min after ants/e15; at least 15 min have to pass")


def test_days_are_those_of_the_clock_of_the_event() -> None:
    # 21 May 22:30 UTC is 22 May 00:30 where the event is
    late = HandedIn("ants", "late", datetime.fromisoformat("2015-05-21T22:30:00+00:00"))
    entries = [handed_in(0, name="a"), handed_in(1, name="b"), late]
    found = refusals(event(rules={"per_day": 1}), entries)
    assert found == {"ants/b": "the team had handed in 1 on 2015-05-21; 1 a day are allowed"}


def test_code_of_others_is_built_on_once_it_is_public() -> None:
    entries = [
        handed_in(10, "bees", "own", "bees/a"),
        handed_in(20, "bees", "early", "ants/a"),
        handed_in(60, "bees", "then", "ants/a"),
    ]
    found = refusals(event(public_code=START + timedelta(hours=1)), entries)
    assert [*found] == ["bees/early"]
    assert "builds on ants/a, whose code was not public before" in found["bees/early"]


@given(
    st.lists(st.tuples(st.integers(-60, 3000), st.sampled_from("ab")), max_size=25),
    st.integers(0, 90),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_what_is_taken_keeps_the_rules_in_any_order(times, delay, per_day, random) -> None:
    entries = [handed_in(m, team, f"e{i}") for i, (m, team) in enumerate(times)]
    rules = event(rules={"min_delay_min": delay, "per_day": per_day})
    found = refusals(rules, entries)
    random.shuffle(entries)
    assert refusals(rules, entries) == found
    for team in "ab":
        taken = sorted(e.at for e in entries if e.team == team and e.full_name not in found)
        assert all(at >= START for at in taken)
        assert all(b - a >= timedelta(minutes=delay) for a, b in pairwise(taken))
        days = [at.date() for at in taken]
        assert all(days.count(day) <= per_day for day in days)
    assert all(why for why in found.values())


def test_a_submission_outside_the_rules_is_listed_and_not_evaluated(tmp_path) -> None:
    made = evaluated(tmp_path / "toy", closed="2015-05-21T10:30:00Z")
    rows = made.toy.rows()
    assert [*rows] == ["bees/mean", "ants/line"]
    late = rows["ants/line"]
    assert (late["rank"], late["status"], late["score"]) == (None, "refused", None)
    assert late["reason"].startswith("handed in at 2015-05-21 11:00:00+00:00, after the event")
    assert {name for name, _ in made.toy.index()} == {"bees/mean"}


def test_credit_goes_to_no_submission_that_is_refused(tmp_path) -> None:
    toy = make_toy(tmp_path / "toy")
    toy.configure(opened="2015-05-21T10:30:00Z")
    loaded = load_event(Project(toy.root), EVENT)
    assert [s.name for s, _ in loaded.refused] == ["bees/mean"]
    assert loaded.credits() == {"ants/line": {}}


@pytest.mark.parametrize(
    "keys",
    [
        {"rules": {"min_delay_min": -1}},
        {"rules": {"per_day": 0}},
        {"public_code": "2015-05-20T09:00:00+02:00"},
        {"kind": "Challenge"},
        {"kind": "ramp", "challenge": {"seed": 1}},
        {"kind": "challenge", "final": "refit"},
        {"kind": "challenge", "challenge": {"public_share": 1.0}},
        {"kind": "challenge", "challenge": {"public_share": 0.0}},
        {"kind": "challenge", "challenge": {"finals": 0}},
        {"kind": "challenge", "challenge": {"baselines": ["My Team"]}},
    ],
)
def test_wrong_keys_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        event(**keys)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.sampled_from(["ants", "My Team", 3]), max_size=2),
    st.just({"seed": 1}),
)
CHALLENGE_KEYS = st.sampled_from([*Challenge.model_fields, "publik_share"])
RULE_KEYS = st.sampled_from([*Rules.model_fields, "perday"])


@given(
    st.one_of(ANYTHING, st.dictionaries(CHALLENGE_KEYS, ANYTHING, max_size=3)),
    st.one_of(ANYTHING, st.dictionaries(RULE_KEYS, ANYTHING, max_size=2)),
    st.sampled_from(["ramp", "challenge", "kaggle", None]),
)
def test_a_malformed_configuration_is_one_error_per_key(challenge, rules, kind) -> None:
    content = {
        "title": "E",
        "problem": "toy",
        "phase": "open",
        "kind": kind,
        "challenge": challenge,
        "rules": rules,
    }
    try:
        made = validate(Event, content, "config/events/e.yaml")
    except RampflowError as error:
        found = getattr(error, "errors", [error])
        wheres = [one.where for one in found]
        assert len(set(wheres)) == len(wheres)
        assert all(where.startswith("config/events/e.yaml") for where in wheres)
        assert all(one.what for one in found)
    else:
        assert made.kind == "challenge"
        assert 0 < made.challenge.public_share < 1
