"""Ridge regression of the logarithm of the concentration.

Its strength is chosen by leave-one-out.
"""

import numpy as np
from sklearn.linear_model import RidgeCV


class Regressor:
    def fit(self, X, y):
        self.model = RidgeCV(alphas=np.logspace(-2, 4, 13)).fit(X, np.log(y))
        self.range = y.min(), y.max()

    def predict(self, X):
        return np.clip(np.exp(self.model.predict(X)), *self.range)
