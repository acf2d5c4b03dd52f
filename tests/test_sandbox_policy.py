"""A policy goes through JSON and comes out the same; what is none is refused with its key."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.policy import Policy, Tier, tier_named

names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
paths = st.lists(names.filter(lambda n: n not in (".", "..")), max_size=3).map(
    lambda parts: Path("/", *parts)
)
policies = st.builds(
    Policy,
    read=st.lists(paths, max_size=3).map(tuple),
    write=st.lists(paths, max_size=3).map(tuple),
    memory_mb=st.floats(1, 1e6),
    n_processes=st.integers(1, 10**6),
    n_others=st.integers(0, 10**6),
    n_files=st.integers(1, 10**6),
    file_mb=st.floats(1, 1e6),
    landlock_abi=st.integers(1, 9),
    cpu_s=st.none() | st.floats(0.1, 1e6),
    tier=st.sampled_from(Tier),
    user=st.none() | st.integers(1, 2**31),
    devices=st.lists(paths, max_size=3).map(tuple),
)
PLAIN: dict[str, Any] = {"read": ["/a"], "write": [], "memory_mb": 10}


@given(policies)
def test_json_and_back(policy: Policy) -> None:
    assert Policy.from_json(policy.to_json()) == policy


def test_through_a_descriptor() -> None:
    policy = Policy((Path("/usr"),), (), 10.0)
    assert Policy.from_descriptor(policy.to_descriptor()) == policy


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("memory_mb", 0),
        ("memory_mb", True),
        ("memory_mb", "many"),
        ("n_processes", 2.5),
        ("n_others", -1),
        ("user", 0),
        ("tier", "steel"),
        ("read", "/a"),
        ("read", ["a"]),
        ("read", ["/a/../b"]),
        ("surprise", 1),
    ],
)
def test_what_is_no_policy_is_refused(key: str, value: object) -> None:
    said = {"surprise": "needs", "tier": "no sandbox is called"}.get(key, key)
    with pytest.raises(SandboxError, match=said):
        Policy.checked({**PLAIN, key: value})


def test_text_that_is_none_is_refused() -> None:
    for text in ("", "[]", "{}", json.dumps({"read": []})):
        with pytest.raises(SandboxError):
            Policy.from_json(text)
    reading, writing = os.pipe()
    os.close(writing)
    with pytest.raises(SandboxError):
        Policy.from_descriptor(reading)


def test_a_tier_is_known_by_its_name() -> None:
    assert [tier_named(str(tier)) for tier in Tier] == list(Tier)
