"""Small drawings that stand inside tables and pages: intervals, and the folds of an entry.

They are written by hand, since they come by the hundred: a few bytes each, in the colours of the
page. Every number that they show also stands beside them as text.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rampflow.report import words
from rampflow.report.shape import Board, Metric, Row, scored

WIDTH, HEIGHT = 104, 16
_LEFT, _RIGHT = 4.0, 98.0
# A strip: eight folds and the numbers at its axis fit on a phone.
_STRIP_HEIGHT, _TOP, _BOTTOM, _STEP, _CHARACTER = 132, 8.0, 108.0, 38, 8
# The worst fifth of the entries may lie beyond the axis, or else they would press all others flat.
SHOWN = 0.8


@dataclass(frozen=True)
class IntervalAxis:
    """The common axis of the interval marks: better is left.

    `best` and `worst` are the losses at its ends, `first` that of the first entry.
    """

    sign: float
    best: float
    worst: float
    first: float

    def place(self, value: float) -> float:
        """Return where a score lies, in pixels from the left; beyond the axis at its end."""
        share = (self.sign * value - self.best) / (self.worst - self.best)
        return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)

    def is_beyond(self, value: float) -> bool:
        """Tell whether a score is worse than the end of the axis."""
        return self.sign * value > self.worst


def interval_axis(board: Board) -> IntervalAxis | None:
    """Return the axis of a board's intervals; None where there are no intervals."""
    sign = 1.0 if board["metric"]["is_lower_the_better"] else -1.0
    rows = [row for row in scored(board) if words.finite(row["score_low"]) is not None]
    if not rows or len(rows) < 2:
        return None
    losses = [sign * (row["score"] or 0.0) for row in rows]
    best = min(min(_ends(row, sign)) for row in rows)
    kept = rows[: max(2, round(SHOWN * len(rows)))]
    worst = max(max(_ends(row, sign)) for row in kept)
    if not best < worst:
        return None
    return IntervalAxis(sign, best, worst, losses[0])


def _ends(row: Row, sign: float) -> tuple[float, float, float]:
    low, high = words.finite(row["score_low"]), words.finite(row["score_high"])
    score = row["score"] or 0.0
    return (
        sign * score,
        sign * (score if low is None else low),
        sign * (score if high is None else high),
    )


def interval_mark(axis: IntervalAxis, row: Row) -> str:
    """Draw the interval of an entry; an arrow stands for a score beyond the axis.

    Parameters
    ----------
    axis : IntervalAxis
    row : Row
        With a score.

    Returns
    -------
    str
        An ``<svg>`` element without any text.
    """
    score = row["score"] or 0.0
    first = axis.place(axis.sign * axis.first)
    parts = [
        f'<path class="mark-axis" d="M{_LEFT:g} 8H{_RIGHT:g}"/>',
        f'<path class="mark-first" d="M{first:.1f} 1V15"/>',
    ]
    low, high = words.finite(row["score_low"]), words.finite(row["score_high"])
    if axis.is_beyond(score):
        parts.append('<path class="mark-arrow" d="M96 4l6 4l-6 4z"/>')
    else:
        if low is not None and high is not None:
            ends = sorted((axis.place(low), axis.place(high)))
            parts.append(f'<path class="mark-bar" d="M{ends[0]:.1f} 8H{ends[1]:.1f}"/>')
        parts.append(f'<circle class="mark-dot" cx="{axis.place(score):.1f}" cy="8" r="3.5"/>')
    return (
        f'<svg class="interval" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True)
class StripAxis:
    """The common axis of a strip: better is up.

    `best` and `worst` are the losses at its ends; `is_cut` tells that some scores are worse still.
    """

    sign: float
    best: float
    worst: float
    is_cut: bool

    def place(self, value: float) -> float:
        """Return where a score lies, in pixels from the top; beyond the axis at its end."""
        share = (self.sign * value - self.best) / ((self.worst - self.best) or 1.0)
        return _TOP + (_BOTTOM - _TOP) * min(share, 1.0)

    def ends(self, metric: Metric) -> list[tuple[float, str]]:
        """Return the height and the words of its ends; one of them where they are the same."""
        beyond = ("≥" if self.sign > 0 else "≤") if self.is_cut else ""
        first = (_TOP, words.score(metric, self.sign * self.best))
        last = (_BOTTOM, beyond + words.score(metric, self.sign * self.worst))
        return [first, last] if self.best < self.worst else [first]


def strip_axis(
    own: Sequence[float | None], others: Sequence[Sequence[float]], *, is_lower_the_better: bool
) -> StripAxis | None:
    """Return the axis of a strip; None where the entry has no score.

    Parameters
    ----------
    own : sequence of float or None, one per fold
        The entry's scores: all of them are on the axis.
    others : sequence of sequence of float, one per fold
        Scores of other entries: the worst twentieth may lie beyond it.
    is_lower_the_better : bool
    """
    sign = 1.0 if is_lower_the_better else -1.0
    losses = sorted(sign * v for fold in others for v in fold)
    losses_own = [sign * v for v in own if v is not None]
    if not losses_own:
        return None
    best = min([*losses[:1], *losses_own])
    worst = max([*losses[: max(1, round(0.95 * len(losses)))][-1:], *losses_own])
    return StripAxis(sign, best, worst, bool(losses) and losses[-1] > worst)


def fold_strip(
    own: Sequence[float | None],
    others: Sequence[Sequence[float]],
    *,
    metric: Metric,
    label: str,
) -> str:
    """Draw an entry's score on every fold among those of the others; better is up.

    Parameters
    ----------
    own : sequence of float or None, one per fold
        The entry's scores.
    others : sequence of sequence of float, one per fold
        Scores of other entries, in any order that is the same every time.
    metric : Metric
        Which direction is better, and the precision of the numbers at the axis.
    label : str
        What the drawing shows, in words.

    Returns
    -------
    str
        An ``<svg>`` element; empty where there is nothing to draw.
    """
    axis = strip_axis(own, others, is_lower_the_better=metric["is_lower_the_better"])
    if axis is None:
        return ""
    ends = axis.ends(metric)
    left = 8 + _CHARACTER * max(len(text) for _, text in ends)
    width = left + _STEP * len(own)
    parts = []
    for y, text in ends:
        parts.append(f'<path class="strip-axis" d="M{left} {y:g}H{width}"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4.5:g}" text-anchor="end">{text}</text>')
    for k, (mine, rest) in enumerate(zip(own, others, strict=True)):
        x = left + _STEP * (k + 0.5)
        parts += _strip_fold(axis, x, mine, rest)
        parts.append(f'<text x="{x:g}" y="{_STRIP_HEIGHT - 4}" text-anchor="middle">{k}</text>')
    label += f", from {ends[0][1]} to {ends[-1][1]}"
    return (
        f'<svg class="strip" viewBox="0 0 {width} {_STRIP_HEIGHT}" width="{width}" '
        f'role="img" aria-label="{html.escape(label, quote=True)}">{"".join(parts)}</svg>'
    )


def _strip_fold(
    axis: StripAxis, x: float, mine: float | None, rest: Sequence[float]
) -> Iterator[str]:
    """Draw one fold: the others, their median, the entry."""
    dots = "".join(f"M{x + (i * 7 % 23) - 11:g} {axis.place(v):.1f}h0" for i, v in enumerate(rest))
    if dots:
        yield f'<path class="strip-others" d="{dots}"/>'
        middle = axis.place(sorted(rest)[len(rest) // 2])
        yield f'<path class="strip-median" d="M{x - 14:g} {middle:.1f}h28"/>'
    if mine is not None:
        yield f'<circle class="strip-own" cx="{x:g}" cy="{axis.place(mine):.1f}" r="5.5"/>'
