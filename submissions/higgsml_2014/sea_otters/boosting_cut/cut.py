"""Where to cut: the score above which the significance of what is selected is largest.

The significance jumps from event to event, most of all where few are selected, so the best cut of
a few thousand events is luck. Here it is smoothed over neighbouring cuts first, and at least an
eighth of the events is selected.
"""

import numpy as np

SIGNAL, BACKGROUND, CONSTANT = 691.9886, 410_999.8473, 10.0
SHARES = np.arange(0.125, 0.40, 0.005)
NEIGHBOURS = 15


def significances(score, y):
    """Return the significance of selecting each of `SHARES` of the events, and those cuts."""
    label, weight = y[:, 0], y[:, 1]
    order = np.argsort(-score)
    s = np.cumsum((label * weight)[order]) * SIGNAL / (label * weight).sum()
    b = np.cumsum(((1 - label) * weight)[order]) * BACKGROUND / ((1 - label) * weight).sum()
    b += CONSTANT
    last = (SHARES * len(score)).astype(int)
    s, b = s[last], b[last]
    return np.sqrt(2 * ((s + b) * np.log1p(s / b) - s)), score[order][last]


def best_cut(score, y):
    """Return the cut of the largest smoothed significance."""
    found, cuts = significances(score, y)
    padded = np.pad(found, NEIGHBOURS // 2, mode="edge")
    smooth = np.convolve(padded, np.ones(NEIGHBOURS) / NEIGHBOURS, mode="valid")
    return cuts[np.argmax(smooth)]


def around_one_half(score, cut):
    """Shift probabilities so that `cut` becomes one half, and return both columns."""
    cut = np.clip(cut, 1e-9, 1 - 1e-9)
    signal = score * (1 - cut) / (score * (1 - cut) + cut * (1 - score))
    return np.stack([1 - signal, signal], axis=1)
