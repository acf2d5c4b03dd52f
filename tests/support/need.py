"""What a test needs from outside the repository: a user may lack it, CI may not.

A user's `make test` skips such a test and says why. `.ci/run` sets `RAMPFLOW_CI=1`: there the same
gap is a failure, because a test that CI never runs protects nothing.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"


def give_up(reason: str) -> NoReturn:
    """Skip the running test for a user, fail it in CI; `reason` says what is missing."""
    if os.environ.get("RAMPFLOW_CI"):
        pytest.fail(f"{reason}, and CI has to provide it (see .ci/run)", pytrace=False)
    pytest.skip(reason)


def need_shared(path: str = "") -> Path:
    """Return `path` inside the folder `shared` beside the repository, which must be there."""
    found = SHARED / path
    if not found.exists():
        give_up(f"needs the reference data ../shared/{path}")
    return found


def need_command(name: str) -> str:
    """Return the full path of the command `name`, which must be installed."""
    found = shutil.which(name)
    if found is None:
        give_up(f"needs the command {name}")
    return found


def need_sandbox(tier: str) -> None:
    """Skip the running test where this machine does not offer a tier of the sandbox."""
    from rampflow.sandbox.policy import Tier
    from rampflow.sandbox.probe import probe

    if tier != Tier.NONE and not (offer := probe(Tier(tier))).works:
        give_up(f"needs the sandbox {tier}: {offer.why_not}")
