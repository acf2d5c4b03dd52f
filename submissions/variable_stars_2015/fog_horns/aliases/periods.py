"""Which period a star has: the listed one, or one that looks alike when seen once a day.

Each candidate is refined a little, then judged by what two harmonics leave unexplained in both
bands.
"""

import numpy as np
from curves import harmonic_fit

N_HARMONICS = 2
BEST_OF_LISTED = 0.85  # an alias must be this much better, or chance finds one for each star


def candidates(period):
    """Return the listed period and its daily aliases, one column each."""
    frequency = 1 / period
    found = [frequency]
    for days in (1.0, -1.0, 2.0, -2.0):
        found.append(np.abs(frequency + days))
    # a period beyond the survey is none
    return 1 / np.maximum(np.stack(found, axis=1), 1 / 600)


def find_periods(bands, listed):
    """Return the best period of each star, what it leaves unexplained, and whether it is listed.

    Parameters
    ----------
    bands : list of tuple of arrays
        Times, light and weights of each band, of all stars.
    listed : array
        Days.
    """
    columns = candidates(listed)
    left = np.stack([_left(bands, columns[:, i]) for i in range(columns.shape[1])], axis=1)
    judged = left.copy()
    judged[:, 1:] /= BEST_OF_LISTED
    best = judged.argmin(axis=1)
    star = np.arange(len(listed))
    return columns[star, best], left[star, best], left[:, 0]


def _left(bands, period):
    return np.mean([harmonic_fit(*points, period, N_HARMONICS)[2] for points in bands], axis=0)
