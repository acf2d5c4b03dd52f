"""The climate of the El Niño problem: a toy tropical Pacific with ten modes.

The state of the ocean is a vector ``x`` of ten climate modes. In month ``t`` with calendar month
``m = t mod 12`` (0 = January) and ``c(m, m0) = cos(2π (m + ½ − m0) / 12)``::

    x[t+1] = expm(L_m) x[t] + s_m ξ[t]                     ξ ~ N(0, I)
    a[t]   = M x[t] + ε[t]                                 ε ~ N(0, R), white in time
    sst[t] = climatology_m + trend · t / 1200 + a[t] + k a[t]²

``L_m`` is a recharge oscillator (T, H) pushed by other modes, with growth and noise that follow the
seasons; ``M`` holds the spatial pattern of each mode, ``R`` the small-scale noise of the grid and
``k`` the positive skewness of the east Pacific. The dynamics are linear and the map to the grid is
invertible, so the best possible forecast is known in closed form.

No observation is used: only the statistics of a coupled climate model (CCSM4) were aimed at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, expm

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MODES = ("T", "H", "N", "S", "C", "W", "B", "D1", "D2", "D3")
"""Names of the modes, in the order of the state vector.

T El Niño itself · H warm water below the surface, the precursor · N and S the meridional modes of
the North and South Pacific · C the central Pacific · W westerly wind bursts · B a tropical mean
that lags T · D1, D2, D3 modes without influence on T.
"""

SPIN_UP = 600  # months simulated before month 0; whole years, so that month 0 is a January
LON = np.arange(122.5, 290.0, 5.0)
LAT = np.arange(-27.5, 30.0, 5.0)
GRID_LON, GRID_LAT = np.meshgrid(LON, LAT)


@dataclass(frozen=True)
class Parameters:
    """Parameters of the model. Rates are per month, times in months, temperatures in °C.

    A number that begins with ``month_`` is the calendar month in which a seasonal factor is
    largest (0 = 1 January); ``season_`` is the relative amplitude of that factor.
    """

    # the oscillator: T and H exchange heat, T grows in late summer and decays in spring
    exchange: float = 0.137
    damping_t: float = 0.054
    season_t: float = 0.169
    month_t: float = 8.7
    damping_h: float = 0.036
    # what pushes T and H
    n_to_t: float = 0.075
    season_n_to_t: float = 0.67
    month_n_to_t: float = 4.1
    s_to_t: float = 0.03
    w_to_t: float = 0.025
    w_to_h: float = 0.094
    # what T and H push
    h_to_c: float = 0.06
    t_to_b: float = 0.45
    t_to_d2: float = 0.8
    # decay times of N, S, C, W, B, D1, D2, D3
    decay: tuple[float, ...] = (8.5, 6.5, 8.0, 2.0, 3.0, 40.0, 5.0, 10.0)
    # standard deviation of the monthly noise of every mode; that of N follows the seasons
    noise: tuple[float, ...] = (0.10, 0.04, 0.43, 0.52, 0.25, 0.79, 0.15, 0.20, 0.40, 0.40)
    season_noise_n: float = 0.5
    month_noise_n: float = 1.5
    # the grid: noise (°C), its correlation length (degrees), trend of Niño 3.4 (°C per century),
    # skewness (per °C)
    grid_noise: float = 0.17
    grid_noise_length: float = 6.0
    trend: float = 0.20
    skewness: float = 0.06


def bump(lon: float, lat: float, width: float, height: float, tilt: float = 0.0) -> Array:
    """Gaussian bump on the grid, 1 at its centre.

    Parameters
    ----------
    lon, lat : float
        Centre, degrees east and north.
    width, height : float
        Standard deviations in longitude and latitude, degrees.
    tilt : float
        Degrees of longitude by which the bump moves per degree of latitude.

    Returns
    -------
    ndarray of shape (n_lat, n_lon)
    """
    x = (GRID_LON - lon - tilt * (GRID_LAT - lat)) / width
    y = (GRID_LAT - lat) / height
    return np.asarray(np.exp(-0.5 * (x**2 + y**2)))


def sea_mask() -> Mask:
    """Sea cells of the grid: bool of shape (n_lat, n_lon), with simple analytic coasts."""
    coast = np.where(GRID_LAT > 0, (27.5 - GRID_LAT) * 0.95, 22.0)
    americas = GRID_LON - coast > 262.5
    australia = ((GRID_LON - 134) / 13) ** 2 + ((GRID_LAT + 25) / 10) ** 2 < 1
    new_guinea = ((GRID_LON - 141) / 7.5) ** 2 + ((GRID_LAT + 5) / 4) ** 2 < 1
    asia = (GRID_LON < 123) & (GRID_LAT > 26)
    return np.asarray(~(americas | australia | new_guinea | asia))


SEA = sea_mask()
NINO34 = (np.abs(GRID_LAT) < 5) & (GRID_LON > 190) & (GRID_LON < 240)


def seasonal(month: int, peak: float) -> float:
    """Seasonal factor in [-1, 1] of the step from the middle of `month`, largest at `peak`."""
    return float(np.cos(2 * np.pi * (month + 0.5 - peak) / 12))


def propagators(p: Parameters) -> Array:
    """Matrices ``expm(L_m)`` that carry the state from month m to the next: shape (12, 10, 10)."""
    t, h, n, s, c, w, b, _, d2, _ = range(len(MODES))
    tau = dict(zip(MODES[2:], p.decay, strict=True))
    steps = []
    for month in range(12):
        rate = np.diag([0.0, 0.0, *(-1 / np.array(p.decay))])
        rate[t, t] = -p.damping_t + p.season_t * seasonal(month, p.month_t)
        rate[t, h] = p.exchange
        rate[t, n] = p.n_to_t * (1 + p.season_n_to_t * seasonal(month, p.month_n_to_t))
        rate[t, s] = p.s_to_t
        rate[t, w] = p.w_to_t
        rate[h, t] = -p.exchange
        rate[h, h] = -p.damping_h
        rate[h, w] = p.w_to_h
        rate[c, h] = p.h_to_c
        rate[b, t] = p.t_to_b / tau["B"]
        rate[d2, t] = p.t_to_d2 / tau["D2"]
        steps.append(expm(rate))
    return np.array(steps)


def noise_deviations(p: Parameters) -> Array:
    """Standard deviation of the noise of every mode by calendar month: shape (12, 10)."""
    deviations = np.tile(p.noise, (12, 1))
    for month in range(12):
        factor = 1 + p.season_noise_n * seasonal(month, p.month_noise_n)
        deviations[month, MODES.index("N")] *= factor
    return deviations


def patterns(p: Parameters) -> Array:
    """Pattern of every mode on the sea cells, °C per unit of state: shape (n_sea, 10)."""
    el_nino = (
        bump(225, -1, 38, 7.5)
        + 0.55 * bump(272, -5, 16, 7)
        - 0.22 * (bump(150, 12, 22, 8) + bump(158, -14, 22, 8))
    )
    warm_water = (
        bump(150, 4, 20, 6)
        + 0.7 * bump(165, -7, 22, 5)
        + 0.35 * bump(262, 0, 14, 4)
        - 0.5 * bump(215, 17, 25, 5)
    )
    tropical_mean = 0.9 * np.exp(-0.5 * (GRID_LAT / 18) ** 2) - 0.65 * bump(220, 0, 45, 7)
    fields = (
        el_nino / el_nino[NINO34].mean(),
        0.45 * warm_water,
        0.50 * (bump(228, 17, 18, 6, tilt=-3) + 0.25 * bump(200, -8, 15, 5)),
        0.50 * bump(262, -19, 18, 6, tilt=2.5),
        0.55 * (bump(186, 0, 22, 7) - 0.5 * bump(258, 0, 16, 7)),
        0.45 * (bump(152, 0, 10, 5) - 0.3 * bump(135, 18, 10, 5)),
        0.50 * tropical_mean,
        0.60 * (bump(180, 28, 30, 7) - 0.7 * bump(240, 26, 16, 10)),
        0.50 * (bump(205, -24, 26, 6) - 0.6 * bump(240, -14, 14, 5)),
        0.40 * (bump(130, -12, 12, 7) + 0.6 * bump(128, 14, 10, 7)),
    )
    return np.stack([field[SEA] for field in fields], axis=1)


def climatology() -> Array:
    """Seasonal cycle of the sea cells in °C: shape (12, n_sea)."""
    mean = (
        28.6
        - 0.0085 * GRID_LAT**2
        - 2.6 * bump(265, -4, 28, 5)
        - 1.6 * bump(240, 0, 45, 4)
        + 0.7 * bump(155, -3, 28, 12)
        - 1.2 * bump(280, -20, 18, 12)
    )

    def wave(month: int, peak: float, harmonic: int = 1) -> float:
        return float(np.cos(harmonic * 2 * np.pi * (month - peak) / 12))

    cycle = [
        mean
        + 2.3 * np.tanh(GRID_LAT / 14) * wave(month, 7.5)
        + 1.9 * bump(260, -3, 21, 8) * wave(month, 2.5)
        + 0.42 * bump(215, 0, 35, 9) * wave(month, 4.3)
        + 0.12 * bump(200, 0, 50, 9) * wave(month, 4.5, harmonic=2)
        for month in range(12)
    ]
    return np.array(cycle)[:, SEA]


def trend(p: Parameters) -> Array:
    """Warming of the sea cells in °C per century: shape (n_sea,), weakest on the equator."""
    field = 1.6 - 0.6 * bump(225, 0, 45, 9) + 0.5 * bump(150, 0, 30, 15)
    return np.asarray(p.trend * (field / field[NINO34].mean())[SEA])


def skewness(p: Parameters) -> Array:
    """Coefficient ``k`` of the squared anomaly in 1/°C: shape (n_sea,)."""
    return np.asarray(p.skewness * bump(240, -1, 40, 9)[SEA])


def noise_covariance(p: Parameters) -> Array:
    """Covariance ``R`` of the grid noise in °C²: shape (n_sea, n_sea)."""
    lon, lat = GRID_LON[SEA], GRID_LAT[SEA]
    distance2 = (lon[:, None] - lon) ** 2 + (lat[:, None] - lat) ** 2
    smooth = np.exp(-0.5 * distance2 / p.grid_noise_length**2)
    return np.asarray(p.grid_noise**2 * (0.9 * smooth + 0.1 * np.eye(lon.size)))


def simulate(seed: int, n_months: int, p: Parameters | None = None) -> tuple[Array, Array]:
    """Run the model.

    Parameters
    ----------
    seed : int
        Seed of ``numpy.random.default_rng``. The state is drawn first, so its path does not
        depend on `n_months`; the grid noise is drawn after it and does.
    n_months : int
        Number of months; month 0 is a January.
    p : Parameters, optional
        Parameters; the documented ones by default.

    Returns
    -------
    sst : ndarray of shape (n_months, n_sea)
        Sea surface temperature in °C.
    state : ndarray of shape (n_months, 10)
        The modes, in the order of `MODES`.
    """
    p = p or Parameters()
    rng = np.random.default_rng(seed)
    step, deviation = propagators(p), noise_deviations(p)
    pushes = rng.standard_normal((SPIN_UP + n_months, len(MODES)))
    state = np.zeros_like(pushes)
    for t in range(len(pushes) - 1):
        month = t % 12
        state[t + 1] = step[month] @ state[t] + deviation[month] * pushes[t]
    state = state[SPIN_UP:]

    factor = cholesky(noise_covariance(p), lower=True)
    noise = rng.standard_normal((n_months, factor.shape[0])) @ factor.T
    anomaly = state @ patterns(p).T + noise
    months = np.arange(n_months)
    seasonal_mean = climatology()[months % 12] + np.outer(months / 1200, trend(p))
    return seasonal_mean + anomaly + skewness(p) * anomaly**2, state
