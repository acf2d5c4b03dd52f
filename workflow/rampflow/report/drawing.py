"""What all figures share: their sizes, their style, and how one becomes bytes.

A figure is drawn once per width it is shown at, since one drawing scaled down to a phone has
labels of four pixels. The same board gives the same bytes: no date, fixed ids, and matplotlib's
own defaults and font instead of the user's.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rampflow.report.svg import TOKENS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Inches of 96 CSS pixels: desktop, tablet and print, half a desktop, phone.
WIDTHS = {"wide": 12.4, "mid": 7.3, "half": 5.9, "narrow": 3.83}
HEIGHTS = {"wide": 3.9, "mid": 3.6, "half": 3.9, "narrow": 3.2}

# Above this many marks the dots become one image; text and lines stay as they are.
N_RASTER = 600


def figure_bytes(draw: Callable[[], Figure], file_format: str, *, for_page: bool = False) -> bytes:
    """Draw a figure as a file.

    Parameters
    ----------
    draw : callable
        Makes the figure.
    file_format : {"svg", "pdf"}
    for_page : bool, optional
        Leave text as text. Otherwise the letters of an SVG are drawn, so that it looks the same
        everywhere.

    Returns
    -------
    bytes
        The same for the same figure.
    """
    buffer = io.BytesIO()
    no_date = {"Date": None} if file_format == "svg" else {"CreationDate": None}
    with style("none" if for_page else "path"):
        draw().savefig(buffer, format=file_format, metadata=no_date)
    return buffer.getvalue()


@contextmanager
def style(svg_fonttype: str) -> Iterator[None]:
    """Use matplotlib's defaults and the design's, whatever the user has configured."""
    import matplotlib

    ours: dict[Any, Any] = {
        "svg.hashsalt": "rampflow",
        "svg.fonttype": svg_fonttype,
        "pdf.fonttype": 42,
        "font.family": "DejaVu Sans",
        "font.size": 9.0,
        # A dollar sign in a team's name is not mathematics.
        "text.parse_math": False,
        "text.color": TOKENS["ink"],
        "axes.edgecolor": TOKENS["line"],
        "axes.labelcolor": TOKENS["muted"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": TOKENS["line"],
        "grid.linewidth": 0.6,
        "xtick.color": TOKENS["line"],
        "xtick.labelcolor": TOKENS["muted"],
        "ytick.color": TOKENS["line"],
        "ytick.labelcolor": TOKENS["muted"],
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
    }
    base: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
    base.pop("backend", None)
    with matplotlib.rc_context({**base, **ours}), warnings.catch_warnings():
        # The browser has fonts for the names that DejaVu cannot write.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph")
        yield
