"""The mass of what decayed into two taus, though neutrinos escaped: DER_mass_MMC.

A small missing-mass calculator. Neutrinos are taken to fly along the tau that they come from, so an
event is explained by two numbers, the share of its momentum that each tau left in the detector. All
pairs on a grid are tried: a pair is likely if taus decay so, and if the missing transverse momentum
that it predicts is near to the one that was measured. The logarithm of the estimate is the mean of
that of the mass over the pairs, weighed by their likelihoods. An event that no pair explains has no
estimate.

A. Elagin, P. Murat, A. Pranko, A. Safonov: A new mass reconstruction technique for resonances
decaying to di-tau, Nucl. Instrum. Meth. A 654 (2011) 481-489.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from kinematics import MISSING, Columns, mass, transverse

Array = npt.NDArray[np.float64]

TAU_SHARES = np.linspace(0.16, 1.0, 15)
LEP_SHARES = np.linspace(0.08, 1.0, 17)
RESOLUTION, PER_JET_GEV = 13.0, 0.05
"""Noise of each component of the missing momentum: GeV, and per GeV of all jets."""
LEAST = -8.6
"""Logarithm of the likelihood of the best pair below which an event is not explained."""
CHUNK = 20_000


def missing_mass(events: Columns) -> Array:
    """Estimate the mass of events.

    Parameters
    ----------
    events : mapping of str to ndarray, shape (n_events,)
        The columns ``PRI_``.

    Returns
    -------
    ndarray of float, shape (n_events,)
        GeV; `MISSING` where nothing explains the event.
    """
    found = [
        _of_chunk({name: values[start : start + CHUNK] for name, values in events.items()})
        for start in range(0, len(events["PRI_met"]), CHUNK)
    ]
    return np.concatenate(found)


def _of_chunk(events: Columns) -> Array:
    tau = transverse(events["PRI_tau_pt"], events["PRI_tau_phi"])
    lep = transverse(events["PRI_lep_pt"], events["PRI_lep_phi"])
    met = transverse(events["PRI_met"], events["PRI_met_phi"])
    noise = np.hypot(RESOLUTION, PER_JET_GEV * events["PRI_jet_all_pt"])
    prior = _log_prior()
    best = np.full(len(noise), -np.inf)
    total, log_mass = np.zeros(len(noise)), np.zeros(len(noise))
    for i, tau_share in enumerate(TAU_SHARES):
        left = met - tau * (1 / tau_share - 1)
        for j, lep_share in enumerate(LEP_SHARES):
            off = left - lep * (1 / lep_share - 1)
            log = prior[i, j] - 0.5 * np.sum(off**2, axis=0) / noise**2
            best = np.maximum(best, log)
            likelihood = np.exp(log)
            total += likelihood
            log_mass -= 0.5 * np.log(tau_share * lep_share) * likelihood
    explained = best > LEAST
    logs = np.divide(log_mass, total, out=np.zeros_like(total), where=explained)
    return np.where(explained, mass(events, "PRI_tau", "PRI_lep") * np.exp(logs), MISSING)


def _log_prior() -> Array:
    """Return how likely each pair of shares is, 0 for the likeliest: shape (n_tau, n_lep)."""
    tau = 2.0 * np.log(TAU_SHARES) + 1.2 * np.log(1.02 - TAU_SHARES)
    lep = 0.3 * np.log(LEP_SHARES) + 1.0 * np.log(1.05 - LEP_SHARES)
    return (tau - tau.max())[:, np.newaxis] + (lep - lep.max())
