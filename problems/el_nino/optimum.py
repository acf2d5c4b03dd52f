"""The best possible forecast of the simulated climate: what its equations allow, and no more.

The model of `climate` is linear and Gaussian in its state, and what the grid shows can be turned
back into a linear observation of it, since the skewness is an increasing function of the anomaly.
So a Kalman filter with the true parameters gives the distribution of the state given the grid up to
a month, and with it the conditional mean of Niño 3.4 any number of months later. No forecast from
the same months has a smaller expected squared error. (Kalman, J. Basic Eng. 82 (1960) 35–45;
Anderson and Moore, Optimal Filtering, 1979, chapters 3 and 5.)
"""

from __future__ import annotations

from dataclasses import dataclass

import climate
import numpy as np
import numpy.typing as npt
from climate import MODES, NINO34, SEA, Parameters

Array = npt.NDArray[np.float64]

YEARS_TO_FORGET = 60
"""Years after which nothing is left of where a covariance began; the slowest mode forgets in 3."""


@dataclass(frozen=True)
class Model:
    """The equations of the climate as a filter needs them.

    Attributes
    ----------
    step : ndarray of shape (12, 10, 10)
        What carries the state from a calendar month to the next.
    noise : ndarray of shape (12, 10, 10)
        Covariance of what pushes it meanwhile.
    seen : ndarray of shape (10, n_sea)
        What turns anomalies of the grid into ``information``, a row per mode: the patterns over the
        covariance of the grid noise.
    information : ndarray of shape (10, 10)
        What one month of the grid tells of the state: an inverse covariance.
    """

    parameters: Parameters
    step: Array
    noise: Array
    seen: Array
    information: Array

    @classmethod
    def of(cls, p: Parameters) -> Model:
        """Return the equations with these parameters."""
        patterns = climate.patterns(p)
        seen = np.linalg.solve(climate.noise_covariance(p), patterns).T
        noise = np.array([np.diag(d**2) for d in climate.noise_deviations(p)])
        return cls(p, climate.propagators(p), noise, seen, seen @ patterns)

    def ahead(self, month: int, lead: int) -> tuple[Array, Array]:
        """Return what carries the state `lead` months on, and the covariance of what is new."""
        carry, new = np.eye(len(MODES)), np.zeros((len(MODES), len(MODES)))
        for k in range(lead):
            step = self.step[(month + k) % 12]
            carry = step @ carry
            new = step @ new @ step.T + self.noise[(month + k) % 12]
        return carry, new

    def prior(self) -> Array:
        """Return the covariance of the state in a January of which nothing is known."""
        covariance = np.eye(len(MODES))
        for month in range(12 * YEARS_TO_FORGET):
            step = self.step[month % 12]
            covariance = step @ covariance @ step.T + self.noise[month % 12]
        return covariance

    def update(self, covariance: Array) -> Array:
        """Return the covariance of the state after one month of the grid was seen."""
        return np.linalg.inv(np.linalg.inv(covariance) + self.information)


def best_forecasts(sst: Array, lead: int, p: Parameters | None = None) -> Array:
    """Return the conditional mean of Niño 3.4 given the grid up to each month.

    Parameters
    ----------
    sst : ndarray of shape (n_months, n_sea)
        Sea surface temperature in °C; month 0 is the January with which the simulation began.
    lead : int
        Months from a forecast's issue to the month it is for.
    p : Parameters, optional
        The true parameters; the documented ones by default.

    Returns
    -------
    ndarray of shape (n_months,)
        For month t the forecast of month t + `lead`, in °C.
    """
    p = p or Parameters()
    model = Model.of(p)
    shown = anomalies(sst, p) @ model.seen.T
    box = NINO34[SEA]
    patterns, skewness = climate.patterns(p)[box], climate.skewness(p)[box]
    noise = np.diag(climate.noise_covariance(p))[box]
    mean = usual(np.arange(len(sst)) + lead, p)[:, box]
    ahead = [model.ahead(month, lead) for month in range(12)]

    found = np.empty(len(sst))
    state, covariance = np.zeros(len(MODES)), model.prior()
    for t in range(len(sst)):
        covariance = model.update(covariance)
        state = state + covariance @ (shown[t] - model.information @ state)
        carry, new = ahead[t % 12]
        later = patterns @ (carry @ state)
        spread = carry @ covariance @ carry.T + new
        variance = np.einsum("ij,jk,ik->i", patterns, spread, patterns) + noise
        found[t] = np.mean(mean[t] + later + skewness * (later**2 + variance))
        step = model.step[t % 12]
        state = step @ state
        covariance = step @ covariance @ step.T + model.noise[t % 12]
    return found


def expected_rmse(lead: int, p: Parameters | None = None) -> float:
    """Return the root mean squared error of `best_forecasts` over an endless run, in °C.

    The little skewness is left out; with it the error is larger by about 0.001 °C.
    """
    p = p or Parameters()
    model, box = Model.of(p), NINO34[SEA]
    weights = box / box.sum()
    loading = weights @ climate.patterns(p)
    noise = weights @ climate.noise_covariance(p) @ weights
    covariance, errors = model.prior(), np.empty(12)
    for t in range(12 * YEARS_TO_FORGET):  # the last year stays
        covariance = model.update(covariance)
        carry, new = model.ahead(t % 12, lead)
        errors[t % 12] = loading @ (carry @ covariance @ carry.T + new) @ loading + noise
        step = model.step[t % 12]
        covariance = step @ covariance @ step.T + model.noise[t % 12]
    return float(np.sqrt(errors.mean()))


def usual(months: npt.NDArray[np.int_], p: Parameters) -> Array:
    """Return climatology and trend of the sea cells in °C: shape (n_months, n_sea)."""
    return climate.climatology()[months % 12] + np.outer(months / 1200, climate.trend(p))


def anomalies(sst: Array, p: Parameters) -> Array:
    """Return what the state and the grid noise add up to: the skewness is undone.

    Parameters
    ----------
    sst : ndarray of shape (n_months, n_sea)
        Temperature in °C, ``usual + a + k a²``.
    p : Parameters
        The true parameters.

    Returns
    -------
    ndarray of shape (n_months, n_sea)
        ``a``: the root of larger value. Below its vertex at −1/(2k), 8.3 °C colder than usual or
        more, no temperature of the model lies; there the vertex is returned.
    """
    above, k = sst - usual(np.arange(len(sst)), p), climate.skewness(p)
    root = np.sqrt(np.maximum(1 + 4 * k * above, 0.0))
    # (root - 1) / (2k), in a form that does not cancel where k is small
    return np.asarray(2 * above / (1 + root))
