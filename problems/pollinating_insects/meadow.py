"""The meadow of the pollinating insects problem: insects on flowers, and the photographs of them.

A photograph is painted from back to front: a blurred background, a flower, the insect's shadow, its
wings, abdomen, thorax and head, and often a blade of grass before it. Then light falls on it and a
camera adds what cameras add. Everything is a formula of the position in the frame, which goes from
-1 to 1 in both directions; no photograph is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from kinds import KINDS, column

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GROUND = ((0.22, 0.36, 0.14), (0.33, 0.45, 0.20), (0.14, 0.22, 0.10), (0.42, 0.38, 0.28))
"""Colours of what lies behind: leaves, grass, shade, soil."""
PETALS = ((0.86, 0.74, 0.18), (0.86, 0.85, 0.80), (0.50, 0.34, 0.66), (0.80, 0.48, 0.60))
"""Colours of flowers: yellow, white, violet, pink."""
HEART = (0.70, 0.52, 0.14)
BLADE = (0.30, 0.46, 0.18)
HIDDEN = 0.4
"""Share of the insects with a blade of grass before them, or beside."""
OTHER_NAME = 0.02
"""Share of the insects that are called by another kind's name."""


def between(rng: np.random.Generator, low: float, high: float, n: int) -> Array:
    """Return uniform numbers, shaped to be multiplied with images."""
    return (low + (high - low) * rng.random(n))[:, np.newaxis, np.newaxis]


def normal(rng: np.random.Generator, spread: float, n: int) -> Array:
    """Return normal numbers around 0, shaped to be multiplied with images."""
    return spread * rng.standard_normal(n)[:, np.newaxis, np.newaxis]


def listed_kinds(kind: Ints, rng: np.random.Generator) -> Ints:
    """Return what insects are called: some get the name of another insect."""
    shuffled = rng.permutation(kind)
    return np.where(rng.random(len(kind)) < OTHER_NAME, shuffled, kind)


@dataclass(frozen=True)
class Canvas:
    """Photographs while they are painted.

    Parameters
    ----------
    x, y : ndarray of float, shape (1, size, size)
        Positions of the pixels.
    rgb : ndarray of float, shape (n, size, size, 3)
        The light, 0 to 1.
    """

    x: Array
    y: Array
    rgb: Array

    @classmethod
    def blank(cls, n: int, size: int) -> Canvas:
        """Return black photographs."""
        steps = (np.arange(size) - (size - 1) / 2) * (2 / size)
        y, x = np.meshgrid(steps, steps, indexing="ij")
        return cls(x[np.newaxis], y[np.newaxis], np.zeros((n, size, size, 3)))

    def paint(self, cover: Array, colour: Array) -> None:
        """Lay a colour over, where and as much as `cover` says (0 to 1)."""
        self.rgb[...] += cover[..., np.newaxis] * (colour - self.rgb)

    def edge(self, inside: Array, width: Array | float) -> Array:
        """Return a cover that is 1 where `inside` is positive and rises within about a pixel.

        Parameters
        ----------
        inside : ndarray of float
            Positive inside, in units of which one is `width` long.
        width : ndarray of float or float
            That length, in halves of the frame.
        """
        return np.clip(0.5 + inside * width * (self.rgb.shape[1] / 2), 0.0, 1.0)

    def ellipse(self, u: Array, v: Array, long: Array | float, short: Array, unit: Array) -> Array:
        """Return the cover of an ellipse in the coordinates (u, v), whose unit is `unit` long."""
        distance = np.sqrt((u / long) ** 2 + (v / short) ** 2)
        return self.edge(1 - distance, short * unit)


def photographs(kind: Ints, size: int, rng: np.random.Generator) -> Array:
    """Return photographs of insects.

    Parameters
    ----------
    kind : ndarray of int, shape (n,)
        Positions in `KINDS`.
    size : int
        Height and width in pixels.
    rng : numpy.random.Generator
        What is random.

    Returns
    -------
    ndarray of float, shape (n, size, size, 3)
        Red, green and blue; 0 to 1 but for noise.
    """
    canvas = Canvas.blank(len(kind), size)
    paint_ground(canvas, rng)
    centre = paint_flower(canvas, kind, rng)
    paint_insect(canvas, kind, centre, rng)
    paint_blade(canvas, rng)
    return expose(canvas, rng)


def paint_ground(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint what lies behind: one colour, waves of light and dark, a second colour at one side."""
    n = len(canvas.rgb)
    first, second = (np.array(GROUND)[rng.integers(len(GROUND), size=n)] for _ in range(2))
    canvas.rgb[...] = first[:, np.newaxis, np.newaxis]
    turn = between(rng, 0, 2 * np.pi, n)
    slope = canvas.x * np.cos(turn) + canvas.y * np.sin(turn) + between(rng, -0.7, 0.7, n)
    canvas.paint(np.clip(0.5 + 1.5 * slope, 0, 1), second[:, np.newaxis, np.newaxis])
    light = np.ones((n, 1, 1))
    for _ in range(3):
        turn, wave = between(rng, 0, 2 * np.pi, n), between(rng, 2, 9, n)
        phase = wave * (canvas.x * np.cos(turn) + canvas.y * np.sin(turn))
        light = light + normal(rng, 0.16, n) * np.sin(phase + between(rng, 0, 2 * np.pi, n))
    canvas.rgb[...] *= np.clip(light, 0.2, 1.8)[..., np.newaxis]


def paint_flower(canvas: Canvas, kind: Ints, rng: np.random.Generator) -> tuple[Array, Array]:
    """Paint a flower, of a colour that the insect likes, and return where the insect sits."""
    n = len(kind)
    liking = np.array([entry.flowers for entry in KINDS])[kind]
    steps = np.cumsum(liking, axis=1) / liking.sum(axis=1, keepdims=True)
    colour = np.array(PETALS)[(rng.random((n, 1)) > steps[:, :-1]).sum(axis=1)]
    at_x, at_y = between(rng, -0.7, 0.7, n), between(rng, -0.7, 0.7, n)
    radius, depth = between(rng, 0.45, 1.1, n), between(rng, 0.05, 0.3, n)
    x, y = canvas.x - at_x, canvas.y - at_y
    petals = 5 + rng.integers(9, size=n)[:, np.newaxis, np.newaxis]
    wave = np.cos(petals * np.arctan2(y, x) + between(rng, 0, 2 * np.pi, n))
    distance = np.sqrt(x**2 + y**2) / radius
    shade = (0.8 + 0.15 * wave + 0.15 * distance)[..., np.newaxis]
    tone = np.clip(colour[:, np.newaxis, np.newaxis] * shade, 0, 1)
    canvas.paint(canvas.edge(1 - depth + depth * wave - distance, radius), tone)
    heart = canvas.edge(between(rng, 0.1, 0.4, n) - distance, radius)
    canvas.paint(heart, np.array(HEART) * between(rng, 0.6, 1.3, n)[..., np.newaxis])
    return at_x * 0.25 + normal(rng, 0.12, n), at_y * 0.25 + normal(rng, 0.12, n)


def paint_insect(
    canvas: Canvas, kind: Ints, centre: tuple[Array, Array], rng: np.random.Generator
) -> None:
    """Paint shadow, wings, abdomen, thorax and head of the insects."""
    n = len(kind)
    unit = 1.5 * column("size", kind) * np.exp(normal(rng, 0.2, n))
    turn, flat, bend = between(rng, 0, 2 * np.pi, n), between(rng, 0.62, 1, n), normal(rng, 0.12, n)
    x, y = (canvas.x - centre[0]) / unit, (canvas.y - centre[1]) / unit
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    v = v / flat + bend * u**2
    width, waist = (
        column(name, kind) * np.exp(normal(rng, 0.08, n)) for name in ("width", "waist")
    )
    shadow = canvas.ellipse(u + 0.1, v + between(rng, -0.4, 0.4, n), 1.0, 1.25 * width, unit)
    canvas.paint(shadow * between(rng, 0, 0.6, n), np.array([0.05, 0.06, 0.05]))
    fuzz = 1 + 0.25 * column("fur", kind) * rng.standard_normal((n, *canvas.x.shape[1:]))
    tone = np.exp(normal(rng, 0.16, n))[..., np.newaxis] * np.exp(
        0.1 * rng.standard_normal((n, 1, 1, 3))
    )
    for paint in (_paint_wings, _paint_body):
        paint(canvas, kind, (u, v, unit), (width, waist), fuzz[..., np.newaxis] * tone, rng)


Where = tuple[Array, Array, Array]
"""Coordinates along and across the body, and the length of their unit."""


def _paint_wings(
    canvas: Canvas,
    kind: Ints,
    where: Where,
    _: tuple[Array, Array],
    tone: Array,
    rng: np.random.Generator,
) -> None:
    """Paint four wings, more or less spread; the hind ones are shorter."""
    (u, v, unit), n = where, len(kind)
    opaque = np.clip(column("opaque", kind) + normal(rng, 0.06, n), 0, 1)
    spread = column("spread", kind) + normal(rng, 0.2, n)
    reach, breadth = column("reach", kind), column("breadth", kind)
    marked = column("marked", kind)
    colour = np.clip(column("wing", kind) * np.sqrt(np.abs(tone)), 0, 1)
    mark = np.where(marked[..., np.newaxis] < 0, np.array([0.72, 0.12, 0.12]), 0.07)
    for turn, share in ((0.55, 0.75), (0.0, 1.0)):
        for side in (1.0, -1.0):
            angle = np.minimum(spread + turn, 2.9)
            across = side * v
            along = (u - 0.3) * np.cos(angle) + across * np.sin(angle)
            aside = across * np.cos(angle) - (u - 0.3) * np.sin(angle)
            middle = along - 0.5 * share * reach
            wing = canvas.ellipse(middle, aside, 0.5 * share * reach, share * breadth, unit)
            canvas.paint(wing * opaque, colour)
            tip = canvas.edge(along - 0.83 * share * reach, unit) * (marked > 0)
            eye = canvas.ellipse(middle, aside, 0.18 * reach, 0.3 * breadth, unit)
            canvas.paint(wing * np.maximum(tip, eye) * np.abs(marked), mark)


def _paint_body(
    canvas: Canvas,
    kind: Ints,
    where: Where,
    widths: tuple[Array, Array],
    tone: Array,
    rng: np.random.Generator,
) -> None:
    """Paint abdomen with its bands, spots and tail, then thorax and head."""
    (u, v, unit), (width, waist), n = where, widths, len(kind)
    colours = {
        name: np.clip(column(name, kind) * tone, 0, 1)
        for name in ("abdomen", "band", "tail", "thorax")
    }
    abdomen = canvas.ellipse(u + 0.38, v, 0.62, width, unit)
    canvas.paint(abdomen, colours["abdomen"])
    along = (u + 1) / 1.24  # 0 at the tip, 1 at the thorax
    wave = np.cos(2 * np.pi * (column("bands", kind) * along + normal(rng, 0.08, n)))
    sides = np.clip(4 * (np.abs(v) / width - 0.2), 0, 1)
    spots = column("spots", kind)
    band = (
        np.clip(0.5 + 1.2 * wave, 0, 1) * (1 - spots + spots * sides) * (column("bands", kind) > 0)
    )
    canvas.paint(abdomen * band * between(rng, 0.6, 1, n), colours["band"])
    canvas.paint(abdomen * canvas.edge(column("end", kind) - along, unit), colours["tail"])
    shine = canvas.ellipse(u + 0.3, v - 0.3 * width, 0.3, 0.25 * width, unit)
    canvas.paint(shine * between(rng, 0, 0.35, n), np.array([1.0, 1.0, 1.0]))
    canvas.paint(canvas.ellipse(u - 0.38, v, 0.34, waist, unit), colours["thorax"])
    head = canvas.ellipse(u - 0.8, v, 0.2, 0.75 * waist, unit)
    canvas.paint(head, np.array([0.12, 0.10, 0.09]) * tone)


def paint_blade(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint a blade of grass across, before most of the insects or near them."""
    n = len(canvas.rgb)
    turn, away = between(rng, 0, 2 * np.pi, n), normal(rng, 0.4, n)
    width = between(rng, 0.04, 0.18, n) * (between(rng, 0, 1, n) < HIDDEN)
    x, y = canvas.x, canvas.y
    across = x * np.cos(turn) + y * np.sin(turn) - away
    along = y * np.cos(turn) - x * np.sin(turn)
    across = across + normal(rng, 0.2, n) * along**2
    cover = canvas.edge(width - np.abs(across), 1.0) * (width > 0)
    canvas.paint(cover, np.array(BLADE) * between(rng, 0.5, 1.4, n)[..., np.newaxis])


def expose(canvas: Canvas, rng: np.random.Generator) -> Array:
    """Return what the camera makes of it: light from one side, its colour, a lens, a sensor."""
    n = len(canvas.rgb)
    turn = between(rng, 0, 2 * np.pi, n)
    slope = canvas.x * np.cos(turn) + canvas.y * np.sin(turn)
    light = np.exp(normal(rng, 0.28, n)) * (1 + between(rng, 0, 0.4, n) * slope)
    tint = np.exp(0.09 * rng.standard_normal((n, 1, 1, 3)))
    rgb = canvas.rgb * light[..., np.newaxis] * tint
    blurred = rgb
    for _ in range(2):
        for axis in (1, 2):
            before, after = np.roll(blurred, 1, axis), np.roll(blurred, -1, axis)
            blurred = 0.25 * before + 0.5 * blurred + 0.25 * after
    sharp = between(rng, 0, 1, n)[..., np.newaxis]
    noise = between(rng, 0.01, 0.045, n)[..., np.newaxis]
    haze = between(rng, 0, 0.15, n)[..., np.newaxis]
    rgb = (sharp * rgb + (1 - sharp) * blurred) * (1 - haze) + 0.6 * haze
    return rgb + noise * rng.standard_normal(rgb.shape)
