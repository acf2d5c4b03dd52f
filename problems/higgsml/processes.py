"""How the collisions of the HiggsML problem come about: labels, processes, shares and weights.

The shares of labels and of numbers of jets, the four weights of the signal and the range of those
of the background are what was published of the 250,000 training events of the challenge of 2014.
The rest was chosen so that quantities are distributed about as theirs are.
"""

from __future__ import annotations

from dataclasses import dataclass

BACKGROUND, SIGNAL = 0, 1
SIGNAL_SHARE = 85_667 / 250_000
JET_SHARES = {BACKGROUND: (0.460, 0.296, 0.147, 0.097), SIGNAL: (0.299, 0.323, 0.296, 0.082)}
"""How frequent events of 0, 1, 2 and 3 jets are, as published."""


@dataclass(frozen=True)
class Process:
    """One way in which an event comes about.

    Parameters
    ----------
    kind : {"ditau", "w", "top"}
        What decays.
    shares : tuple of float
        Share of the events of its label with 0, 1, 2 and 3 jets that are of this process.
    weights : tuple of float
        How many events one of 0, 1, 2 and 3 jets stands for, at 250,000 events.
    weight_spread : float
        Standard deviation of the logarithm of the weight.
    mass, width : float
        Of the boson.
    rapidity : float
        Standard deviation of the rapidity of what decays.
    forward : bool
        Whether the two hardest jets fly along the beams, one forward and one backward.
    hardness : float
        Median of the transverse momentum of the leading jet above the threshold.
    """

    kind: str
    shares: tuple[float, float, float, float]
    weights: tuple[float, float, float, float]
    weight_spread: float = 0.0
    mass: float = 80.4
    width: float = 2.1
    rapidity: float = 1.2
    forward: bool = False
    hardness: float = 18.0


def _higgs(
    shares: tuple[float, float, float, float], weight: float, hardness: float, forward: bool = False
) -> Process:
    return Process(
        "ditau",
        shares,
        (weight,) * 4,
        mass=125.0,
        width=0.004,
        rapidity=1.1,
        forward=forward,
        hardness=hardness,
    )


PROCESSES = {
    SIGNAL: (
        _higgs((0.770, 0.345, 0.135, 0.159), 0.018636, 17.0),
        _higgs((0.099, 0.473, 0.680, 0.499), 0.001503, 34.0, forward=True),
        _higgs((0.069, 0.103, 0.095, 0.151), 0.002653, 25.0),
        _higgs((0.062, 0.079, 0.090, 0.191), 0.001502, 25.0),
    ),
    BACKGROUND: (
        Process(
            "ditau",
            (0.22, 0.42, 0.50, 0.50),
            (1.68, 1.45, 0.31, 0.064),
            0.0,
            91.2,
            2.5,
            1.3,
            hardness=14.0,
        ),
        Process(
            "w",
            (0.77, 0.50, 0.22, 0.12),
            (4.4, 2.45, 2.05, 1.40),
            0.16,
            rapidity=1.5,
            hardness=13.0,
        ),
        Process("top", (0.01, 0.08, 0.28, 0.38), (0.74, 0.74, 0.74, 0.74), 0.0, hardness=38.0),
    ),
}
"""The processes of each label. The weights of the signal are the four that were published."""

MIN_WEIGHT, MAX_WEIGHT = 0.064, 7.58
"""The published range of the weights of background."""
