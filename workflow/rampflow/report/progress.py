"""How the best score moved while entries came in: what the progress plot shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import accumulate

from rampflow.report import words
from rampflow.report.shape import Board, Row, blend_score, known_limit, scored


@dataclass(frozen=True)
class Dot:
    """A scored entry in the progress plot: its row, when it was handed in, its score."""

    row: Row
    moment: datetime
    score: float


@dataclass(frozen=True)
class Progress:
    """What the progress plot shows: scored entries by time, the best so far, levels beside them.

    The levels are the blend's score and the known limit; either may be absent. `blend_steps` is
    when the blend changed and its score from then on, in order of time; empty where unknown.
    """

    dots: tuple[Dot, ...]
    best_so_far: tuple[float, ...]
    blend: float | None
    clock: tzinfo
    limit: float | None = None
    blend_steps: tuple[tuple[datetime, float], ...] = ()

    @property
    def levels(self) -> list[float]:
        """The scores of the lines that are level."""
        return [level for level in (self.blend, self.limit) if level is not None]

    @property
    def is_record(self) -> list[bool]:
        """Which dots were better than everything handed in before."""
        before = (None, *self.best_so_far[:-1])
        return [old != new for old, new in zip(before, self.best_so_far, strict=True)]


def progress_data(board: Board) -> Progress:
    """Order the scored entries by time and follow the best score.

    Parameters
    ----------
    board : Board

    Returns
    -------
    Progress
        Without the entries that have no score or no time.
    """
    moments = [words.moment(row["commit"]) for row in board["rows"]]
    clock = words.common_clock(moments)
    dots = [
        Dot(row, moment.astimezone(clock), score)
        for row in scored(board)
        if (moment := words.moment(row["commit"])) is not None
        and (score := words.finite(row["score"])) is not None
    ]
    dots.sort(key=lambda dot: dot.moment)
    best = min if board["metric"]["is_lower_the_better"] else max
    best_so_far = tuple(accumulate((dot.score for dot in dots), best))
    limit = known_limit(board)
    return Progress(
        tuple(dots),
        best_so_far,
        words.finite(blend_score(board)),
        clock,
        words.finite(limit["score"]) if limit else None,
        tuple(_blend_steps(board, clock)),
    )


def _blend_steps(board: Board, clock: tzinfo) -> Iterator[tuple[datetime, float]]:
    for step in board.get("blend_history", []):
        moment, score = words.moment(step["commit"]), words.finite(step["score"])
        if moment is not None and score is not None:
            yield moment.astimezone(clock), score


def score_limits(data: Progress, is_lower_the_better: bool) -> tuple[float, float]:
    """Lower and upper end of the score axis.

    An entry that is very much worse than the rest would press all others into one line. So the
    worse end is cut at five times the distance from the best score to the median.

    Parameters
    ----------
    data : Progress
        With at least one dot.
    is_lower_the_better : bool

    Returns
    -------
    tuple of float
        With a margin; never equal.
    """
    sign = 1.0 if is_lower_the_better else -1.0
    losses = sorted(sign * dot.score for dot in data.dots)
    best, median = losses[0], losses[len(losses) // 2]
    worst = min(losses[-1], best + 5 * (median - best)) if median > best else losses[-1]
    for level in data.levels:
        best = min(best, sign * level)
        worst = max(worst, min(sign * level, losses[-1]))
    margin = 0.06 * (worst - best) or 0.05 * abs(best) or 1.0
    low, high = sorted((sign * (best - margin), sign * (worst + margin)))
    return low, high


def n_off_axis(data: Progress, is_lower_the_better: bool) -> int:
    """Count the entries that :func:`score_limits` leaves off the axis."""
    if not data.dots:
        return 0
    low, high = score_limits(data, is_lower_the_better)
    return sum(not low <= dot.score <= high for dot in data.dots)
