"""Twenty principal components of the grid's anomalies now, three and six months ago.

Cells with a missing value are left out; twelve columns tell the target month.
"""

import numpy as np
from sklearn.decomposition import PCA

LAGS = (0, 3, 6)


def month_index(X_ds):
    return X_ds["time"].dt.month.values - 1


class FeatureExtractor:
    def fit(self, X_ds, y):
        temperature, month = X_ds["sst"].values, month_index(X_ds)
        self.complete = ~np.isnan(temperature).any(axis=0)
        cells = temperature[:, self.complete]
        self.usual = np.array([cells[month == m].mean(axis=0) for m in range(12)])
        self.pca = PCA(n_components=20, svd_solver="full").fit(cells - self.usual[month])

    def transform(self, X_ds):
        month = month_index(X_ds)
        anomaly = X_ds["sst"].values[:, self.complete] - self.usual[month]
        components = self.pca.transform(anomaly)
        issued = np.arange(X_ds.n_burn_in, X_ds.sizes["time"])
        target_month = np.eye(12)[(month[issued] + X_ds.n_lookahead) % 12]
        return np.hstack([*(components[issued - lag] for lag in LAGS), target_month])
