"""Twenty principal components now, three and six months ago, and how they act in each season.

The same warm water means more in one season than in another, hence the products.
"""

import numpy as np
from anomalies import Anomalies, month_index
from sklearn.decomposition import PCA

LAGS = (0, 3, 6)


class FeatureExtractor:
    def fit(self, X_ds, y):
        self.anomalies = Anomalies().fit(X_ds)
        self.pca = PCA(n_components=20, svd_solver="full").fit(self.anomalies.transform(X_ds))

    def transform(self, X_ds):
        issued = np.arange(X_ds.n_burn_in, X_ds.sizes["time"])
        components = self.pca.transform(self.anomalies.transform(X_ds))
        angle = 2 * np.pi * month_index(X_ds)[issued] / 12
        season = np.stack(
            [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)], axis=1
        )
        lagged = np.hstack([components[issued - lag] for lag in LAGS])
        now = components[issued]
        products = np.hstack([now * season[:, [0]], now * season[:, [1]]])
        return np.hstack([lagged, season, products])
