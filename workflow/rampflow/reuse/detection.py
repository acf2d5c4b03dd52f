"""Which earlier entries an entry has code of.

What an entry shares with the starting kit says nothing, nor does what most teams have: it is the
form that the problem asks for. Of the rest, the earlier entry that has most is the first source;
what it has is set aside, and the next source is looked for in what is left. Of two that have as
much, the later one is the source: it is the one at hand, and leads to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST_SHARE = 0.2
"""A source has at least this share of an entry's own fingerprints."""
LEAST_COUNT = 6
"""And at least so many of them: small entries look alike by chance."""
MOST_SOURCES = 5
COMMON_TEAMS = 10
"""From so many teams on, what more than half of them have is the form of the problem."""


@dataclass(frozen=True)
class Reuse:
    """An entry has code of an earlier one.

    Attributes
    ----------
    submission, source : str
        ``team/model``.
    similarity : float
        The share of the entry's own fingerprints that the source has, in [0, 1].
    credit : float
        The share that it has and no source before it: credits sum to at most 1.
    """

    submission: str
    source: str
    similarity: float
    credit: float


def detect(
    entries: Sequence[tuple[str, frozenset[int]]],
    kit: frozenset[int] = frozenset(),
    is_before: Mapping[str, int] | None = None,
) -> list[Reuse]:
    """Find the sources of every entry.

    Parameters
    ----------
    entries : sequence of (str, frozenset of int)
        ``team/model`` and its fingerprints, in the order handed in.
    kit : frozenset of int, optional
        Fingerprints of the starting kit.
    is_before : mapping of str to int, optional
        Entry → the place of its time: entries of one time are no sources of each other. By default
        all times differ.

    Returns
    -------
    list of Reuse
        In the order of `entries`, the largest credit first.
    """
    ignored = kit | _common(entries)
    own = {name: prints - ignored for name, prints in entries}
    place = is_before or {name: i for i, (name, _) in enumerate(entries)}
    holders: dict[int, list[str]] = {}
    waiting: list[str] = []
    found: list[Reuse] = []
    for name, _ in entries:
        for earlier in [one for one in waiting if place[one] < place[name]]:
            waiting.remove(earlier)
            for fingerprint in own[earlier]:
                holders.setdefault(fingerprint, []).append(earlier)
        found += _sources(name, own, holders, place)
        waiting.append(name)
    return found


def _common(entries: Sequence[tuple[str, frozenset[int]]]) -> frozenset[int]:
    teams = {name.partition("/")[0] for name, _ in entries}
    if len(teams) < COMMON_TEAMS:
        return frozenset()
    of_team: dict[str, set[int]] = {}
    for name, prints in entries:
        of_team.setdefault(name.partition("/")[0], set()).update(prints)
    counts = Counter(fingerprint for prints in of_team.values() for fingerprint in prints)
    return frozenset(f for f, count in counts.items() if count > len(teams) / 2)


def _sources(
    name: str,
    own: Mapping[str, frozenset[int]],
    holders: Mapping[int, Sequence[str]],
    place: Mapping[str, int],
) -> list[Reuse]:
    mine = own[name]
    left = set(mine)
    found: list[Reuse] = []
    while left and len(found) < MOST_SOURCES:
        counts = Counter(other for f in left for other in holders.get(f, ()))
        if not counts:
            break
        best = max(counts, key=lambda other: (counts[other], place[other], other))
        if counts[best] < max(LEAST_COUNT, LEAST_SHARE * len(mine)):
            break
        similarity = len(mine & own[best]) / len(mine)
        found.append(Reuse(name, best, similarity, counts[best] / len(mine)))
        left -= own[best]
    return found
