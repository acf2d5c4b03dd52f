"""Small drawings that stand inside tables and pages: intervals, and the folds of an entry.

They are written by hand, since they come by the hundred: a few bytes each, in the colours of the
page. Every number that they show also stands beside them as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rampflow.report import words
from rampflow.report.shape import Board, Row, scored

WIDTH, HEIGHT = 104, 16
_LEFT, _RIGHT = 4.0, 98.0
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


def fold_strip(
    own: Sequence[float | None],
    others: Sequence[Sequence[float]],
    *,
    is_lower_the_better: bool,
    label: str,
) -> str:
    """Draw an entry's score on every fold among those of the others; better is up.

    Parameters
    ----------
    own : sequence of float or None, one per fold
        The entry's scores.
    others : sequence of sequence of float, one per fold
        Scores of other entries, in any order that is the same every time.
    is_lower_the_better : bool
    label : str
        What the drawing shows, in words.

    Returns
    -------
    str
        An ``<svg>`` element; empty where there is nothing to draw.
    """
    import html

    sign = 1.0 if is_lower_the_better else -1.0
    losses = sorted(sign * v for fold in others for v in fold)
    losses_own = [sign * v for v in own if v is not None]
    if not losses_own:
        return ""
    best = min([*losses[:1], *losses_own])
    # the worst twentieth may lie beyond the lower edge
    worst = max([*losses[: max(1, round(0.95 * len(losses)))][-1:], *losses_own])
    height, step = 132, 72
    span = (worst - best) or 1.0

    def y(value: float) -> float:
        return 8 + (height - 32) * min((sign * value - best) / span, 1.0)

    parts = []
    for k, (mine, rest) in enumerate(zip(own, others, strict=True)):
        x = step * k + step / 2
        dots = "".join(f"M{x + (i * 7 % 23) - 11:g} {y(v):.1f}h0" for i, v in enumerate(rest))
        if dots:
            parts.append(f'<path class="strip-others" d="{dots}"/>')
            middle = y(sorted(rest)[len(rest) // 2])
            parts.append(f'<path class="strip-median" d="M{x - 16:g} {middle:.1f}h32"/>')
        if mine is not None:
            parts.append(f'<circle class="strip-own" cx="{x:g}" cy="{y(mine):.1f}" r="5.5"/>')
        parts.append(f'<text x="{x:g}" y="{height - 4}" text-anchor="middle">{k}</text>')
    return (
        f'<svg class="strip" viewBox="0 0 {step * len(own)} {height}" width="{step * len(own)}" '
        f'role="img" aria-label="{html.escape(label, quote=True)}">{"".join(parts)}</svg>'
    )
