"""A runner's answer is text and numbers, or it is refused: whatever its submission sends."""

from __future__ import annotations

import sys

import pytest

from tests.attacks.account import run_stage
from tests.attacks.answers import ANSWERS, MODEL
from tests.attacks.attack import Tier
from tests.attacks.matrix import describe

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
    pytest.mark.slow,
]
MOST_MB = 150
"""Memory of a supervisor that has read an answer."""
MOST_SECONDS = 100
"""Time for an answer: none is waited for until its limit of 120 seconds."""


def test_hostile_answers_are_refused_at_no_cost() -> None:
    assert len(ANSWERS) >= 22
    answers = (*ANSWERS, MODEL)
    wrong = []
    for answer, seen in zip(answers, run_stage("root", Tier.NONE, "warm", answers), strict=True):
        well = seen["status"] in answer.statuses and set(seen["exits"].values()) == {0}
        well &= not (seen["survivors"] or seen["changed"] or seen["left"])
        if not well or seen["peak"]["job_mb"] > MOST_MB or seen["seconds"] > MOST_SECONDS:
            wrong.append(f"{answer.name}: wanted {answer.statuses}\n{describe(seen)}")
    assert not wrong, "\n".join(wrong)
