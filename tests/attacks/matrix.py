"""Which attacks are run where, and what is expected there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.attacks.account import Who, run_stage
from tests.attacks.attack import Attack, Tier


class Setting(NamedTuple):
    """An account, a tier, and how steps are started.

    Parameters
    ----------
    who : str
        ``root`` or ``user``.
    tier : Tier
        How submissions are confined.
    start : str
        ``warm`` or ``fresh``.
    """

    who: Who
    tier: Tier
    start: str

    def __str__(self) -> str:
        return f"{self.who}-{self.tier}-{self.start}"

    def attacks(self, among: Sequence[Attack]) -> list[Attack]:
        """Return the attacks that can be made here."""
        is_own = self.who == "user" and os.geteuid() != 0  # with a person's other processes
        found = [attack for attack in among if attack.applies(*self)]
        return [attack for attack in found if not (is_own and "alone" in attack.only)]

    def why_not(self) -> str:
        """Say why this machine cannot show it, or return nothing."""
        if self.who == "root" and os.geteuid() != 0:
            return "needs root"
        needed = ["bwrap"] if self.tier is Tier.BWRAP else []
        if self.who == "user" and os.geteuid() == 0:
            needed += ["setpriv", "unshare", "mount"]
        return "".join(f"needs the command {name}" for name in needed if not shutil.which(name))


ALL = tuple(
    Setting(who, tier, start)  # type: ignore[arg-type]
    for who in ("user", "root")
    for tier in (Tier.BARE, Tier.NONE, Tier.LANDLOCK, Tier.BWRAP)
    for start in (("fresh",) if tier is Tier.BARE else ("warm", "fresh"))
)


PATIENCE_SECONDS = 4.0, 12.0, 40.0
"""So long an attack waits for what another process does, in each of its tries: one that is a race
may lose it on a busy machine where nothing stops it."""
TRIES = len(PATIENCE_SECONDS)
DUD = "did not succeed: is it a dud?"


def surprises(setting: Setting, attacks: Sequence[Attack]) -> list[str]:
    """Run attacks and return everything that is not as expected, in words.

    One that should succeed may try again: an attacker could, too. One that should not gets no
    second chance to be stopped.
    """
    found, left = [], list(attacks)
    for attempt in range(1, TRIES + 1):
        seen = run_stage(*setting, left, PATIENCE_SECONDS[attempt - 1])
        assert [v["name"] for v in seen] == [a.name for a in left]
        again = []
        for attack, verdict in zip(left, seen, strict=True):
            words = "" if verdict["absent"] else surprise(setting, attack, verdict)
            if words == DUD and attempt < TRIES:
                again.append(attack)
            elif words:
                found.append(f"{attack.name}: {words}\n{describe(verdict)}")
        if not (left := again):
            break
    return found


def surprise(setting: Setting, attack: Attack, verdict: dict[str, Any]) -> str:
    """Say what is not as expected, or return nothing."""
    expected = attack.succeeds_at(setting.tier)
    if verdict["succeeded"] != expected:
        return "succeeded" if verdict["succeeded"] else DUD
    if setting.tier is Tier.BARE or expected:
        return ""
    if attack.statuses and verdict["status"] not in attack.statuses:
        return f"reported as {verdict['status']}, not as {' or '.join(attack.statuses)}"
    if any(code != 0 for code in verdict["exits"].values()):
        return "the job failed"
    if setting.tier >= Tier.LANDLOCK:
        for what in ("left", "survivors", "changed", "victim"):
            if verdict[what]:
                return f"{what}: {', '.join(verdict[what])}"
    return ""


def describe(verdict: dict[str, Any]) -> str:
    """Return a verdict as a person looks at it."""
    return "\n".join(f"    {name}: {value}" for name, value in verdict.items() if name != "values")
