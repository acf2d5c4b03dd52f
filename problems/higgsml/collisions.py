"""The collisions of the HiggsML problem: what a detector would measure of them, all invented.

An event has a hadronic tau, a lepton, missing transverse momentum and 0, 1, 2 or 3 (or more) jets.
It is drawn **for its label and its number of jets**, from a process that makes such events:

* a boson that decays into two taus: the Higgs boson (the signal; gluon fusion, vector boson fusion
  and two of associated production, which differ in their jets) or the Z boson;
* a W boson whose lepton is real, beside a jet that is taken for a tau;
* a pair of top quarks: two W bosons, one of which gives the lepton, the other the tau.

Momenta balance: whatever decays recoils from the jets and from soft particles. Decays are isotropic
in the frame of what decays, a tau keeps a random share of its momentum, the rest is missing; the
missing momentum is measured with noise. Events whose tau or lepton is too weak, too far forward or
too near to the other one are drawn again, as a trigger would not have kept them.

No event of an experiment is used. Shares, weights and spectra were aimed at what was published of
the events of the challenge of 2014. Momenta and masses are in GeV.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from kinematics import distance
from processes import (
    BACKGROUND,
    JET_SHARES,
    MAX_WEIGHT,
    MIN_WEIGHT,
    PROCESSES,
    SIGNAL,
    SIGNAL_SHARE,
    Process,
)

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TAU_PT, LEP_PT, JET_PT = 20.0, 26.0, 30.0
MAX_ETA, MAX_JET_ETA = 2.5, 4.5
MIN_DISTANCE = 0.5
LEAST_DRAWN, MOST_DRAWN, DRAWN_PER_EVENT = 500, 20_000, 10
"""How many events are drawn at a time, of which those that a trigger keeps are taken."""


@dataclass(frozen=True)
class Collisions:
    """Events, in no order.

    Parameters
    ----------
    label : ndarray of int, shape (n_events,)
        `SIGNAL` or `BACKGROUND`.
    weight : ndarray, shape (n_events,)
        How many events it stands for, at 250,000 events.
    measured : dict of str to ndarray, shape (n_events,)
        The columns ``PRI_``; those of a jet that is not there are 0.
    """

    label: Ints
    weight: Array
    measured: dict[str, Array]


def draw_collisions(n_events: int, rng: np.random.Generator) -> Collisions:
    """Draw events: labels and numbers of jets first, then what the detector sees of each group."""
    label = (rng.random(n_events) < SIGNAL_SHARE).astype(np.int64)
    u = rng.random((n_events, 2))
    n_jets = np.where(label == SIGNAL, *(_pick(JET_SHARES[k], u[:, 0]) for k in (1, 0)))
    weight = np.zeros(n_events)
    measured: dict[str, Array] = {}
    for own in (BACKGROUND, SIGNAL):
        for n in range(4):
            group = np.flatnonzero((label == own) & (n_jets == n))
            process = _pick([p.shares[n] for p in PROCESSES[own]], u[group, 1])
            for i, kind in enumerate(PROCESSES[own]):
                rows = group[process == i]
                columns = _kept(kind, n, len(rows), rng)
                for name, values in columns.items():
                    measured.setdefault(name, np.zeros(n_events))[rows] = values
                weight[rows] = _weights(kind, n, len(rows), rng)
    return Collisions(label, weight, measured)


def _pick(shares: tuple[float, ...] | list[float], u: Array) -> Ints:
    """Turn uniform numbers into indices that are as frequent as the shares say."""
    ends = np.cumsum(shares) / np.sum(shares)
    return np.minimum(np.searchsorted(ends, u, side="right"), len(shares) - 1)


def _weights(process: Process, n_jets: int, n_events: int, rng: np.random.Generator) -> Array:
    spread = process.weight_spread * rng.standard_normal(n_events)
    weights = process.weights[n_jets] * np.exp(spread)
    return np.clip(weights, MIN_WEIGHT, MAX_WEIGHT) if process.weight_spread else weights


def _kept(
    process: Process, n_jets: int, n_events: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Draw events until so many of them pass the trigger."""
    batches: list[dict[str, Array]] = []
    n_found = 0
    while n_found < n_events or not batches:
        wanted = DRAWN_PER_EVENT * (n_events - n_found)
        event = _measure(process, n_jets, min(max(wanted, LEAST_DRAWN), MOST_DRAWN), rng)
        good = (
            (event["PRI_tau_pt"] > TAU_PT)
            & (event["PRI_lep_pt"] > LEP_PT)
            & (np.abs(event["PRI_tau_eta"]) < MAX_ETA)
            & (np.abs(event["PRI_lep_eta"]) < MAX_ETA)
            & (distance(event, "PRI_tau", "PRI_lep") > MIN_DISTANCE)
        )
        batches.append({name: values[good] for name, values in event.items()})
        n_found += int(good.sum())
    return {
        name: np.concatenate([batch[name] for batch in batches])[:n_events] for name in batches[0]
    }


def _measure(
    process: Process, n_jets: int, n_events: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Draw events of a process and measure them, those too that no trigger would keep."""
    jets = _jets(process, n_jets, n_events, rng)
    soft, unseen = _soft(n_events, rng)
    recoil = -np.sum(jets[:, :2], axis=0) - soft - unseen
    tau, lep = {"ditau": _ditau, "w": _w_and_fake, "top": _top_pair}[process.kind](
        process, recoil, rng
    )
    # what is missing balances what is seen; noise grows with the jets
    hard = np.sum(np.hypot(jets[:, 0], jets[:, 1]), axis=0)
    noise = 0.05 * hard * rng.standard_normal((2, n_events))
    met = -(tau[:2] + lep[:2] + np.sum(jets[:, :2], axis=0) + soft) + noise
    columns = {
        **_polar("PRI_tau", tau),
        **_polar("PRI_lep", lep),
        "PRI_met": np.hypot(*met),
        "PRI_met_phi": np.arctan2(met[1], met[0]),
        "PRI_jet_num": np.full(n_events, float(n_jets)),
        "PRI_jet_all_pt": hard,
    }
    around = 48 * np.exp(0.5 * rng.standard_normal(n_events))
    columns["PRI_met_sumet"] = columns["PRI_tau_pt"] + columns["PRI_lep_pt"] + hard + around
    for rank, jet in zip(("leading", "subleading"), jets, strict=False):
        columns |= _polar(f"PRI_jet_{rank}", jet)
    return columns


def _jets(process: Process, n_jets: int, n_events: int, rng: np.random.Generator) -> Array:
    """Return four-momenta of jets, the hardest first: shape (n_jets, 4, n_events)."""
    size = (n_jets, n_events)
    above = process.hardness * (1 + 0.35 * (n_jets - 1)) * np.exp(1.0 * rng.standard_normal(size))
    falling = np.array([1.0, 0.55, 0.35])[:n_jets, np.newaxis]
    pt = -np.sort(-(JET_PT + np.minimum(above, 600.0) * falling), axis=0)
    eta = 1.6 * rng.standard_normal(size)
    if process.forward:
        side = np.where(rng.random(n_events) < 0.5, 1.0, -1.0)
        signs = np.array([1.0, -1.0, 0.0])[:n_jets, np.newaxis]
        eta = np.where(
            signs == 0, eta, signs * side * np.abs(2.4 + 1.2 * rng.standard_normal(size))
        )
    eta = MAX_JET_ETA * np.tanh(eta / MAX_JET_ETA)
    phi = np.pi * (2 * rng.random(size) - 1)
    # a second jet often balances the first
    if n_jets > 1:
        back = rng.random(n_events) < 0.45
        phi[1] = np.where(back, phi[0] + np.pi + 0.5 * rng.standard_normal(n_events), phi[1])
    momenta = [_cartesian(pt[k], eta[k], phi[k]) for k in range(n_jets)]
    return np.stack(momenta) if n_jets else np.zeros((0, 4, n_events))


def _soft(n_events: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the transverse momentum of soft particles that is measured, and that is not.

    In half of the events hardly any of it is measured.
    """
    scale = np.where(rng.random(n_events) < 0.52, 2.2, 18.0)
    measured = scale * rng.standard_normal((2, n_events))
    wrong = np.where(rng.random(n_events) < 0.12, 30.0, 12.0)
    return measured, wrong * rng.standard_normal((2, n_events))


def _ditau(process: Process, recoil: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return tau and lepton of a boson that decays into two taus."""
    n = recoil.shape[1]
    first, second = _decay(_boson(process, recoil, rng), rng)
    # what a tau keeps: a hadronic one much, a leptonic one little
    return first * rng.beta(3.0, 2.2, n), second * rng.beta(1.3, 2.0, n)


def _w_and_fake(process: Process, recoil: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a jet that is taken for a tau, and the lepton of a W boson that recoils from it."""
    n = recoil.shape[1]
    pt = TAU_PT + 7.0 * np.exp(1.1 * rng.standard_normal(n))
    fake = _cartesian(pt, 1.6 * rng.standard_normal(n), np.pi * (2 * rng.random(n) - 1))
    lep, _ = _decay(_boson(process, recoil - fake[:2], rng), rng)
    return fake, lep


def _top_pair(process: Process, recoil: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a tau and a lepton, of one W boson each; the two recoil from the jets together."""
    n = recoil.shape[1]
    apart = 45.0 * rng.standard_normal((2, n))
    tau, _ = _decay(_boson(process, recoil / 2 + apart, rng), rng)
    lep, _ = _decay(_boson(process, recoil / 2 - apart, rng), rng)
    return tau * rng.beta(3.0, 2.2, n), lep


def _boson(process: Process, pt: Array, rng: np.random.Generator) -> Array:
    """Return four-momenta of bosons of a given transverse momentum, shape (4, n_events)."""
    n = pt.shape[1]
    # a Lorentzian, without its far tails
    mass = process.mass + process.width / 2 * np.tan(np.pi * 0.96 * (rng.random(n) - 0.5))
    rapidity = process.rapidity * rng.standard_normal(n)
    transverse = np.sqrt(mass**2 + np.sum(pt**2, axis=0))
    return np.stack([*pt, transverse * np.sinh(rapidity), transverse * np.cosh(rapidity)])


def _decay(parent: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the two massless particles of an isotropic decay, four-momenta (4, n_events) each."""
    n = parent.shape[1]
    cosine, phi = 2 * rng.random(n) - 1, 2 * np.pi * rng.random(n)
    sine = np.sqrt(1 - cosine**2)
    mass = np.sqrt(parent[3] ** 2 - np.sum(parent[:3] ** 2, axis=0))
    own = mass / 2 * np.stack([sine * np.cos(phi), sine * np.sin(phi), cosine])
    # from the frame of the parent to that of the detector
    along = np.sum(own * parent[:3], axis=0)
    energy = (mass / 2 * parent[3] + along) / mass
    factor = along / (mass * (parent[3] + mass)) + 0.5
    first = np.stack([*(own + factor * parent[:3]), energy])
    return first, parent - first


def _cartesian(pt: Array, eta: Array, phi: Array) -> Array:
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), pt * np.cosh(eta)])


def _polar(prefix: str, momentum: Array) -> dict[str, Array]:
    """Return the columns pt, eta and phi of a particle."""
    pt = np.hypot(momentum[0], momentum[1])
    return {
        f"{prefix}_pt": pt,
        f"{prefix}_eta": np.arcsinh(momentum[2] / pt),
        f"{prefix}_phi": np.arctan2(momentum[1], momentum[0]),
    }
