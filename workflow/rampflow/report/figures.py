"""The progress plot: score over the time handed in."""

from __future__ import annotations

from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING

from rampflow.report import drawing, words
from rampflow.report.drawing import HEIGHTS, WIDTHS, figure_bytes
from rampflow.report.lines import day, draw_lines
from rampflow.report.links import Link, row_anchor
from rampflow.report.progress import Progress, progress_data, score_limits
from rampflow.report.shape import Board, Row
from rampflow.report.svg import TOKENS, inline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# So many of the last new bests may have their team beside them.
MOST_NAMES = 30
SIZES = ("wide", "mid", "narrow")


def progress_figure(board: Board, size: str, *, link: Link | None = None) -> Figure:
    """Draw score over commit time, the best so far, the levels of the blend and the known limit.

    Parameters
    ----------
    board : Board
        With at least one scored entry that has a time.
    size : {"wide", "mid", "narrow"}
    link : callable, optional
        What each dot leads to; dots of files for papers lead nowhere.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    data, metric = progress_data(board), board["metric"]
    width, height = WIDTHS[size], HEIGHTS[size]
    figure = Figure(figsize=(width, height))
    left, right = (0.62, 0.95) if size == "narrow" else (0.72, 1.15)
    axes = figure.add_axes(
        (left / width, 0.55 / height, 1 - (left + right) / width, 1 - 0.7 / height)
    )
    limits = score_limits(data, metric["is_lower_the_better"])
    _draw_axes(axes, data, limits, size)
    axes.set_ylabel(f"{words.metric_heading(metric)}, {words.better(metric)}")
    _draw_dots(axes, data, limits, link=link)
    draw_lines(axes, data, board["metric"])
    if size != "narrow":
        _label_records(figure, axes, data)
    return figure


def _draw_axes(axes: Axes, data: Progress, limits: tuple[float, float], size: str) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    first, last = data.dots[0].moment, data.dots[-1].moment
    margin = (last - first) / 40 or timedelta(hours=1)
    axes.set_xlim(day(first - margin), day(last + margin))
    axes.set_ylim(*limits)
    most = 6 if size == "narrow" else 9
    locator = AutoDateLocator(tz=data.clock, minticks=2, maxticks=most)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=data.clock)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    # The formatter writes the date at the right end of the same line.
    axes.set_xlabel(f"commit ({words.clock_name(data.clock)})", loc="left")


def _draw_dots(
    axes: Axes, data: Progress, limits: tuple[float, float], *, link: Link | None
) -> None:
    """One dot per entry, blue where it was a new best; a triangle where it is off the axis."""
    low, high = limits
    is_record = data.is_record
    for marker, above, up_to in (("v", -inf, low), ("o", low, high), ("^", high, inf)):
        chosen = [i for i, dot in enumerate(data.dots) if above < dot.score <= up_to]
        if not chosen:
            continue
        edge = 0.02 * (high - low)
        points = axes.scatter(
            [day(data.dots[i].moment) for i in chosen],
            [min(max(data.dots[i].score, low + edge), high - edge) for i in chosen],
            s=26,
            c=[TOKENS["accent" if is_record[i] else "grey"] for i in chosen],
            marker=marker,
            linewidths=0,
            zorder=3,
            rasterized=len(data.dots) > drawing.N_RASTER,
        )
        if link and len(data.dots) <= drawing.N_RASTER:
            points.set_urls([link(data.dots[i].row) for i in chosen])


def _label_records(figure: Figure, axes: Axes, data: Progress) -> None:
    """Write the team at each new best, where it touches no dot and no label; later ones first."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    low, high = axes.get_ylim()
    points = axes.transData.transform([(day(dot.moment), dot.score) for dot in data.dots])
    taken = [Bbox.from_extents(x - 3, y - 3, x + 3, y + 3) for x, y in points]
    is_record = data.is_record
    shown = [i for i, d in enumerate(data.dots) if is_record[i] and low <= d.score <= high]
    for i in reversed(shown[-MOST_NAMES:]):
        dot = data.dots[i]
        others = [box for j, box in enumerate(taken) if j != i]
        for offset in ((6, 4), (6, -11)):
            label = axes.annotate(
                words.team_name(dot.row, 18),
                (day(dot.moment), dot.score),
                offset,
                textcoords="offset points",
                color=TOKENS["accent"],
            )
            box = label.get_window_extent(renderer).padded(1)
            if box.x1 <= axes.bbox.x1 + 6 and not any(box.overlaps(other) for other in others):
                taken.append(box)
                break
            label.remove()


def progress_svg(board: Board, link: Link = row_anchor) -> dict[str, str]:
    """Draw the progress plot for the page.

    Parameters
    ----------
    board : Board
    link : callable, optional
        What each dot leads to.

    Returns
    -------
    dict of str to str
        One ``<svg>`` element per size; empty where there is nothing to draw.
    """
    data = progress_data(board)
    if not data.dots:
        return {}
    links = (
        {}
        if len(data.dots) > drawing.N_RASTER
        else {link(d.row): entry_hint(board, d.row) for d in data.dots}
    )
    return {
        size: inline(
            progress_bytes(board, "svg", size=size, link=link).decode(),
            prefix=f"progress-{size}-",
            title="Progress during the event",
            description=_description(board, data),
            links=links,
        )
        for size in SIZES
    }


def entry_hint(board: Board, row: Row) -> str:
    """What is shown when the mouse rests on the dot of an entry: its name, team and score."""
    value = words.score_and_unit(board["metric"], row["score"])
    return f"{words.entry_name(row)}, {words.team_name(row)}: {value}"


def _description(board: Board, data: Progress) -> str:
    metric, value = board["metric"], data.best_so_far[-1]
    text = (
        f"{words.count(len(data.dots), 'scored entry', 'scored entries')} by the time handed in. "
        f"The best {words.metric_label(metric)} went from "
        f"{words.score(metric, data.best_so_far[0])} to {words.score_and_unit(metric, value)}."
    )
    if data.blend is not None:
        text += f" The blend reaches {words.score_and_unit(metric, data.blend)}."
    if data.limit is not None:
        text += f" The known limit is {words.score_and_unit(metric, data.limit)}."
    return text


def progress_bytes(
    board: Board, file_format: str, *, size: str = "wide", link: Link | None = None
) -> bytes:
    """Draw the progress plot as a file.

    Parameters
    ----------
    board : Board
        With at least one scored entry that has a time.
    file_format : {"svg", "pdf"}
    size : {"wide", "mid", "narrow"}
    link : callable, optional
        For a page: leave text as text and let dots lead there. Otherwise the letters of an SVG
        are drawn, so that it looks the same everywhere.

    Returns
    -------
    bytes
        The same for the same board.
    """

    def draw() -> Figure:
        return progress_figure(board, size, link=link)

    return figure_bytes(draw, file_format, for_page=link is not None)
