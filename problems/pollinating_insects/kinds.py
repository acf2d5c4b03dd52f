"""The eighteen kinds of the pollinating insects problem: what each looks like, how often it comes.

They are named after insects of a European garden, and drawn from a few numbers each. The names say
what was thought of; nobody should learn entomology from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Colour = tuple[float, float, float]

BLACK, BROWN, OCHRE, AMBER = (
    (0.09, 0.08, 0.08),
    (0.32, 0.22, 0.12),
    (0.66, 0.47, 0.20),
    (0.8, 0.55, 0.13),
)
YELLOW, WHITE, RED, GINGER = (
    (0.90, 0.78, 0.16),
    (0.90, 0.88, 0.82),
    (0.74, 0.18, 0.10),
    (0.66, 0.38, 0.13),
)
GREEN, VIOLET, ORANGE, CREAM = (
    (0.16, 0.48, 0.20),
    (0.18, 0.14, 0.34),
    (0.86, 0.42, 0.10),
    (0.93, 0.90, 0.74),
)
CLEAR, SMOKE, RUST = (0.80, 0.80, 0.76), (0.30, 0.28, 0.34), (0.50, 0.24, 0.13)


@dataclass(frozen=True)
class Kind:
    """What one kind looks like, seen from above. Lengths are in halves of the body's length.

    Parameters
    ----------
    name : str
        What was thought of.
    share : float
        Of all insects.
    size : float
        Half the length of the body, in halves of the frame.
    waist, width : float
        Half widths of thorax and abdomen.
    thorax, abdomen, band, tail : tuple of float
        Red, green and blue; `band` is the colour of the stripes or spots of the abdomen.
    bands : float
        Number of stripes across the abdomen; 0 for none.
    end : float
        Share of the abdomen that has the colour of the tail.
    spots : float
        How much of the colour of the bands is in spots to the left and right, 0 to 1.
    wing : tuple of float
        Red, green and blue.
    opaque : float
        How much a wing hides, 0 to 1.
    reach, breadth, spread : float
        Length and half width of the fore wing, and its angle with the body in radians.
    marked : float
        How dark the tips and the eye of a wing are, 0 to 1.
    fur : float
        Of thorax and abdomen: how rough they are, 0 to 1.
    flowers : tuple of float
        How much a yellow, white, violet and pink flower attracts it.
    """

    name: str
    share: float
    size: float
    waist: float
    width: float
    thorax: Colour
    abdomen: Colour
    band: Colour
    tail: Colour
    bands: float
    end: float
    spots: float
    wing: Colour
    opaque: float
    reach: float
    breadth: float
    spread: float
    marked: float
    fur: float
    flowers: tuple[float, float, float, float] = (1, 1, 1, 1)


_BEE = (CLEAR, 0.38, 0.95, 0.20, 2.45, 0.0)  # wing, opaque, reach, breadth, spread, marked
_FLY = (CLEAR, 0.42, 1.00, 0.22, 2.15, 0.0)
_CASE = (BLACK, 0.0, 0.30, 0.05, 2.60, 0.0)  # wing cases: no wing is seen

KINDS = (
    Kind("honey bee", 0.28, 0.52, 0.29, 0.31, BROWN, OCHRE, BROWN, BROWN,
         4, 0.1, 0, *_BEE, 0.5, (1.3, 1, 1, 0.8)),
    Kind("buff-tailed bumblebee", 0.14, 0.60, 0.40, 0.45, BLACK, BLACK, AMBER, WHITE,
         1.5, 0.28, 0, *_BEE, 1.0, (0.8, 0.8, 1.6, 1.2)),
    Kind("marmalade hoverfly", 0.10, 0.45, 0.24, 0.25, BROWN, AMBER, BLACK, AMBER,
         5, 0.05, 0, *_FLY, 0.1, (1.2, 1.6, 0.6, 0.8)),
    Kind("drone fly", 0.08, 0.52, 0.31, 0.33, BROWN, BROWN, OCHRE, BROWN,
         2.5, 0.15, 0.5, *_FLY, 0.4, (1.6, 1.2, 0.6, 0.6)),
    Kind("red-tailed bumblebee", 0.065, 0.59, 0.40, 0.45, BLACK, BLACK, BLACK, ORANGE,
         0, 0.38, 0, *_BEE, 1.0, (1, 0.7, 1.5, 1.2)),
    Kind("carder bee", 0.055, 0.52, 0.37, 0.39, GINGER, OCHRE, BROWN, OCHRE,
         4, 0.1, 0, *_BEE, 1.0, (0.7, 0.7, 1.6, 1.4)),
    Kind("seven-spot ladybird", 0.045, 0.36, 0.50, 0.66, BLACK, RED, BLACK, RED,
         2.5, 0, 0.9, *_CASE, 0.0, (1, 1.4, 0.8, 0.8)),
    Kind("common wasp", 0.04, 0.54, 0.26, 0.29, BLACK, YELLOW, BLACK, YELLOW,
         4, 0.08, 0, *_BEE, 0.1, (1.2, 1.4, 0.6, 0.8)),
    Kind("cabbage white", 0.035, 0.46, 0.13, 0.12, SMOKE, SMOKE, BLACK, SMOKE,
         0, 0, 0, CREAM, 0.95, 1.45, 0.62, 1.05, 0.5, 0.3, (0.7, 0.7, 1.6, 1.4)),
    Kind("rose chafer", 0.03, 0.50, 0.44, 0.52, GREEN, GREEN, WHITE, GREEN,
         3.5, 0, 0.9, *_CASE, 0.0, (0.8, 1.5, 0.5, 1.6)),
    Kind("mason bee", 0.025, 0.45, 0.32, 0.34, BROWN, RUST, BROWN, BLACK,
         3, 0.2, 0, *_BEE, 0.8, (1.4, 1.2, 0.8, 1)),
    Kind("garden bumblebee", 0.022, 0.60, 0.39, 0.44, AMBER, BLACK, AMBER, WHITE,
         1, 0.32, 0, *_BEE, 1.0, (0.7, 0.7, 1.8, 1.2)),
    Kind("soldier beetle", 0.02, 0.50, 0.19, 0.22, ORANGE, ORANGE, BLACK, BLACK,
         0, 0.12, 0, *_CASE, 0.0, (0.9, 1.8, 0.5, 0.8)),
    Kind("small tortoiseshell", 0.017, 0.48, 0.14, 0.13, BROWN, BROWN, BLACK, BROWN,
         0, 0, 0, ORANGE, 0.95, 1.35, 0.58, 1.1, 1.0, 0.4, (0.8, 0.6, 1.7, 1.4)),
    Kind("long hoverfly", 0.014, 0.55, 0.21, 0.19, BROWN, YELLOW, BLACK, YELLOW,
         5, 0.05, 0.35, *_FLY, 0.1, (1.2, 1.5, 0.7, 0.8)),
    Kind("carpenter bee", 0.012, 0.66, 0.42, 0.46, BLACK, BLACK, VIOLET, BLACK,
         2, 0.1, 0, VIOLET, 0.75, 1.0, 0.24, 2.35, 0.2, 0.5, (0.7, 0.6, 1.8, 1.2)),
    Kind("bee beetle", 0.01, 0.45, 0.40, 0.48, OCHRE, YELLOW, BLACK, OCHRE,
         2.5, 0.15, 0, *_CASE, 0.9, (0.8, 1.5, 0.8, 1.4)),
    Kind("burnet moth", 0.01, 0.46, 0.22, 0.20, BLACK, BLACK, BLACK, BLACK,
         0, 0, 0, VIOLET, 0.95, 1.25, 0.36, 2.35, -1.0, 0.4, (0.6, 0.6, 1.8, 1.4)),
)  # fmt: skip
"""In the order of their labels, the most frequent one first."""


def column(name: str, kind: npt.NDArray[np.int64]) -> Array:
    """Return one number of each insect's kind, shaped to be multiplied with images.

    Parameters
    ----------
    name : str
        A parameter of `Kind`.
    kind : ndarray of int, shape (n,)
        Positions in `KINDS`.

    Returns
    -------
    ndarray of float, shape (n, 1, 1), or (n, 1, 1, k) for k numbers such as a colour
    """
    table = np.array([getattr(entry, name) for entry in KINDS], dtype=np.float64)
    chosen = table[kind]
    return chosen[:, np.newaxis, np.newaxis]


def draw_kinds(n_insects: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the kinds of some insects, in random order; each comes as often as its share says.

    Numbers are rounded so that they add up, and no kind is left out if there are 100 or more.
    """
    ends = np.rint(np.cumsum([entry.share for entry in KINDS]) * n_insects).astype(np.int64)
    kinds = np.repeat(np.arange(len(KINDS)), np.diff(ends, prepend=0))
    return kinds[np.argsort(rng.random(n_insects), kind="stable")]
