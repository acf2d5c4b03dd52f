"""Teams on a board: which of its entries counts, its rank, and what has changed. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Entry:
    """An entry that was handed in within the rules.

    Parameters
    ----------
    team, name : str
        Whose it is, and its name.
    at : datetime
        When it was handed in.
    score : float or None
        On the rows of the board; None where it has none.
    is_final : bool
        Whether the team has chosen it.
    public_score : float or None
        On the public rows: what decides for a team that has chosen nothing.
    """

    team: str
    name: str
    at: datetime
    score: float | None
    is_final: bool = False
    public_score: float | None = None


@dataclass(frozen=True)
class Team:
    """A team on a board.

    Parameters
    ----------
    name : str
        The team.
    best : Entry
        The entry that counts.
    n_entries : int
        All that it handed in within the rules.
    last : Entry
        The last of them.
    rank : int or None
        None for a team of the organisers.
    """

    name: str
    best: Entry
    n_entries: int
    last: Entry
    rank: int | None = None

    @property
    def best_minus_last(self) -> timedelta:
        """How long before its last entry the team handed in the one that counts; never above 0."""
        return self.best.at - self.last.at


def chosen(entries: Sequence[Entry], most: int, sign: float) -> list[Entry]:
    """Return the entries of a team that its private rank is made of.

    Parameters
    ----------
    entries : sequence of Entry
        Of one team.
    most : int
        So many a team may choose. If it chose more, those handed in last count; if it chose none
        that has a score, its best on the public part do.
    sign : float
        1 where a lower score is better, -1 where a higher one is.
    """
    known = [entry for entry in entries if entry.score is not None]
    finals = sorted((e for e in entries if e.is_final), key=_time)[-most:]
    if any(entry.score is not None for entry in finals):
        return [entry for entry in finals if entry.score is not None]
    public = [entry for entry in known if entry.public_score is not None]
    return sorted(public, key=lambda e: (sign * (e.public_score or 0.0), *_time(e)))[:most]


def rank_teams(
    entries: Sequence[Entry],
    *,
    is_lower_the_better: bool,
    unranked: Sequence[str] = (),
    finals: int | None = None,
) -> list[Team]:
    """Return the teams that have a score, best first.

    Equal scores are ordered by the time at which they were reached, then by team. A team of
    `unranked` stands where its score belongs, and moves nobody down.

    Parameters
    ----------
    entries : sequence of Entry
        All that were handed in within the rules, with and without a score.
    is_lower_the_better : bool
        The direction of the metric.
    unranked : sequence of str
        Teams of the organisers.
    finals : int, optional
        So many entries that a team has chosen count; all of them if left out.
    """
    sign = 1.0 if is_lower_the_better else -1.0
    by_team: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=_time):
        by_team.setdefault(entry.team, []).append(entry)
    found = []
    for name, own in by_team.items():
        counting = own if finals is None else chosen(own, finals, sign)
        known = [entry for entry in counting if entry.score is not None]
        if known:
            best = min(known, key=lambda e: (_signed(e, sign), *_time(e)))
            found.append(Team(name, best, len(own), own[-1]))
    found.sort(key=lambda team: (_signed(team.best, sign), team.best.at, team.name))
    placed, rank = [], 0
    for team in found:
        rank += team.name not in unranked
        place = None if team.name in unranked else rank
        placed.append(Team(team.name, team.best, team.n_entries, team.last, place))
    return placed


def ranks_a_week_before(
    entries: Sequence[Entry], *, is_lower_the_better: bool, unranked: Sequence[str] = ()
) -> dict[str, int]:
    """Return the ranks of the teams as they were seven days before the last entry.

    Parameters
    ----------
    entries, is_lower_the_better, unranked
        As in `rank_teams`.
    """
    if not entries:
        return {}
    end = max(entry.at for entry in entries) - WEEK
    then = [entry for entry in entries if entry.at <= end]
    teams = rank_teams(then, is_lower_the_better=is_lower_the_better, unranked=unranked)
    return {team.name: team.rank for team in teams if team.rank is not None}


def change_of_rank(team: Team, before: Mapping[str, int]) -> int | None:
    """Return how many ranks a team went up; None where it had none before, or has none now."""
    if team.rank is None or team.name not in before:
        return None
    return before[team.name] - team.rank


def _time(entry: Entry) -> tuple[datetime, str, str]:
    return entry.at, entry.team, entry.name


def _signed(entry: Entry, sign: float) -> float:
    return sign * (entry.score or 0.0)
