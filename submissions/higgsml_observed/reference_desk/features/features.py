"""Quantities that do not change if the detector is turned about the beam, or looked at from behind.

No single azimuth or sign of a pseudorapidity tells anything; differences and products do.
"""

import numpy as np


def make_features(X):
    columns = [name for name in X if not name.endswith(("_phi", "_eta")) and name != "EventId"]
    return np.hstack([X[columns].to_numpy(), np.stack(list(_made(X)), axis=1)])


def _made(X):
    """Angles between pairs, transverse and invariant masses, momenta along the beam."""
    tau, lep, met, first, second = (
        {part: X.get(f"PRI_{name}{part}", X[f"PRI_{name}_phi"]).to_numpy() for part in PARTS}
        for name in ("tau", "lep", "met", "jet_leading", "jet_subleading")
    )
    met["_pt"] = X["PRI_met"].to_numpy()
    jets = X["PRI_jet_num"].to_numpy()
    for a, b, there in (
        (tau, lep, jets >= 0),
        (tau, met, jets >= 0),
        (lep, met, jets >= 0),
        (first, tau, jets >= 1),
        (first, lep, jets >= 1),
        (first, met, jets >= 1),
        (first, second, jets >= 2),
    ):
        yield np.where(there, np.abs(_turn(a, b)), -1)
    half = np.sin(_turn(tau, met) / 2)
    yield 2 * np.sqrt(tau["_pt"] * met["_pt"]) * np.abs(half)
    for jet, there in ((first, jets >= 1), (second, jets >= 2)):
        yield np.where(there, np.abs(jet["_eta"]), -1)
        yield np.where(there, jet["_eta"] * np.sign(lep["_eta"]), -9)
        yield np.where(there, jet["_eta"] * np.sign(tau["_eta"]), -9)
    yield np.abs(lep["_eta"])
    yield np.abs(tau["_eta"])
    yield tau["_eta"] * np.sign(lep["_eta"])
    mass, visible = X["DER_mass_MMC"].to_numpy(), X["DER_mass_vis"].to_numpy()
    yield np.where(mass > 0, visible / mass, -1)
    # what the missing momentum says of the share that each tau kept
    cross = np.sin(lep["_phi"] - tau["_phi"])
    cross = np.where(np.abs(cross) > 0.02, cross, 0.02)
    of_tau = met["_pt"] * np.sin(lep["_phi"] - met["_phi"]) / cross
    of_lep = met["_pt"] * np.sin(met["_phi"] - tau["_phi"]) / cross
    for particle, extra in ((tau, of_tau), (lep, of_lep)):
        yield np.clip(extra / particle["_pt"], -5, 10)


PARTS = ("_pt", "_eta", "_phi")


def _turn(a, b):
    return (a["_phi"] - b["_phi"] + np.pi) % (2 * np.pi) - np.pi
