"""Kernel PCA, in case the ocean is curved, then an elastic net that picks what it needs.

Every kernel component comes three times: as it is, and times the cosine and sine of the year.
"""

import numpy as np
from sklearn.decomposition import KernelPCA
from sklearn.linear_model import ElasticNet


class Regressor:
    def fit(self, X, y):
        components = X[:, 2:]
        width2 = 3 * components.var(axis=0).sum()
        self.kernel = KernelPCA(n_components=40, kernel="rbf", gamma=1 / width2)
        self.scale = self.kernel.fit_transform(components).std(axis=0)
        self.net = ElasticNet(alpha=0.03, l1_ratio=0.5, max_iter=10_000)
        self.net.fit(self._by_season(X), y - X[:, 0])

    def predict(self, X):
        return X[:, 0] + self.net.predict(self._by_season(X))

    def _by_season(self, X):
        angle = X[:, [1]]
        curved = self.kernel.transform(X[:, 2:]) / self.scale
        return np.hstack([curved, curved * np.cos(angle), curved * np.sin(angle)])
