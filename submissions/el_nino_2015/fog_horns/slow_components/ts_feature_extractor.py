"""Fourteen principal components, as they are and slowed down, and how they act in each season.

The ocean remembers and the noise of a month does not: a running mean that forgets keeps the ocean.
"""

import numpy as np
from anomalies import Anomalies, month_index

N_COMPONENTS = 14
KEPT = 0.7  # what is left of a month in the running mean one month later


def running_mean(values):
    slow = np.zeros_like(values)
    for t in range(1, len(values)):
        slow[t] = KEPT * slow[t - 1] + (1 - KEPT) * values[t]
    return slow


class FeatureExtractor:
    def fit(self, X_ds, y):
        self.anomalies = Anomalies().fit(X_ds)
        _, _, patterns = np.linalg.svd(self.anomalies.transform(X_ds), full_matrices=False)
        self.patterns = patterns[:N_COMPONENTS]

    def transform(self, X_ds):
        """The first column is what is usual in the target month."""
        components = self.anomalies.transform(X_ds) @ self.patterns.T
        state = np.hstack([components, running_mean(components)])
        angle = 2 * np.pi * month_index(X_ds)[:, None] / 12
        cos, sin = np.cos(angle), np.sin(angle)
        usual_then = self.anomalies.usual_then(X_ds)[:, None]
        features = np.hstack([usual_then, cos, sin, state, cos * state, sin * state])
        return features[X_ds.n_burn_in :]
