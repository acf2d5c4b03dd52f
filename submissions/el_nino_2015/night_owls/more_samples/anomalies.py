"""Anomalies of the sea cells, and what is usual for Niño 3.4.

Learned once from the months of training, then applied to any months.
"""

import numpy as np


def nino34(X_ds):
    box = X_ds["sst"].sel(lat=slice(-5, 5), lon=slice(190, 240))
    return box.values.mean(axis=(1, 2))


def month_index(X_ds):
    return X_ds["time"].dt.month.values - 1


class Anomalies:
    def fit(self, X_ds):
        temperature, region, month = X_ds["sst"].values, nino34(X_ds), month_index(X_ds)
        self.sea = ~np.isnan(temperature).any(axis=0)
        cells = temperature[:, self.sea]
        self.usual = np.array([cells[month == m].mean(axis=0) for m in range(12)])
        self.usual_nino34 = np.array([region[month == m].mean() for m in range(12)])
        return self

    def transform(self, X_ds):
        return X_ds["sst"].values[:, self.sea] - self.usual[month_index(X_ds)]

    def usual_then(self, X_ds):
        """What is usual for Niño 3.4 in the month that each month's forecast is for."""
        return self.usual_nino34[(month_index(X_ds) + X_ds.n_lookahead) % 12]
