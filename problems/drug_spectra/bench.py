"""The bench of the drug spectra problem: infusions are mixed, and their Raman spectra taken.

A *preparation* is one of four molecules at one of ten concentrations in one of up to fourteen
solutes. Its spectrum, up to a factor that makes its area 100, is ::

    water + c (background + peaks of the molecule) + solute + preparation + vial      + noise

* ``c`` is the concentration that was in fact mixed: it differs from the one on the label;
* the solute, the preparation and each vial of it change the baseline and the bands of water, so
  spectra of one preparation resemble each other more than their concentration alone would make
  them;
* noise is that of counted photons: the more light, the more noise.

No measured spectrum is used. Bands, strengths, concentrations and noise were aimed at those of
published spectra of four drugs of chemotherapy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CONCENTRATIONS = {
    "A": (300, 400, 600, 800, 1000, 1400, 1600, 2000, 5000, 10000),
    "B": (500, 1000, 1500, 2000, 4000, 5000, 7000, 10000, 20000, 25000),
    "Q": (1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000),
    "R": (400, 800, 1000, 1200, 1600, 2000, 3000, 4000, 5000, 10000),
}
"""What the labels say, for each molecule; as in the kit, in a unit that it does not state."""
MOLECULES = tuple(CONCENTRATIONS)
N_SOLUTES = {"A": 12, "B": 12, "Q": 14, "R": 12}
N_VIALS = 3
KEPT = 0.72
"""Share of all vials whose spectrum was taken."""
MIXED = 0.06
"""Relative standard deviation of what was mixed from what the label says."""
NOISE = 1.35e-4
"""Standard deviation of a pixel as bright as the left end of the spectrum of water."""
AREA = 100.0

N_PIXELS = 1866
_POSITION = np.linspace(0.0, 1.0, N_PIXELS)
SHIFT = 400.1 + (N_PIXELS - 1) * (
    1.48 * _POSITION + 1.05 * (1 - (1 - _POSITION) ** (7 / 3)) / (7 / 3)
)
"""Raman shift of the pixels, 1/cm: steps from 2.53 on the left to 1.48 on the right."""

BACKGROUND = {"A": (0.90e-4, 1900), "B": (5.2e-4, 1990), "Q": (3.2e-4, 1960), "R": (9.2e-4, 1950)}
"""Broad light of 1000 units of each molecule: its height, and the shift where half is left."""
PEAKS = {  # shift, width, height of 1000 units
    "A": (
        *((835, 11, 1.5e-4), (1063, 18, 1.2e-4), (1131, 14, 1.0e-4), (1300, 18, 0.5e-4)),
        *((1462, 14, 1.4e-4), (2890, 20, 2.6e-4), (2938, 24, 4.2e-4)),
    ),
    "B": ((530, 14, 0.35e-4), (1090, 18, 0.45e-4), (1590, 16, 0.3e-4), (2930, 45, 0.9e-4)),
    "Q": ((899, 8, 1.1e-4), (1329, 9, 0.9e-4), (1413, 10, 0.9e-4), (2968, 28, 1.4e-4)),
    "R": ((1010, 12, 0.4e-4), (1270, 16, 0.4e-4), (1452, 14, 0.35e-4), (2940, 40, 0.5e-4)),
}
N_MODES = 4
SPREAD = (  # standard deviation of each mode between solutes, preparations and vials
    (4.0e-4, 7.0e-4, 7.0e-4, 3.0e-4),
    (2.2e-4, 4.0e-4, 3.0e-4, 2.0e-4),
    (1.3e-4, 2.0e-4, 1.5e-4, 0.7e-4),
)


@dataclass(frozen=True)
class Vials:
    """What is written on the vials whose spectra were taken. One row per vial.

    Parameters
    ----------
    molecule : ndarray of int
        Position in `MOLECULES`.
    concentration : ndarray of int
        Of the label.
    solute, vial : ndarray of int
        Numbers, from 1.
    preparation : ndarray of int
        Vials with the same number were filled from the same mixture.
    """

    molecule: Ints
    concentration: Ints
    solute: Ints
    vial: Ints
    preparation: Ints


def band(shift: float, width: float) -> Array:
    """Return a band of height 1 on all pixels."""
    return np.exp(-0.5 * ((SHIFT - shift) / width) ** 2)


def step(shift: float, width: float) -> Array:
    """Return a step from 0 up to 1 on all pixels."""
    return 1 / (1 + np.exp(-(SHIFT - shift) / width))


def water() -> Array:
    """Return the spectrum of water in glass: bands at 1645 and 3406 1/cm on a slope."""
    slope = 0.0112 + 0.0028 * band(400, 300) + 0.0125 * step(1700, 330) - 0.006 * step(3600, 90)
    glass = 0.0012 * band(500, 45) + 0.0010 * band(800, 30) + 0.0010 * band(1340, 60)
    bands = 0.0042 * band(1645, 45) + 0.043 * band(3225, 95) + 0.052 * band(3425, 95)
    return slope + glass + bands + 0.007 * band(3610, 60)


def molecule_response(molecule: str) -> Array:
    """Return the light of one unit of a molecule."""
    height, shift = BACKGROUND[molecule]
    light = height * (1 - step(shift, 330))
    for position, width, peak in PEAKS[molecule]:
        light = light + peak * band(position, width)
    return light / 1000


def modes() -> Array:
    """Return how baseline and water change from one solute, preparation or vial to another."""
    return np.stack([
        1 - step(2000, 360),  # light that comes from everywhere, much like that of a molecule
        band(3180, 110) - band(3500, 110),  # water bound in another way, or warmer
        band(2600, 520) - 0.6 * band(3400, 170),
        band(900, 350) - band(1500, 300),
    ])  # fmt: skip


def draw_vials(rng: np.random.Generator) -> Vials:
    """Return the vials of all preparations in random order, less those that were not measured."""
    rows = [
        (m, c, solute, vial)
        for m, name in enumerate(MOLECULES)
        for c in CONCENTRATIONS[name]
        for solute in range(1, N_SOLUTES[name] + 1)
        for vial in range(1, N_VIALS + 1)
    ]
    table = np.array(rows)
    preparation = np.arange(len(table)) // N_VIALS
    taken = np.argsort(rng.random(len(table)), kind="stable")
    taken = taken[: round(KEPT * len(table))]
    return Vials(*table[taken].T, preparation[taken])


def spectra(vials: Vials, rng: np.random.Generator) -> Array:
    """Return the spectra of vials, one row each; each has the area `AREA`."""
    n_vials, n_preparations = len(vials.vial), int(vials.preparation.max()) + 1
    solute = _solutes(rng)
    z = rng.standard_normal((n_preparations, N_MODES + 1))
    own = rng.standard_normal((n_vials, N_MODES + 1))
    mixed = vials.concentration * np.exp(MIXED * z[vials.preparation, -1] + 0.02 * own[:, -1])
    response = np.stack([molecule_response(name) for name in MOLECULES])
    light = water() + mixed[:, np.newaxis] * response[vials.molecule] + solute[vials.solute - 1]
    change = z[vials.preparation, :N_MODES] * SPREAD[1] + own[:, :N_MODES] * SPREAD[2]
    light = light + change @ modes()
    light = light * (AREA / np.trapezoid(light, SHIFT, axis=1))[:, np.newaxis]
    noise = NOISE * np.sqrt(np.maximum(light, 0) / light[:, :1].mean())
    return np.asarray(light + noise * rng.standard_normal(light.shape))


def _solutes(rng: np.random.Generator) -> Array:
    """Return what each solute adds: the modes, and three small peaks of its own."""
    n_solutes = max(N_SOLUTES.values())
    light = (rng.standard_normal((n_solutes, N_MODES)) * SPREAD[0]) @ modes()
    for row in light:
        for position, height in zip(rng.random(3), rng.random(3), strict=True):
            row += 3e-4 * height * band(450 + 1250 * position, 12)
    return np.asarray(light)
