"""Twenty principal components of the anomalies, with what is usual in the target month.

The angle of the year goes along, so that the regression can let everything act by season.
"""

import numpy as np

N_COMPONENTS = 20


def nino34(X_ds):
    box = X_ds["sst"].sel(lat=slice(-5, 5), lon=slice(190, 240))
    return box.values.mean(axis=(1, 2))


def month_index(X_ds):
    return X_ds["time"].dt.month.values - 1


class FeatureExtractor:
    def fit(self, X_ds, y):
        temperature, region, month = X_ds["sst"].values, nino34(X_ds), month_index(X_ds)
        self.sea = ~np.isnan(temperature).any(axis=0)
        cells = temperature[:, self.sea]
        self.usual = np.array([cells[month == m].mean(axis=0) for m in range(12)])
        self.usual_nino34 = np.array([region[month == m].mean() for m in range(12)])
        anomaly = cells - self.usual[month]
        self.patterns = np.linalg.svd(anomaly, full_matrices=False)[2][:N_COMPONENTS]

    def transform(self, X_ds):
        issued = X_ds.isel(time=slice(X_ds.n_burn_in, None))
        month = month_index(issued)
        usual_then = self.usual_nino34[(month + X_ds.n_lookahead) % 12]
        components = (issued["sst"].values[:, self.sea] - self.usual[month]) @ self.patterns.T
        angle = 2 * np.pi * month / 12
        return np.column_stack([usual_then, angle, components])
