"""The keys of configuration files: what is allowed, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.config.document import configuration_page
from rampflow.config.loading import validate
from rampflow.config.schemas import NAME, Defaults, Event, SubmissionFile, Team
from rampflow.errors import RampflowError

EVENT = {"title": "An event", "problem": "toy", "phase": "open"}
SUBMISSION = {"team": "ants", "submitted_at": "2015-05-21T10:00:00+02:00", "entry": ["a.py"]}


def event(**keys: Any) -> Event:
    return validate(Event, {**EVENT, **keys}, "e.yaml")


def submission(**keys: Any) -> SubmissionFile:
    return validate(SubmissionFile, {**SUBMISSION, **keys}, "s.yaml")


def test_defaults_of_an_event() -> None:
    made = event()
    assert (made.seed, made.threads, made.keep_models, made.tolerance) == (1000, 1, False, 1e-9)
    assert (made.blend.max_members, made.blend.min_improvement) == (80, 0.0)
    assert (made.limits.time_s, made.limits.memory_mb) == (600, 2000)


@pytest.mark.parametrize(
    "keys",
    [
        {"phase": "Open"},
        {"phase": None},
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 201},
        {"problem": "../x"},
        {"problem": "Toy"},
        {"seed": -1},
        {"seed": 2**31},
        {"seed": 1.0},
        {"seed": True},
        {"threads": 0},
        {"limits": {"time_s": 0}},
        {"limits": {"time_s": float("nan")}},
        {"limits": {"time_s": float("inf")}},
        {"limits": {"memory_mb": 1.5}},
        {"blend": {"max_members": 0}},
        {"blend": {"min_improvement": -1e-9}},
        {"blend": {"min_improvement": float("nan")}},
        {"tolerance": -1.0},
        {"tolerance": float("inf")},
        {"opened": "2015-05-21T10:00:00"},
        {"opened": "yesterday"},
        {"opened": "2015-05-22T00:00:00Z", "closed": "2015-05-21T00:00:00Z"},
        {"keep_models": "yes"},
    ],
)
def test_an_event_refuses(keys: dict[str, Any]) -> None:
    with pytest.raises(RampflowError) as caught:
        event(**keys)
    assert "e.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "keys",
    [
        {"entry": []},
        {"entry": "a.py"},
        {"entry": ["a.py", "a.py"]},
        {"entry": ["../a.py"]},
        {"entry": [".a.py"]},
        {"entry": ["a/b.py"]},
        {"entry": ["a.py\n"]},
        {"team": "Ants"},
        {"submitted_at": "2015-05-21"},
        {"builds_on": [{"submission": "ants", "credit": 1}]},
        {"builds_on": [{"submission": "ants/x", "credit": 0}]},
        {"builds_on": [{"submission": "ants/x", "credit": 1.1}]},
        {"builds_on": [{"submission": "a/x", "credit": 0.6}, {"submission": "a/y", "credit": 0.6}]},
        {"builds_on": [{"submission": "a/x", "credit": 0.1}, {"submission": "a/x", "credit": 0.1}]},
        {"builds_on": [{"submission": "a/x/y", "credit": 1}]},
        {"resources": {"time_s": 0}},
        {"resources": {"threads": 0}},
        {"resources": {"devices": 1}},
    ],
)
def test_a_submission_refuses(keys: dict[str, Any]) -> None:
    with pytest.raises(RampflowError) as caught:
        submission(**keys)
    assert "s.yaml" in str(caught.value)


def test_credits_may_sum_to_one_whatever_the_rounding() -> None:
    tenth = [{"submission": f"a/x{i}", "credit": 0.1} for i in range(10)]
    assert len(submission(builds_on=tenth).builds_on) == 10


def test_a_whole_number_is_a_number() -> None:
    assert event(limits={"time_s": 5, "memory_mb": 100}).limits.time_s == 5


@given(st.text(max_size=70))
def test_a_name_is_safe_in_a_shell_and_in_a_path(name: str) -> None:
    safe = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    fits = 1 <= len(name) <= 64 and set(name) <= safe and name[0] not in "_-"
    try:
        validate(Defaults, {"event": name}, "c.yaml")
    except RampflowError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("name", ["a", "0", "el_nino-2015", "a" * 64])
def test_good_names(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "A", "_a", "-a", "a b", "a/b", "a.b", "é", "a\n", "a" * 65])
def test_bad_names(name: str) -> None:
    assert not NAME.fullmatch(name)


def test_members_are_named_only_with_a_name() -> None:
    team = {"display_name": "Ants", "members": [{"name": "A"}, {"name": "B", "affiliation": "C"}]}
    assert [m.affiliation for m in validate(Team, team, "t").members] == [None, "C"]
    with pytest.raises(RampflowError, match="missing"):
        validate(Team, {"display_name": "Ants", "members": [{"affiliation": "C"}]}, "t")


def test_the_page_on_configuration_is_that_of_the_schemas(repo: Any) -> None:
    page = (repo / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == configuration_page()
