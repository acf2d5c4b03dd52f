"""Niño 3.4 from the expected components: least squares of what will be unusual.

The pattern of each component in the region would do as well, but for the components left out.
"""

import numpy as np


class Regressor:
    def fit(self, X, y):
        self.coef = np.linalg.lstsq(X[:, 1:], y - X[:, 0])[0]

    def predict(self, X):
        return X[:, 0] + X[:, 1:] @ self.coef
