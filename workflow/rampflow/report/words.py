"""Numbers, times and names as text that is safe to show.

Names, reasons and logs come from participants. They are shown as they are, except that what
cannot be seen (control characters, marks that turn the direction of text) is spelled out, and
what is too long is cut.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from rampflow.report.shape import Event, Metric, Row

ABSENT = "–"
ELLIPSIS = "…"

NAME_LENGTH = 60
REASON_LENGTH = 300
LOG_LENGTH = 8_000

# Joiners are part of ordinary writing in several scripts; the other format characters are not.
_JOINERS = {"\u200c", "\u200d"}
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

_STATUS = {"timeout": "time limit", "memory": "memory limit"}


def visible(text: str, keep: str = "") -> str:
    r"""Spell out the characters of a text that cannot be seen.

    Parameters
    ----------
    text : str
        Any text, lone surrogates included.
    keep : str, optional
        Characters left alone although they cannot be seen, such as line ends.

    Returns
    -------
    str
        Text without control and format characters; it can be encoded as UTF-8.

    Examples
    --------
    >>> visible("a\x1b[31m")
    'a\\x1b[31m'
    """
    return "".join(c if c in keep or not _is_unseen(c) else _spelled(c) for c in text)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def _spelled(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def shorten(text: str, length: int) -> str:
    """Cut a text to at most `length` characters, the last of them an ellipsis if it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def name(text: str, length: int = NAME_LENGTH) -> str:
    """Name of a team or an entry: one line, cut to `length`."""
    return shorten(visible(" ".join(text[: 4 * length].split())), length)


def entry_name(row: Row, length: int = NAME_LENGTH) -> str:
    """What people call an entry: its display name, or the name of its folder."""
    return name(row["display_name"], length) or name(row["model"], length)


def team_name(row: Row, length: int = NAME_LENGTH) -> str:
    """What people call a team: its name, or the name of its folder."""
    return name(row["team_name"], length) or name(row["team"], length)


def reason(row: Row, length: int = REASON_LENGTH) -> str:
    """Why an entry failed, in one line."""
    return name(row["reason"], length) or "no reason was recorded"


def log_tail(row: Row) -> str:
    """End of a failed entry's log, at most `LOG_LENGTH` characters, line ends kept."""
    text = row["log"].replace("\r\n", "\n").strip("\n")
    cut = text if len(text) <= LOG_LENGTH else ELLIPSIS + "\n" + text[-LOG_LENGTH:]
    return visible(cut, keep="\n\t")


def status(row: Row) -> str:
    """Kind of failure in words."""
    if row["status"] == "ok":
        return "no score"
    return name(_STATUS.get(row["status"], row["status"].replace("_", " ")), 40)


def count(n: int, one: str, many: str) -> str:
    """Count something: ``count(1, "entry", "entries")`` is ``"1 entry"``."""
    return f"{n} {one if n == 1 else many}"


def sandbox(event: Event) -> str:
    """Say what a reader must know of how the entries were confined; nothing where all were."""
    found = event.get("sandbox")
    if not found:
        return ""
    said = []
    if found["none"]:
        said.append(f"{found['none']} of {found['steps']} steps ran without a sandbox")
    if found["root"]:
        said.append(f"{found['root']} of {found['steps']} steps ran as root")
    return "; ".join(said)


def metric_label(metric: Metric) -> str:
    """Name of a metric as people write it: ``rmse`` is RMSE, ``balanced_accuracy`` two words."""
    label = name(metric["name"].replace("_", " "), 40)
    return label.upper() if label.isalpha() and label.islower() and len(label) <= 4 else label


def metric_heading(metric: Metric) -> str:
    """Label of a metric with its unit, such as ``RMSE (°C)``."""
    unit = name(metric["unit"], 20)
    return metric_label(metric) + (f" ({unit})" if unit else "")


def better(metric: Metric) -> str:
    """Which direction is better, in words."""
    return "lower is better" if metric["is_lower_the_better"] else "higher is better"


def finite(value: float | None) -> float | None:
    """The value, or None where it is absent or not a finite number."""
    return value if value is not None and math.isfinite(value) else None


def score(metric: Metric, value: float | None) -> str:
    """Score to the metric's precision, without its unit; a dash where there is none."""
    value = finite(value)
    if value is None:
        return ABSENT
    if abs(value) >= 1e7:
        return f"{value:.3g}".replace("-", "−", 1)
    return f"{value:.{metric['precision']}f}".replace("-", "−")


def score_and_unit(metric: Metric, value: float | None) -> str:
    """Score to the metric's precision, with its unit."""
    text, unit = score(metric, value), name(metric["unit"], 20)
    return f"{text} {unit}" if unit and text != ABSENT else text


def percent(fraction: float | None, decimals: int = 1) -> str:
    """Fraction as per cent; a share too small to show is not shown as zero."""
    fraction = finite(fraction)
    if fraction is None:
        return ABSENT
    if 0 < fraction < 0.5 * 10.0 ** -(decimals + 2):
        return f"< {10.0**-decimals:.{decimals}f} %"
    return f"{100 * fraction:.{decimals}f} %"


def percent_range(low: float | None, high: float | None) -> str:
    """Range of fractions, such as ``5–18 %``, one number where it has no width; empty without."""
    low, high = finite(low), finite(high)
    if low is None or high is None:
        return ""
    decimals = 0 if high >= 0.1 or high == 0 else 1
    ends = [f"{100 * end:.{decimals}f}" for end in (low, high)]
    return "–".join(dict.fromkeys(ends)) + " %"


def seconds(value: float | None) -> str:
    """Duration in seconds, without the unit, to about three figures and at least a millisecond."""
    value = finite(value)
    if value is None:
        return ABSENT
    if 0 < value < 0.0005:
        return "< 0.001"
    decimals = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{decimals}f}"


def moment(text: str | None) -> datetime | None:
    """Time from ISO 8601, or None where there is none; without an offset it is UTC."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def common_clock(moments: Iterable[datetime | None]) -> tzinfo:
    """The one offset from UTC that all the times share, or UTC where they differ."""
    offsets = {time.utcoffset(): time.tzinfo for time in moments if time is not None}
    zones = list(offsets.values())
    return zones[0] or UTC if len(zones) == 1 else UTC


def clock_name(zone: tzinfo) -> str:
    """Name of an offset, such as ``UTC+02:00``."""
    return datetime(2000, 1, 1, tzinfo=zone).tzname() or "UTC"


def minute(text: str | None, zone: tzinfo) -> str:
    """Time to the minute on the given clock; a text that is no time is shown as it is."""
    time = moment(text)
    if time is None:
        return name(text, 32) if text else ABSENT
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M")
