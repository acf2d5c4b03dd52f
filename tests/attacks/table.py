"""The table attack × tier: ``python -m tests.attacks.table > docs/attacks.md``.

Runs every attack in every tier, for root and for an ordinary user, with both kinds of start. The
table is printed only if all of it is as expected; what is not goes to standard error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from tests.attacks.attack import Attack, Tier
from tests.attacks.catalogue import ATTACKS
from tests.attacks.matrix import ALL, surprises

TIERS = (Tier.BARE, Tier.NONE, Tier.LANDLOCK, Tier.BWRAP)
_HEAD = """# Attacks

What submissions have tried, and where it worked. Every attack is a submission that is run by the
functions that the rules call, and judged from outside: by the predictions, the log, a listener,
another process, the files around it. `tests/attacks` has the code of all of them.

* `script` is an evaluator as many are written: one process that holds the labels and runs the
  submission (`tests/attacks/naive.py`). Here every attack that can be made must work.
* `none`, `landlock` and `bwrap` are rampflow with this `sandbox` in the event. `none` still has a
  supervisor, and no process that runs a submission holds a hidden label.

**works**: it succeeded. `-`: it did not. A word is the status that the cell must have. An attack
that needs rampflow cannot be made on a script (blank). All of it holds for root and for an ordinary
user, with a warm and with a fresh start, unless a row says otherwise.

What Landlock leaves open: the size and times of a file whose path is known can be asked, and so
one fold can tell another a bit by reading a file that both may read.

No tier stops a submission from lying about itself: the seconds of a fit are taken in its own
process.

This page is made by `python -m tests.attacks.table > docs/attacks.md`, which runs all of it in 14
settings; the tests run a part of it and hold the page against the attacks. `python -m
tests.attacks.kills 1000` kills processes of an evaluation at random and looks at every status.
"""


def page() -> str:
    """Return the page, as it must be if all is as expected."""
    return "\n".join([_HEAD, *_summary(), "", *_rows()]) + "\n"


def _summary() -> Iterator[str]:
    breakins = [attack for attack in ATTACKS if not attack.is_report]
    yield f"| {len(breakins)} attacks | works in |"
    yield "|---|---|"
    for tier in TIERS:
        count = sum(a.succeeds_at(tier) and a.applies_at(tier) for a in breakins)
        yield f"| `{_name(tier)}` | {count} |"


def _rows() -> Iterator[str]:
    kind = ""
    for attack in ATTACKS:
        if attack.kind != kind:
            kind = attack.kind
            yield f"\n## {kind[0].upper()}{kind[1:]}\n"
            yield f"| attack | only | {' | '.join(map(_name, TIERS))} |"
            yield f"|---|---|{'---|' * len(TIERS)}"
        only = ", ".join(word for word in attack.only if word not in ("supervised", "alone"))
        cells = " | ".join(_cell(attack, tier) for tier in TIERS)
        yield f"| {attack.name} | {only} | {cells} |"


def _name(tier: Tier) -> str:
    return "script" if tier is Tier.BARE else str(tier)


def _cell(attack: Attack, tier: Tier) -> str:
    if not attack.applies_at(tier):
        return ""
    if attack.succeeds_at(tier):
        return "**works**"
    if attack.statuses and tier is not Tier.BARE:
        return " or ".join(attack.statuses)
    return "" if attack.is_report else "-"


def main() -> int:
    """Run everything; print the page if all is as expected."""
    wrong = 0
    for setting in ALL:
        if reason := setting.why_not():
            print(f"{setting}: not run, {reason}", file=sys.stderr)
            wrong += 1
            continue
        started, attacks = time.monotonic(), setting.attacks(ATTACKS)
        found = surprises(setting, attacks)
        took = f"{time.monotonic() - started:.0f} s"
        print(f"{setting}: {len(attacks)} attacks, {took}", *found, sep="\n  ", file=sys.stderr)
        wrong += len(found)
    if not wrong:
        print(page(), end="")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
