"""Which entries keep the rules of an event: a question of stated times alone.

The same entries are refused years later, since no clock is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from rampflow.config.schemas import Event


@dataclass(frozen=True)
class HandedIn:
    """An entry, as far as the rules look at it.

    Parameters
    ----------
    team, name : str
        Whose it is, and its name.
    at : datetime
        The stated time, with a time zone.
    sources : tuple of str
        Submissions (``team/model``) that it builds on.
    """

    team: str
    name: str
    at: datetime
    sources: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """``team/name``."""
        return f"{self.team}/{self.name}"


def refusals(event: Event, entries: Iterable[HandedIn]) -> dict[str, str]:
    """Return the entries that break a rule of the event, and which.

    Entries are judged in the order of their times (then team, then name). One that is refused does
    not count against the next; one that was handed in within the rules does, also if its code or
    its predictions turn out to be wrong.

    Parameters
    ----------
    event : Event
        Its times and rules.
    entries : iterable of HandedIn
        Code and predictions alike, in any order.

    Returns
    -------
    dict of str to str
        ``team/name`` → the reason, one sentence.
    """
    zone = (event.opened.tzinfo if event.opened else None) or UTC
    last: dict[str, HandedIn] = {}
    days: dict[tuple[str, date], int] = {}
    found: dict[str, str] = {}
    for entry in sorted(entries, key=lambda e: (e.at, e.team, e.name)):
        day = (entry.team, entry.at.astimezone(zone).date())
        why = (
            _outside(event, entry, zone)
            or _too_early_to_build(event, entry, zone)
            or _too_soon(event, entry, last.get(entry.team))
            or _too_many(event, days.get(day, 0), day[1])
        )
        if why:
            found[entry.full_name] = why
        else:
            last[entry.team] = entry
            days[day] = days.get(day, 0) + 1
    return found


def _shown(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ")


def _outside(event: Event, entry: HandedIn, zone: tzinfo) -> str:
    at = f"handed in at {_shown(entry.at, zone)}"
    if event.opened and entry.at < event.opened:
        return f"{at}, before the event opened at {_shown(event.opened, zone)}"
    if event.closed and entry.at > event.closed:
        return f"{at}, after the event closed at {_shown(event.closed, zone)}"
    return ""


def _too_early_to_build(event: Event, entry: HandedIn, zone: tzinfo) -> str:
    """Say which code of another team it builds on that it cannot have seen yet."""
    if event.public_code is None or entry.at >= event.public_code:
        return ""
    others = [source for source in entry.sources if source.partition("/")[0] != entry.team]
    if not others:
        return ""
    public = _shown(event.public_code, zone)
    return f"builds on {others[0]}, whose code was not public before {public}"


def _too_soon(event: Event, entry: HandedIn, last: HandedIn | None) -> str:
    delay = timedelta(minutes=event.rules.min_delay_min)
    if last is None or entry.at - last.at >= delay:
        return ""
    passed = (entry.at - last.at) / timedelta(minutes=1)
    return (
        f"handed in {passed:.3g} min after {last.full_name}; "
        f"at least {event.rules.min_delay_min:g} min have to pass"
    )


def _too_many(event: Event, n_before: int, day: date) -> str:
    most = event.rules.per_day
    if most is None or n_before < most:
        return ""
    return f"the team had handed in {n_before} on {day}; {most} a day are allowed"
