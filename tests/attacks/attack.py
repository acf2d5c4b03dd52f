"""What an attack is: the code of a submission, as data, and what counts as its success."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.attacks.seen import Seen


class Tier(IntEnum):
    """What stands between a submission and the account that it runs in; each stops more.

    `BARE` is a script without rampflow (`tests.attacks.naive`): what most evaluators do. `NONE` is
    rampflow with ``sandbox: none``: its supervisor, and processes that hold no hidden label.
    """

    BARE = 0
    NONE = 1
    LANDLOCK = 2
    BWRAP = 3
    NEVER = 4
    """Not a tier: what no tier stops."""

    def __str__(self) -> str:
        return self.name.lower()


Folds = Literal["one", "in turn", "at once"]


@dataclass(frozen=True)
class Attack:
    """A submission that is up to no good.

    Parameters
    ----------
    name : str
        In words; unique.
    kind : str
        The class of attacks it belongs to.
    success : callable
        Tells from what was seen outside whether it succeeded. Never asks the attack itself.
    fit, predict : str
        Statements that run in these methods, with everything of `tests.attacks.tools` at hand. What
        ``fit`` puts into ``found`` is what is predicted, unless ``predict`` puts something there.
    send, receive : str
        In place of ``fit``: what is done in the first fold and in the second. ``y`` holds the
        labels of the fold's training rows, which the other fold has to predict.
    head : str
        Statements of the module.
    folds : str
        Whether one fold is run, or two after each other, or two at the same time.
    stopped_by : Tier
        The weakest tier that stops it.
    statuses : tuple of str
        How the cell ends under rampflow, if that matters; the first is what is wanted, and from
        `NONE` on one of them is required.
    only : tuple of str
        ``warm`` or ``fresh`` for an attack on one way to start, ``user`` or ``root`` for one that
        only that account can make, ``supervised`` for one that needs rampflow, ``alone`` for one
        that would hit whatever else the account runs.
    needs : str
        What the machine must have, one of `tests.attacks.ears.Ears.addresses`.
    limits : dict
        What the submission asks for, in place of the usual 20 s and 400 MB.
    keeps_model : bool
        Whether the event keeps trained models.
    """

    name: str
    kind: str
    success: Callable[[Seen], bool]
    fit: str = ""
    predict: str = ""
    send: str = ""
    receive: str = ""
    head: str = ""
    folds: Folds = "one"
    stopped_by: Tier = Tier.LANDLOCK
    statuses: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    needs: str = ""
    limits: dict[str, Any] = field(default_factory=dict)
    keeps_model: bool = False

    @property
    def is_report(self) -> bool:
        """Whether it is no break-in, but a case in which the status must be true."""
        return bool(self.statuses) and self.stopped_by is Tier.BARE

    @property
    def slug(self) -> str:
        """Its name as a file may have it."""
        return "".join(c if c.isalnum() else "_" for c in self.name.lower())[:60]

    def succeeds_at(self, tier: Tier) -> bool:
        """Return whether it is expected to succeed."""
        return not self.is_report and tier < self.stopped_by

    def applies_at(self, tier: Tier) -> bool:
        """Return whether it can be made in a tier at all."""
        needs_rampflow = {"supervised", "warm", "fresh"} & {*self.only}
        return tier > Tier.BARE or not (needs_rampflow or self.is_report)

    def applies(self, who: str, tier: Tier, start: str) -> bool:
        """Return whether an account can make it in a tier, with this kind of start."""
        if not self.applies_at(tier):
            return False
        others = {"root": "user", "user": "root", "warm": "fresh", "fresh": "warm"}
        return others[who] not in self.only and others[start] not in self.only

    def files(self) -> dict[str, str]:
        """Return the code of the submission: file name → text."""
        return {"regressor.py": self._module()}

    def _module(self) -> str:
        fit = self.fit
        if self.send or self.receive:
            fit = f"if FOLD == 0:\n{_block(self.send, 1)}\nelse:\n{_block(self.receive, 1)}"
        return _MODULE.format(
            head=textwrap.dedent(self.head), fit=_block(fit, 2), predict=_block(self.predict, 2)
        )


def _block(code: str, depth: int) -> str:
    """Return statements at a depth; nothing is `pass`."""
    return textwrap.indent(textwrap.dedent(code).strip() or "pass", "    " * depth)


_MODULE = """
from tools import *

{head}


class Regressor:
    found = 0.0

    def fit(self, X, y):
        FOLD = 1 - int(X[0, 0] % 2)
        found = 0.0
{fit}
        self.found = found

    def predict(self, X):
        found = self.found
{predict}
        return as_predictions(found, len(X))
"""
