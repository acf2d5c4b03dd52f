"""Every attack works where nothing stops it, and in a tier exactly where the table says so.

A part of the matrix; all of it is run by ``python -m tests.attacks.table``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.attacks.attack import Attack, Tier
from tests.attacks.catalogue import ATTACKS, KINDS
from tests.attacks.honest import HONEST
from tests.attacks.matrix import ALL, Setting, surprises
from tests.attacks.table import page
from tests.support.need import give_up

SHARES = 2
"""Parts of a setting that are run side by side."""
ALL_OF_THEM, EVERY_THIRD = 1, 3
IN_CI = (
    (Setting("user", Tier.BARE, "fresh"), ALL_OF_THEM),
    (Setting("user", Tier.NONE, "warm"), EVERY_THIRD),
    (Setting("user", Tier.LANDLOCK, "warm"), ALL_OF_THEM),
    (Setting("user", Tier.BWRAP, "warm"), ALL_OF_THEM),
    (Setting("user", Tier.BWRAP, "fresh"), 10),
    (Setting("root", Tier.BWRAP, "warm"), EVERY_THIRD),
)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


def run(setting: Setting, attacks: list[Attack]) -> None:
    if reason := setting.why_not():
        give_up(reason)
    found = surprises(setting, attacks)
    assert not found, f"{len(found)} of {len(attacks)}\n" + "\n".join(found)


@linux
@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(("setting", "every"), IN_CI, ids=str)
def test_attacks_succeed_exactly_where_they_should(
    setting: Setting, every: int, share: int
) -> None:
    run(setting, setting.attacks(ATTACKS)[share * every :: SHARES * every])


@linux
@pytest.mark.slow
@pytest.mark.parametrize("tier", [Tier.NONE, Tier.BWRAP], ids=str)
def test_what_only_root_can_try(tier: Tier) -> None:
    setting = Setting("root", tier, "warm")
    run(setting, [attack for attack in setting.attacks(ATTACKS) if "root" in attack.only])


@linux
@pytest.mark.slow
def test_traps_for_the_supervisor_work_with_no_sandbox() -> None:
    setting = Setting("user", Tier.NONE, "warm")
    attacks = [a for a in setting.attacks(ATTACKS) if not a.is_report]
    run(setting, [attack for attack in attacks if not attack.applies_at(Tier.BARE)])


def test_there_are_enough_and_their_names_are_their_own() -> None:
    names = [attack.name for attack in (*ATTACKS, *HONEST)]
    assert len({*names}) == len(names)
    assert len({attack.slug for attack in (*ATTACKS, *HONEST)}) == len(names)
    assert sum(not attack.is_report for attack in ATTACKS) >= 60
    assert len(KINDS) >= 12


def test_each_is_shown_to_work_somewhere() -> None:
    for attack in ATTACKS:
        tier = next(t for t in (Tier.BARE, Tier.NONE) if attack.applies_at(t))
        assert attack.is_report or attack.succeeds_at(tier), attack.name
        assert any(setting.tier is tier and attack.applies(*setting) for setting in ALL)


def test_the_code_of_each_is_python() -> None:
    for attack in (*ATTACKS, *HONEST):
        for name, content in attack.files().items():
            compile(content, f"{attack.name}: {name}", "exec")


def test_the_page_is_made_from_the_attacks(repo: Path) -> None:
    assert (repo / "docs" / "attacks.md").read_text() == page()


def test_no_tier_of_the_sandbox_lets_an_attack_through_but_those_that_are_told() -> None:
    let_through = {
        tier: {a.name for a in ATTACKS if a.succeeds_at(tier)}
        for tier in (Tier.LANDLOCK, Tier.BWRAP)
    }
    assert let_through == {
        Tier.LANDLOCK: {"the time of a known file", "the time at which a file was last read"},
        Tier.BWRAP: set(),
    }
