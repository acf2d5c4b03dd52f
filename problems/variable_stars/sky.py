"""The sky of the variable stars problem: a catalogue and light curves in two bands, all invented.

Every star is of one of `CLASSES` and has a true period ``P``. Its light curve in a band is ::

    m(t) = m0 + A g(t / P) + noise               magnitudes: the larger, the fainter

* ``g`` is a sum of six harmonics for the stars that pulsate, which brighten fast and fade slowly,
  and a pair of eclipses for the binaries;
* light of neighbours is mixed in (*pollution*), which flattens the curve and brightens the mean;
* all stars are seen in the same nights, in three seasons, less some that each of them misses;
* the catalogue gives a multiple of the period. For some stars it was found wrongly: it is an alias
  that the rhythm of day and night makes. The light curve still tells.

No observation is used. Class proportions, periods, amplitudes and errors were aimed at published
properties of the variable stars that a microlensing survey saw in the Large Magellanic Cloud.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BINARY, CEPHEID, RR_LYRAE, MIRA = CLASSES = (1, 2, 3, 4)
BANDS = ("b", "r")

SHARES = (0.117, 0.203, 0.610, 0.070)
"""How frequent the classes are."""
OTHER_NAME = 0.022
"""Share of stars that the catalogue calls by the name of another class: nobody can learn them."""
ALIAS = (0.12, 0.10, 0.10, 0.20)
"""Share of stars of each class whose catalogue period is an alias."""
MULTIPLES = (
    (0.36, 0.24, 0.15, 0.08, 0.06, 0.06, 0.03, 0.02),
    (0.06, 0.13, 0.17, 0.17, 0.18, 0.11, 0.10, 0.05, 0.02, 0.01),
    (0.09, 0.15, 0.18, 0.14, 0.16, 0.11, 0.08, 0.05, 0.02, 0.01, 0.005, 0.003, 0.001, 0.001),
    (0.57, 0.25, 0.10, 0.05, 0.03),
)
"""For each class, how often the catalogue period is 1, 2, 3 … times the period."""
SEASONS = ((290.0, 410.0, 25), (626.0, 806.0, 72), (1001.0, 1185.0, 27))
"""First day, last day and number of nights of each season."""
N_NIGHTS = sum(n for _, _, n in SEASONS)
N_HARMONICS = 6


@dataclass(frozen=True)
class Stars:
    """What is true of the stars; nobody who looks at them is told. All arrays have n_stars rows.

    Parameters
    ----------
    kind : ndarray of int
        The class.
    period : ndarray
        In days; of a binary, that of its orbit.
    magnitude : ndarray of shape (n_stars, 2)
        Mean magnitudes, blue and red.
    amplitude : ndarray of shape (n_stars, 2)
        Peak to peak for stars that pulsate, depth of the first eclipse for binaries; magnitudes.
    sharpness : ndarray
        Ratio of a harmonic to the one before.
    skew : ndarray
        How much faster a star brightens than it fades, radians.
    eclipses : ndarray of shape (n_stars, 2)
        Of a binary: depth of the second eclipse relative to the first; half width, in cycles.
    pollution : ndarray of shape (n_stars, 2)
        Share of the light that is that of neighbours.
    """

    kind: Ints
    period: Array
    magnitude: Array
    amplitude: Array
    sharpness: Array
    skew: Array
    eclipses: Array
    pollution: Array


@dataclass(frozen=True)
class Observations:
    """Points of all stars on the grid of nights.

    Parameters
    ----------
    times : ndarray of shape (2, n_nights)
        Days, of each band.
    seen : ndarray of bool, shape (2, n_stars, n_nights)
        Which points there are.
    light, error, background, pollution : ndarray of shape (2, n_stars, n_nights)
        Magnitude, its error, light of the sky, light of neighbours; whatever is not seen too.
    """

    times: Array
    seen: Mask
    light: Array
    error: Array
    background: Array
    pollution: Array


def draw_stars(n_stars: int, rng: np.random.Generator) -> Stars:
    """Draw stars of all classes in random order."""
    kind = pick(SHARES, rng.random(n_stars)) + 1
    z = rng.standard_normal((n_stars, 8))
    u = rng.random((n_stars, 6))
    drawn = [kinds(z, u) for kinds in (_binaries, _cepheids, _rr_lyrae, _miras)]

    def of_its_class(position: int) -> Array:
        return np.array(np.stack([d[position] for d in drawn])[kind - 1, np.arange(n_stars)])

    period, blue, colour, amplitude, ratio, sharpness, skew = map(of_its_class, range(7))
    # the dust in front of a star dims blue more than red
    dust = 0.25 * np.abs(z[:, 5])
    magnitude = np.stack([blue + 1.3 * dust, blue - colour + dust], axis=1)
    eclipses = np.stack([0.15 + 0.85 * u[:, 3] ** 0.7, 0.04 + 0.13 * u[:, 4]], axis=1)
    polluted = u[:, 5] < 0.35
    share = np.where(polluted, 0.45 * rng.random(n_stars) ** 2, 0.0)
    pollution = np.stack([share, share * (0.5 + rng.random(n_stars))], axis=1)
    amplitude = np.stack([amplitude, amplitude * ratio], axis=1)
    return Stars(kind, period, magnitude, amplitude, sharpness, skew, eclipses, pollution)


def pick(shares: tuple[float, ...], uniform: Array) -> Ints:
    """Turn uniform numbers into choices 0, 1, 2 … of these shares."""
    edges = np.cumsum(shares)[:-1] / np.sum(shares)
    return np.searchsorted(edges, uniform, side="right")


# Each of the four returns period, blue magnitude, colour (blue less red), blue amplitude, red
# amplitude relative to blue, sharpness, skew. `z` is normal, `u` uniform.


def _binaries(z: Array, u: Array) -> tuple[Array, ...]:
    """Eclipsing binaries: of every colour and brightness, the same depth in both bands."""
    period = 10 ** (0.36 + 0.42 * z[:, 0] + 0.9 * np.maximum(z[:, 1] - 1.0, 0))
    blue = np.clip(18.0 + 1.1 * z[:, 2], 14.0, 20.4)
    amplitude = 0.36 * np.exp(0.40 * z[:, 4]) + 0.18
    ones = np.ones(len(z))
    return period, blue, 0.05 + 0.45 * z[:, 3], amplitude, 0.97 * ones, 0 * ones, 0 * ones


def _cepheids(z: Array, u: Array) -> tuple[Array, ...]:
    """Cepheids: the longer the period, the brighter; their harmonics change with the period."""
    log_period = 0.05 + 0.46 * np.abs(z[:, 0] + 0.75) + 0.05 * z[:, 1]
    blue = 17.55 - 2.5 * (log_period - 0.46) + 0.75 * z[:, 2]
    colour = 0.42 + 0.20 * (log_period - 0.46) + 0.28 * z[:, 3]
    overtone = u[:, 0] < 0.3
    amplitude = np.where(overtone, 0.55, 0.95) * np.exp(0.22 * z[:, 4])
    sharpness = np.where(overtone, 0.22, 0.46 - 0.12 * log_period) + 0.06 * z[:, 6]
    skew = 0.75 + 0.8 * np.clip(log_period - 0.4, 0, 1) + 0.15 * z[:, 7]
    return 10**log_period, blue, colour, amplitude, 0.63 + 0.05 * z[:, 1], sharpness, skew


def _rr_lyrae(z: Array, u: Array) -> tuple[Array, ...]:
    """RR Lyrae: all of one brightness; one in five swings in the overtone, almost as a sine."""
    overtone = u[:, 0] < 0.2
    period = np.where(overtone, 0.335 + 0.04 * z[:, 0], 0.570 + 0.065 * z[:, 0])
    # some stand in front of the cloud, in our own galaxy: brighter by a little or a lot
    nearer = np.where(u[:, 1] < 0.10, 4.0 * u[:, 2], 0.0)
    blue = 19.05 + 0.40 * z[:, 2] - nearer
    amplitude = np.where(overtone, 0.55, 0.90 - 1.6 * (period - 0.57)) * np.exp(0.18 * z[:, 4])
    sharpness = np.where(overtone, 0.13, 0.50) + 0.07 * z[:, 6]
    skew = np.where(overtone, 0.4, 0.85) + 0.2 * z[:, 7]
    return period, blue, 0.38 + 0.28 * z[:, 3], amplitude, 0.74 + 0.05 * z[:, 1], sharpness, skew


def _miras(z: Array, u: Array) -> tuple[Array, ...]:
    """Miras: red giants with months of period and large, round swings."""
    period = 10 ** (2.26 + 0.24 * z[:, 0])
    blue = 18.1 + 0.6 * z[:, 2]
    colour = 1.75 + 0.75 * z[:, 3]
    amplitude = 1.15 * np.exp(0.45 * z[:, 4])
    return (
        period,
        blue,
        colour,
        amplitude,
        0.6 + 0.1 * z[:, 1],
        0.18 + 0.08 * z[:, 6],
        0.3 * z[:, 7],
    )


def shape_of_pulsation(phase: Array, sharpness: Array, skew: Array) -> Array:
    """Return the light curve of stars that pulsate: mean about 0, peak to peak about 1.

    Parameters
    ----------
    phase : ndarray of shape (n_stars, n_points)
        Cycles.
    sharpness, skew : ndarray of shape (n_stars,)
        As in `Stars`.
    """
    ratio = np.clip(sharpness, 0.0, 0.75)
    total = np.zeros_like(phase)
    for k in range(1, N_HARMONICS + 1):
        angle = 2 * np.pi * k * phase + (k - 1) * skew[:, np.newaxis]
        total -= ratio[:, np.newaxis] ** (k - 1) * np.cos(angle)
    # even harmonics add at the maximum and not at the minimum, so this is near peak to peak
    return total / (2 * (1 + ratio**2))[:, np.newaxis]


def shape_of_eclipses(phase: Array, second: Array, half_width: Array) -> Array:
    """Return the light curve of binaries: 0 outside eclipses, 1 in the middle of the first.

    Parameters
    ----------
    phase : ndarray of shape (n_stars, n_points)
        Cycles of the orbit; the eclipses are at 0 and ½.
    second : ndarray of shape (n_stars,)
        Depth of the second eclipse relative to the first.
    half_width : ndarray of shape (n_stars,)
        Of an eclipse, cycles.
    """
    first_away = np.abs(phase - np.rint(phase))
    second_away = 0.5 - first_away
    width = half_width[:, np.newaxis]
    first, other = (
        np.exp(-0.5 * (away / (0.6 * width)) ** 2) for away in (first_away, second_away)
    )
    # stars that almost touch are drawn long by each other: the light changes all the time
    touching = np.clip((width - 0.09) / 0.08, 0.0, 1.0)
    waves = 0.25 * touching * (1 + np.cos(4 * np.pi * phase))
    return np.asarray(np.maximum(first, waves) + second[:, np.newaxis] * other)


def nights(rng: np.random.Generator) -> Array:
    """Return the times of each band, (2, n_nights) days: blue first, red some minutes later."""
    days = []
    for first, last, n in SEASONS:
        day = np.arange(first, last)
        # clear nights come by chance; nights of a full moon are left out first
        wish = rng.random(len(day)) + 0.9 * np.cos(2 * np.pi * day / 29.53)
        days.append(np.sort(day[np.argsort(wish, kind="stable")[:n]]))
    blue = np.concatenate(days) + 0.05 + 0.30 * rng.random(N_NIGHTS)
    return np.round(np.stack([blue, blue + 0.02 + 0.06 * rng.random(N_NIGHTS)]), 2)


def observe(stars: Stars, rng: np.random.Generator) -> Observations:
    """Look at the stars in all nights and both bands."""
    n_stars = len(stars.kind)
    times = nights(rng)
    phase0 = rng.random(n_stars)
    # a Mira is not the same in every cycle
    swing = 1 + 0.25 * np.where(stars.kind == MIRA, rng.standard_normal(n_stars), 0.0)
    missing = 0.01 + 0.03 * rng.random(n_stars) + 0.6 * (rng.random(n_stars) < 0.01)
    bands = [
        _one_band(stars, band, times[band], phase0, swing, missing, rng)
        for band in range(len(BANDS))
    ]
    seen, light, error, background, pollution = (
        np.stack(part) for part in zip(*bands, strict=True)
    )
    return Observations(times, seen, light, error, background, pollution)


def _one_band(
    stars: Stars,
    band: int,
    times: Array,
    phase0: Array,
    swing: Array,
    missing: Array,
    rng: np.random.Generator,
) -> tuple[Mask, Array, Array, Array, Array]:
    """Return seen, light, error, background and pollution of one band."""
    size = (len(stars.kind), len(times))
    phase = times / stars.period[:, np.newaxis] + phase0[:, np.newaxis]
    pulsation = shape_of_pulsation(phase, stars.sharpness, stars.skew)
    eclipses = shape_of_eclipses(phase, *stars.eclipses.T)
    shape = np.where((stars.kind == BINARY)[:, np.newaxis], eclipses, pulsation)
    change = stars.amplitude[:, [band]] * shape
    later = times > times.mean()
    change = np.where(
        later & (stars.kind == MIRA)[:, np.newaxis], change * swing[:, np.newaxis], change
    )
    share = stars.pollution[:, [band]]
    change = -2.5 * np.log10(10 ** (-0.4 * change) * (1 - share) + share)
    magnitude = stars.magnitude[:, [band]] + 2.5 * np.log10(1 - share)
    faint = np.clip(magnitude - (18.5, 18.2)[band], 0.0, 2.0)
    typical = (0.095 + 0.025 * faint) * np.exp(0.18 * rng.standard_normal((size[0], 1)))
    error = typical * np.exp(
        0.16 * rng.standard_normal(size) + 0.25 * rng.standard_normal(len(times)) ** 2 / 2
    )
    noise = error * rng.standard_normal(size)
    bad = rng.random(size) < 0.01
    light = magnitude + change + np.where(bad, 4 * noise, noise)
    seen = rng.random(size) >= missing[:, np.newaxis]
    background = np.abs(0.003 * rng.standard_normal(size))
    pollution = share * (1 + 0.15 * rng.standard_normal(size)) + 0.002
    return seen, light, np.clip(error, 0.03, 2.0), background, np.clip(pollution, 0.0, 1.0)


def listed_periods(stars: Stars, rng: np.random.Generator) -> tuple[Array, Ints]:
    """Return the period that the catalogue lists, in days, and the multiple that it is said to be.

    The first divided by the second is the period, where it was found rightly. Of a binary whose
    eclipses are alike it is often half the orbit.
    """
    n_stars = len(stars.kind)
    u = rng.random((n_stars, 4))
    multiple = np.choose(stars.kind - 1, [pick(shares, u[:, 0]) for shares in MULTIPLES]) + 1
    half = (stars.kind == BINARY) & (u[:, 1] < 0.75 * stars.eclipses[:, 0])
    found = np.where(half, stars.period / 2, stars.period)
    # seen once a day, a frequency and one that is a day's higher or lower look alike
    frequency = np.abs(1 / found + np.where(u[:, 2] < 0.5, 1.0, -1.0))
    alias = (u[:, 3] < np.array(ALIAS)[stars.kind - 1]) & (frequency > 1 / 400)
    found = np.where(alias, 1 / np.where(alias, frequency, 1.0), found)
    return found * multiple * (1 + 2e-6 * rng.standard_normal(n_stars)), multiple


def listed_classes(stars: Stars, rng: np.random.Generator) -> Ints:
    """Return the class that the catalogue gives a star: for some it is another one."""
    u = rng.random((len(stars.kind), 2))
    other = (stars.kind + np.floor(3 * u[:, 1]).astype(np.int64)) % 4 + 1
    return np.where(u[:, 0] < OTHER_NAME, other, stars.kind)
