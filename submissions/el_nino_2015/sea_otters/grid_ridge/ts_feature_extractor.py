"""The anomaly of every sea cell in the month of issue, and the month of the forecast.

The ocean outside the Niño 3.4 region knows something about what will happen inside.
"""

import numpy as np


class FeatureExtractor:
    def fit(self, X_ds, y):
        temperature, month = X_ds["sst"].values, X_ds["time"].dt.month.values - 1
        self.sea = ~np.isnan(temperature).any(axis=0)
        cells = temperature[:, self.sea]
        self.usual = np.array([cells[month == m].mean(axis=0) for m in range(12)])

    def transform(self, X_ds):
        issued = X_ds.isel(time=slice(X_ds.n_burn_in, None))
        month = issued["time"].dt.month.values - 1
        anomaly = issued["sst"].values[:, self.sea] - self.usual[month]
        target_month = np.eye(12)[(month + X_ds.n_lookahead) % 12]
        return np.hstack([anomaly, target_month])
