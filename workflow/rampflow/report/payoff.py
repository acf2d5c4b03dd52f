"""What pays off: two scatter plots of all scored entries.

Score against the share of the blend shows who is good and who is different; fit time against score
shows what the score costs, with its front: the entries that nothing faster beats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from rampflow.report import drawing, words
from rampflow.report.drawing import HEIGHTS, WIDTHS, figure_bytes
from rampflow.report.figures import entry_hint
from rampflow.report.links import Link, row_anchor
from rampflow.report.shape import Board, Row, scored
from rampflow.report.svg import TOKENS, inline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZES = ("half", "narrow")
N_LABELS = 5
# Where a name may stand beside its dot, in points, and which of its ends is there.
PLACES: tuple[tuple[tuple[int, int], Literal["left", "right"]], ...] = (
    ((6, 4), "left"),
    ((-6, 4), "right"),
    ((6, -11), "left"),
    ((-6, -11), "right"),
)


def shares_rows(board: Board) -> list[Row]:
    """Return the entries with a score and a share of the blend, zero included."""
    return [row for row in scored(board) if words.finite(row["contributivity"]) is not None]


def times_rows(board: Board) -> list[Row]:
    """Return the entries with a score and a fit time above zero, the fastest first."""
    rows = [row for row in scored(board) if (words.finite(row["train_time"]) or 0) > 0]
    return sorted(rows, key=lambda row: (row["train_time"] or 0, row["rank"] or 0))


def front(board: Board) -> list[Row]:
    """Return the entries that are better than everything that fits as fast, the fastest first."""
    found: list[Row] = []
    for row in times_rows(board):
        if not found or (row["rank"] or 0) < (found[-1]["rank"] or 0):
            found.append(row)
    return found


def shares_figure(board: Board, size: str, *, link: Link | None = None) -> Figure:
    """Draw contributivity over score; the largest shares are named.

    Parameters
    ----------
    board : Board
    size : {"half", "narrow"}
    link : callable, optional
        What each dot leads to.
    """
    rows = shares_rows(board)
    figure, axes = _axes(size)
    points = [(row["score"] or 0.0, 100 * (row["contributivity"] or 0.0)) for row in rows]
    is_member = [y > 0 for _, y in points]
    _draw(axes, board, rows, points, is_member, link=link)
    axes.set_xlabel(f"{words.metric_heading(board['metric'])}, better to the right")
    axes.set_ylabel("contributivity (%)")
    axes.set_xlim(_limits([x for x, _ in points]))
    axes.set_ylim(-0.04 * max(y for _, y in points) - 0.2, 1.14 * max(y for _, y in points) + 0.5)
    if board["metric"]["is_lower_the_better"]:
        axes.invert_xaxis()
    order = sorted(range(len(rows)), key=lambda i: -points[i][1])[:N_LABELS]
    _label(figure, axes, rows, points, [i for i in order if is_member[i]], size)
    return figure


def times_figure(board: Board, size: str, *, link: Link | None = None) -> Figure:
    """Draw score over fit time, with the line that joins the front.

    Parameters
    ----------
    board : Board
    size : {"half", "narrow"}
    link : callable, optional
        What each dot leads to.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    rows, best = times_rows(board), front(board)
    figure, axes = _axes(size)
    points = [(row["train_time"] or 0.0, row["score"] or 0.0) for row in rows]
    on_front = {(row["team"], row["model"]) for row in best}
    is_front = [(row["team"], row["model"]) in on_front for row in rows]
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    _draw(axes, board, rows, points, is_front, link=link)
    axes.set_ylim(_limits([y for _, y in points]))
    axes.set_xlim(points[0][0] / 1.6, points[-1][0] * 1.6)
    steps = [(row["train_time"] or 0.0, row["score"] or 0.0) for row in best]
    xs, ys = [x for x, _ in steps], [y for _, y in steps]
    axes.step([*xs, points[-1][0] * 1.6], [*ys, ys[-1]], where="post", color=TOKENS["accent"])
    axes.set_xlabel("fit time per fold (s), log scale")
    heading, better = words.metric_heading(board["metric"]), "better upwards"
    axes.set_ylabel(f"{heading}, {better}")
    if board["metric"]["is_lower_the_better"]:
        axes.invert_yaxis()
    chosen = [i for i in range(len(rows)) if is_front[i]][-N_LABELS:]
    _label(figure, axes, rows, points, chosen[::-1], size)
    return figure


FIGURES: dict[str, tuple[Callable[..., Figure], Callable[[Board], list[Row]], str]] = {
    "contributivity": (shares_figure, shares_rows, "Score against contributivity"),
    "fit_time": (times_figure, times_rows, "Fit time against score"),
}
"""Name of the file → what draws it, the entries it shows, its title."""


def payoff_names(board: Board) -> list[str]:
    """Return the figures that show two entries or more."""
    return [name for name, (_, rows_of, _) in FIGURES.items() if len(rows_of(board)) > 1]


def payoff_svg(board: Board, link: Link = row_anchor) -> dict[str, dict[str, str]]:
    """Draw the figures for the page.

    Parameters
    ----------
    board : Board
    link : callable, optional
        What each dot leads to.

    Returns
    -------
    dict of str to dict
        Figure → size → ``<svg>`` element; a figure that would show fewer than two is left out.
    """
    found: dict[str, dict[str, str]] = {}
    for name in payoff_names(board):
        _, rows_of, title = FIGURES[name]
        rows = rows_of(board)
        links = (
            {link(row): entry_hint(board, row) for row in rows}
            if len(rows) <= drawing.N_RASTER
            else {}
        )
        found[name] = {
            size: inline(
                payoff_bytes(board, name, "svg", size=size, link=link).decode(),
                prefix=f"{name.replace('_', '-')}-{size}-",
                title=title,
                description=f"{title}: {words.count(len(rows), 'entry', 'entries')}. The table has "
                "the same numbers.",
                links=links,
            )
            for size in SIZES
        }
    return found


def payoff_bytes(
    board: Board, name: str, file_format: str, *, size: str = "half", link: Link | None = None
) -> bytes:
    """Draw one figure as a file; the same bytes for the same board.

    Parameters
    ----------
    board : Board
    name : str
        A key of `FIGURES`.
    file_format : {"svg", "pdf"}
    size : {"half", "narrow"}
    link : callable, optional
        As in `figures.progress_bytes`.
    """
    draw = FIGURES[name][0]
    return figure_bytes(
        lambda: draw(board, size, link=link), file_format, for_page=link is not None
    )


def _axes(size: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    width, height = WIDTHS[size], HEIGHTS[size]
    figure = Figure(figsize=(width, height))
    left, right, below, above = 0.66, 0.12, 0.55, 0.12
    axes = figure.add_axes(
        (left / width, below / height, 1 - (left + right) / width, 1 - (below + above) / height)
    )
    return figure, axes


def _limits(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin


def _draw(
    axes: Axes,
    board: Board,
    rows: Sequence[Row],
    points: Sequence[tuple[float, float]],
    is_marked: Sequence[bool],
    *,
    link: Link | None,
) -> None:
    dots = axes.scatter(
        [x for x, _ in points],
        [y for _, y in points],
        s=26,
        c=[TOKENS["accent" if marked else "grey"] for marked in is_marked],
        linewidths=0,
        zorder=3,
        rasterized=len(rows) > drawing.N_RASTER,
    )
    if link and len(rows) <= drawing.N_RASTER:
        dots.set_urls([link(row) for row in rows])


def _label(
    figure: Figure,
    axes: Axes,
    rows: Sequence[Row],
    points: Sequence[tuple[float, float]],
    chosen: Sequence[int],
    size: str,
) -> None:
    """Name dots where the name touches no other dot and no other name."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    if size == "narrow":
        chosen = chosen[:3]
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    places = axes.transData.transform(points)
    taken = [Bbox.from_extents(x - 4, y - 4, x + 4, y + 4) for x, y in places]
    for i in chosen:
        others = [box for j, box in enumerate(taken) if j != i]
        for offset, side in (
            ((6, 4), "left"),
            ((-6, 4), "right"),
            ((6, -11), "left"),
            ((-6, -11), "right"),
        ):
            text = axes.annotate(
                words.entry_name(rows[i], 30),
                points[i],
                offset,
                textcoords="offset points",
                ha=side,
                color=TOKENS["accent"],
            )
            box = text.get_window_extent(renderer).padded(1)
            inside = axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 + 4
            if inside and not any(box.overlaps(other) for other in others):
                taken.append(box)
                break
            text.remove()
