"""Honest code must keep working: the same results in every tier as without a sandbox."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import pytest

from tests.attacks.account import Who, run_stage
from tests.attacks.attack import Tier
from tests.attacks.honest import HONEST
from tests.attacks.matrix import Setting, describe
from tests.support.need import give_up

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
    pytest.mark.slow,
]
NOT_UNDER_LANDLOCK = {
    "a pool of processes",
    "a pool of new interpreters",
    "a pool of loky",
    "a child that hands over an array in shared memory",
}
"""They need semaphores or shared memory with a name, which only a /dev/shm of its own allows."""


@cache
def results(who: Who, tier: Tier, start: str) -> dict[str, dict[str, Any]]:
    if reason := Setting(who, tier, start).why_not():
        give_up(reason)
    return {seen["name"]: seen for seen in run_stage(who, tier, start, HONEST)}


def differing(setting: Setting) -> dict[str, str]:
    """Return what is not as it is without a sandbox and in a new interpreter."""
    reference = results("user", Tier.NONE, "fresh")
    return {
        name: describe(seen)
        for name, seen in results(*setting).items()
        if (seen["status"], seen["values"])
        != (reference[name]["status"], reference[name]["values"])
    }


def test_all_of_it_works_with_no_sandbox() -> None:
    found = results("user", Tier.NONE, "fresh")
    assert {name: seen["reason"] for name, seen in found.items() if seen["status"] != "ok"} == {}
    assert all(any(map(any, seen["values"].values())) for seen in found.values()), "not all zero"


@pytest.mark.parametrize("who", ["user", "root"])
@pytest.mark.parametrize("start", ["warm", "fresh"])
def test_all_of_it_works_under_bubblewrap(who: Who, start: str) -> None:
    if who == "root" and start == "fresh":
        pytest.skip("as with a warm start, and as a user")
    found = differing(Setting(who, Tier.BWRAP, start))
    assert not found, "\n".join(found.values())


def test_under_landlock_only_pools_differ() -> None:
    found = differing(Setting("user", Tier.LANDLOCK, "warm"))
    assert {*found} == NOT_UNDER_LANDLOCK, "\n".join(found.values())
