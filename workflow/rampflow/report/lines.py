"""The lines of the progress plot, each with its name and value at its right end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rampflow.report import words
from rampflow.report.progress import Progress
from rampflow.report.shape import Metric
from rampflow.report.svg import TOKENS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Points. Two labels need this much between them; the middle of one, this much to the edges.
_LABEL_GAP = 27.0
_BELOW, _ABOVE = 10.0, 6.0


def day(moment: datetime) -> float:
    """Time as matplotlib counts it: days since 1970. Its `date2num` is slow for one at a time."""
    return moment.timestamp() / 86_400.0


def draw_lines(axes: Axes, data: Progress, metric: Metric) -> None:
    """Draw the best so far, the blend and the known limit, as far as there are such.

    Parameters
    ----------
    axes : Axes
        With its limits set.
    data : Progress
        With at least one dot.
    metric : Metric
        How scores are written.
    """
    times = [day(dot.moment) for dot in data.dots] + [axes.get_xlim()[1]]
    best = data.best_so_far
    axes.step(times, [*best, best[-1]], where="post", color=TOKENS["accent"], lw=1.5)
    ends = [(best[-1], "best so far", "accent")]
    if data.blend is not None:
        _draw_blend(axes, data, data.blend)
        ends.append((data.blend, "blend", "warm"))
    if data.limit is not None:
        axes.axhline(data.limit, color=TOKENS["muted"], lw=0.8, ls=(0, (1, 2)), zorder=2.4)
        ends.append((data.limit, "known limit", "muted"))
    low, high = axes.get_ylim()
    height = axes.bbox.height / axes.figure.dpi * 72
    heights = [(min(max(value, low), high) - low) / (high - low) * height for value, _, _ in ends]
    for (value, label, token), y in zip(ends, spread(heights, height), strict=True):
        axes.annotate(
            f"{label}\n{words.score(metric, value)}",
            (1, 0),
            (7, y),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=TOKENS[token],
            fontweight="bold",
        )


def _draw_blend(axes: Axes, data: Progress, last: float) -> None:
    """Draw the blend as it would have been at every moment, or as a level where that is unknown."""
    look: dict[str, Any] = {"color": TOKENS["warm"], "lw": 1.5, "ls": (0, (5, 3)), "zorder": 2.5}
    if not data.blend_steps:
        axes.axhline(last, **look)
        return
    times = [day(moment) for moment, _ in data.blend_steps] + [axes.get_xlim()[1]]
    scores = [score for _, score in data.blend_steps]
    axes.step(times, [*scores, scores[-1]], where="post", **look)


def spread(heights: list[float], total: float) -> list[float]:
    """Move labels so far apart that they can be read, in the order of their heights.

    Parameters
    ----------
    heights : list of float
        Where each label would stand, in points from the bottom.
    total : float
        The height of the plot, in points.

    Returns
    -------
    list of float
        Where each stands: as near to its height as the others allow, and inside the plot where
        there is room for all.
    """
    order = sorted(range(len(heights)), key=lambda i: (heights[i], -i))
    # blocks of labels that touch: their number, and the middle of where they would stand
    blocks: list[tuple[int, float]] = []
    for i in order:
        count, middle = 1, heights[i]
        while blocks and middle - blocks[-1][1] < _LABEL_GAP * (count + blocks[-1][0]) / 2:
            before, its_middle = blocks.pop()
            middle = (before * its_middle + count * middle) / (before + count)
            count += before
        blocks.append((count, middle))
    stacked = [
        middle + _LABEL_GAP * (k - (count - 1) / 2)
        for count, middle in blocks
        for k in range(count)
    ]
    found = [0.0] * len(heights)
    for i, height in zip(order, _inside(stacked, total - _ABOVE), strict=True):
        found[i] = height
    return found


def _inside(heights: list[float], top: float) -> list[float]:
    """Push labels, lowest first, up from the bottom edge, then down from the top edge."""
    room = list(heights)
    for k in range(len(room)):
        lowest = room[k - 1] + _LABEL_GAP if k else _BELOW
        room[k] = max(room[k], lowest)
    for k in reversed(range(len(room))):
        highest = room[k + 1] - _LABEL_GAP if k + 1 < len(room) else top
        room[k] = min(room[k], highest)
    return room
