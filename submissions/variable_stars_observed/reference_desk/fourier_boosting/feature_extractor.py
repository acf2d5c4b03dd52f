"""Four harmonics of the light curve in each band, at the period and at twice the period.

A binary has two eclipses, so its true period is often twice the one that is listed.
"""

import numpy as np
from catalogue import catalogue_features
from curves import harmonic_fit, padded, shape

N_HARMONICS = 4


class FeatureExtractor:
    def transform(self, X):
        period = (X["period"] / X["div_period"]).to_numpy()
        features = [catalogue_features(X)]
        for band in "br":
            points = padded(X, band)
            for cycle in (period, 2 * period):
                features.append(shape(*harmonic_fit(*points, cycle, N_HARMONICS)))
        return np.hstack(features)
