"""What follows from what was measured: the columns DER_ of an event from its columns PRI_.

The formulas are those of the documentation of the challenge of 2014, appendix B. Every particle is
massless, the beams lie along the z axis, and the missing transverse momentum has no component in z.
Momenta and masses are in GeV, angles in radians.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Columns = Mapping[str, Array]

MISSING = -999.0
"""What stands where a quantity does not exist: one of a second jet if there is none."""

PRIMITIVE = (
    *("PRI_tau_pt", "PRI_tau_eta", "PRI_tau_phi", "PRI_lep_pt", "PRI_lep_eta", "PRI_lep_phi"),
    *("PRI_met", "PRI_met_phi", "PRI_met_sumet", "PRI_jet_num"),
    *("PRI_jet_leading_pt", "PRI_jet_leading_eta", "PRI_jet_leading_phi"),
    *("PRI_jet_subleading_pt", "PRI_jet_subleading_eta", "PRI_jet_subleading_phi"),
    "PRI_jet_all_pt",
)
DERIVED = (
    *("DER_mass_MMC", "DER_mass_transverse_met_lep", "DER_mass_vis", "DER_pt_h"),
    *("DER_deltaeta_jet_jet", "DER_mass_jet_jet", "DER_prodeta_jet_jet", "DER_deltar_tau_lep"),
    *("DER_pt_tot", "DER_sum_pt", "DER_pt_ratio_lep_tau", "DER_met_phi_centrality"),
    "DER_lep_eta_centrality",
)
COLUMNS = (*DERIVED, *PRIMITIVE)
OF_ONE_JET = tuple(name for name in PRIMITIVE if "_leading_" in name)
OF_TWO_JETS = (
    *(name for name in PRIMITIVE if "_subleading_" in name),
    *("DER_deltaeta_jet_jet", "DER_mass_jet_jet", "DER_prodeta_jet_jet", "DER_lep_eta_centrality"),
)


def derive(events: Columns) -> dict[str, Array]:
    """Compute all columns DER_ but that of the missing mass, which ``missing_mass.py`` estimates.

    Parameters
    ----------
    events : mapping of str to ndarray, shape (n_events,)
        The columns `PRIMITIVE`.

    Returns
    -------
    dict of str to ndarray, shape (n_events,)
        `MISSING` where two jets are needed and there are fewer.
    """
    two = events["PRI_jet_num"] >= 2
    events = {name: np.where(events[name] == MISSING, 0.0, events[name]) for name in PRIMITIVE}
    first, second, tau, lep = (
        transverse(events[f"{name}_pt"], events[f"{name}_phi"])
        for name in ("PRI_jet_leading", "PRI_jet_subleading", "PRI_tau", "PRI_lep")
    )
    met = transverse(events["PRI_met"], events["PRI_met_phi"])
    eta1, eta2 = events["PRI_jet_leading_eta"], events["PRI_jet_subleading_eta"]
    turn = events["PRI_lep_phi"] - events["PRI_met_phi"]
    found = {
        "DER_mass_transverse_met_lep": 2
        * np.sqrt(events["PRI_lep_pt"] * events["PRI_met"])
        * np.abs(np.sin(turn / 2)),
        "DER_mass_vis": mass(events, "PRI_tau", "PRI_lep"),
        "DER_pt_h": np.hypot(*(tau + lep + met)),
        "DER_deltaeta_jet_jet": np.abs(eta1 - eta2),
        "DER_mass_jet_jet": mass(events, "PRI_jet_leading", "PRI_jet_subleading"),
        "DER_prodeta_jet_jet": eta1 * eta2,
        "DER_deltar_tau_lep": distance(events, "PRI_tau", "PRI_lep"),
        "DER_pt_tot": np.hypot(*(tau + lep + met + first + second)),
        "DER_sum_pt": events["PRI_tau_pt"] + events["PRI_lep_pt"] + events["PRI_jet_all_pt"],
        "DER_pt_ratio_lep_tau": events["PRI_lep_pt"] / events["PRI_tau_pt"],
        "DER_met_phi_centrality": met_phi_centrality(events),
        "DER_lep_eta_centrality": lep_eta_centrality(events["PRI_lep_eta"], eta1, eta2),
    }
    for name in found.keys() & set(OF_TWO_JETS):
        found[name] = np.where(two, found[name], MISSING)
    return found


def met_phi_centrality(events: Columns) -> Array:
    """Return where the missing momentum points: from -√2, opposite, to √2, amid tau and lepton.

    It is 1 where it points along one of them, and 0 where it is undefined as all three are in line.
    """
    side = np.sign(np.sin(events["PRI_lep_phi"] - events["PRI_tau_phi"]))
    a = np.sin(events["PRI_met_phi"] - events["PRI_tau_phi"]) * side
    b = np.sin(events["PRI_lep_phi"] - events["PRI_met_phi"]) * side
    length = np.hypot(a, b)
    return np.asarray((a + b) / np.where(length > 0, length, 1.0))


def lep_eta_centrality(lep_eta: Array, eta1: Array, eta2: Array) -> Array:
    """Return how far amid two jets the lepton is: 1 in the middle, 1/e at a jet, 0 far outside."""
    gap = np.square(eta1 - eta2)
    off = np.square(lep_eta - (eta1 + eta2) / 2)
    # jets in one direction have no middle; the other formulas of two jets are finite there
    ratio = np.divide(off, gap, out=np.full(gap.shape, np.inf), where=gap > 0)
    return np.asarray(np.exp(-4 * ratio))


def transverse(pt: Array, phi: Array) -> Array:
    """Return transverse momenta (px, py), shape (2, n_events)."""
    return np.stack([pt * np.cos(phi), pt * np.sin(phi)])


def mass(events: Columns, first: str, second: str) -> Array:
    """Return the invariant mass of two massless particles, from columns pt, eta and phi.

    It is ``sqrt(2 pt1 pt2 (cosh Δη - cos Δφ))``, in a form that does not cancel for near ones.
    """
    pt = np.sqrt(events[f"{first}_pt"] * events[f"{second}_pt"])
    along = np.sinh((events[f"{first}_eta"] - events[f"{second}_eta"]) / 2)
    around = np.sin((events[f"{first}_phi"] - events[f"{second}_phi"]) / 2)
    return 2 * pt * np.hypot(along, around)


def distance(events: Columns, first: str, second: str) -> Array:
    """Return the distance of two particles in the plane of pseudorapidity and azimuth."""
    turn = events[f"{first}_phi"] - events[f"{second}_phi"]
    turn = (turn + np.pi) % (2 * np.pi) - np.pi  # from -π to π
    return np.hypot(events[f"{first}_eta"] - events[f"{second}_eta"], turn)
