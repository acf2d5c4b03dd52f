"""The light curve folded with the period, in five bins of phase for each band.

The catalogue lists a multiple of the period, and which multiple it is.
"""

import numpy as np

N_BINS = 5
COLUMNS = ["magnitude_b", "magnitude_r", "asym_b", "log_p_not_variable", "quality"]


def bin_means(times, light, period):
    position = np.floor(times / period % 1 * N_BINS).astype(int)
    count = np.bincount(position, minlength=N_BINS)
    total = np.bincount(position, light - light.mean(), minlength=N_BINS)
    return total / np.maximum(count, 1)


class FeatureExtractor:
    def transform(self, X):
        periods = (X["period"] / X["div_period"]).to_numpy()
        features = [X[COLUMNS].to_numpy(), periods[:, np.newaxis]]
        for band in "br":
            times, light = X[f"time_points_{band}"], X[f"light_points_{band}"]
            curves = zip(times, light, periods, strict=True)
            features.append(np.array([bin_means(*curve) for curve in curves]))
        return np.hstack(features)
