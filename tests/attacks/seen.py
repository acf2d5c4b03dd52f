"""What was seen of an attack from outside, and what of it counts as success."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Success = Callable[["Seen"], bool]


@dataclass
class Seen:
    """What happened, as the machine and the files tell it.

    Parameters
    ----------
    secrets : set of int
        Numbers that nobody but their owner knows.
    hidden : dict
        Fold and part → the labels that were to be predicted.
    token : str
        What an attack sends where it only has to be heard.
    statuses : dict of int to str
        Fold → how its cell ended; ``none`` where there is no cell.
    reasons : dict of int to str
        Fold → why.
    predictions : dict
        Fold and part → predictions.
    logs : str
        What was printed, and the run records.
    exits : dict of int to int
        Fold → exit code of the job, negative for a signal.
    hung : bool
        Whether a job had to be ended after its time and more.
    heard : bytes
        What arrived at the ears.
    changed : set of str
        Protected paths that are not as they were.
    victim : set of str
        What of the other process is not as it was.
    survivors : list of str
        Processes that were there when the job was gone.
    peak : dict of str to float
        The most that was seen of: ``processes``, ``shared_mb``, ``piped_mb``, ``written_mb``; and
        ``capable``, ``privileged``, ``setuid``, ``preloader`` where it was seen at all.
    cell : str
        The records of the cells, as text.
    scores : list of float
        Everything that was scored.
    left : list of str
        What was on the machine, or in the working folder, when the job was gone.
    """

    secrets: set[int]
    hidden: dict[tuple[int, str], npt.NDArray[Any]]
    token: str
    statuses: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    predictions: dict[tuple[int, str], npt.NDArray[Any]] = field(default_factory=dict)
    logs: str = ""
    exits: dict[int, int] = field(default_factory=dict)
    hung: bool = False
    heard: bytes = b""
    changed: set[str] = field(default_factory=set)
    victim: set[str] = field(default_factory=set)
    survivors: list[str] = field(default_factory=list)
    peak: dict[str, float] = field(default_factory=dict)
    cell: str = ""
    scores: list[float] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """How the last cell ended."""
        return self.statuses[max(self.statuses)]


def told(seen: Seen) -> bool:
    """A secret is in the predictions, or in what the team is shown."""
    for where, values in seen.predictions.items():
        if np.isin(values, seen.hidden[where]).any() or set(np.unique(values)) & seen.secrets:
            return True
    return any(int(n) in seen.secrets for n in re.findall(r"secret-(\d{10})", seen.logs))


def passed_on(seen: Seen) -> bool:
    """The second fold predicts a label that only the first one was given."""
    values = seen.predictions.get((1, "valid"))
    return values is not None and bool(np.isin(values, seen.hidden[1, "valid"]).any())


def heard(seen: Seen) -> bool:
    """What was sent has arrived."""
    return seen.token.encode() in seen.heard


def printed(seen: Seen) -> bool:
    """A word was printed that only changed code prints."""
    return seen.token in seen.logs


def changed(word: str) -> Success:
    """A protected file whose path has this word in it is not as it was."""
    return lambda seen: any(word in path for path in seen.changed)


def hit(what: str) -> Success:
    """Something about the other process is not as it was."""
    return lambda seen: what in seen.victim


def outlived(seen: Seen) -> bool:
    """A process was there when the job was gone."""
    return bool(seen.survivors)


def overran(seen: Seen) -> bool:
    """It had to be ended from outside."""
    return seen.hung


def took(what: str, more_than: float) -> Success:
    """More than its share was seen to be in use, and nobody objected."""
    return lambda seen: seen.peak.get(what, 0.0) > more_than and seen.status in ("ok", "none")


def was(what: str) -> Success:
    """Something was seen that should never be."""
    return lambda seen: seen.peak.get(what, 0.0) > 0


def broke_the_job(seen: Seen) -> bool:
    """The job of the supervisor ended with an error or by a signal, or never."""
    return seen.hung or any(code != 0 for code in seen.exits.values())


def forged(seen: Seen) -> bool:
    """The cell holds what the submission wrote into it."""
    return "forged" in seen.cell


def perfect(seen: Seen) -> bool:
    """A score is perfect, which no prediction deserves."""
    return 0.0 in seen.scores


def never(seen: Seen) -> bool:
    """Nothing to gain: a case of true reporting."""
    return False
