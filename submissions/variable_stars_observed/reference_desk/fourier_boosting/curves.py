"""Light curves as sums of harmonics: what stays the same wherever a curve begins.

All stars are fitted at once: their points are padded to the same length with weight 0.
"""

import numpy as np


def padded(X, band):
    """Return times, light and weights of all stars, each of shape (n_stars, n_most)."""
    names = (f"time_points_{band}", f"light_points_{band}", f"error_points_{band}")
    n_most = max(len(times) for times in X[names[0]])
    times, light, error = (np.zeros((len(X), n_most)) for _ in names)
    for into, name in zip((times, light, error), names, strict=True):
        for star, points in enumerate(X[name]):
            into[star, : len(points)] = points
    seen = error > 0
    weights = np.where(seen, 1 / np.where(seen, error, 1.0) ** 2, 0.0)
    mean = (weights * light).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    return times, np.where(seen, light - mean, 0.0), weights


def harmonic_fit(times, light, weights, period, n_harmonics):
    """Return cosines and sines, (n_stars, n_harmonics) each, and the share left unexplained."""
    angle = 2 * np.pi * times / period[:, np.newaxis]
    waves = [np.ones_like(angle)]
    for k in range(1, n_harmonics + 1):
        waves += [np.cos(k * angle), np.sin(k * angle)]
    waves = np.stack(waves, axis=1)
    weighted = waves * weights[:, np.newaxis]
    total = weights.sum(axis=1)
    # a little ridge, as gaps in the phases would let harmonics run away
    normal = weighted @ waves.transpose(0, 2, 1)
    normal += 0.01 * total[:, np.newaxis, np.newaxis] * np.eye(waves.shape[1])
    moment = weighted @ light[..., np.newaxis]
    found = np.linalg.solve(normal, moment)[..., 0]
    left = light - (found[:, np.newaxis] @ waves)[:, 0]
    share = (weights * left**2).sum(axis=1) / (weights * light**2).sum(axis=1)
    return found[:, 1::2], found[:, 2::2], share


def shape(cosines, sines, share):
    """Return strength, ratios and phases of the harmonics relative to the first, one row each."""
    strength, phase = np.hypot(cosines, sines), np.arctan2(sines, cosines)
    order = np.arange(2, cosines.shape[1] + 1)
    relative = phase[:, 1:] - order * phase[:, :1]
    ratio = strength[:, 1:] / strength[:, :1]
    first = np.log(strength[:, :1])
    return np.hstack([first, ratio, np.cos(relative), np.sin(relative), share[:, np.newaxis]])
