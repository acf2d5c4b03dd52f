"""Gaussian processes in a few components, one per molecule, of the logarithm.

The logarithm is no straight line in the light: near zero concentration the light hardly changes.
"""

import warnings

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.preprocessing import StandardScaler

N_COMPONENTS = 12


class CurvedModel:
    """Mean and spread of the logarithm of the concentration of one molecule."""

    def fit(self, X, y):
        self.pca = PCA(N_COMPONENTS).fit(X)
        self.scaler = StandardScaler().fit(self.pca.transform(X))
        kernel = ConstantKernel(1.0) * RBF(8.0) + WhiteKernel(0.1)
        self.process = GaussianProcessRegressor(kernel, normalize_y=True)
        with warnings.catch_warnings():
            # a parameter at the edge of its range is no harm
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.process.fit(self._features(X), np.log(y))
        return self

    def predict(self, X):
        return self.process.predict(self._features(X), return_std=True)

    def _features(self, X):
        return self.scaler.transform(self.pca.transform(X))
