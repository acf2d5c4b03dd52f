"""Ridge regression of the logarithm of the concentration.

Nothing else, until the features are right.
"""

import numpy as np
from sklearn.linear_model import Ridge


class Regressor:
    def fit(self, X, y):
        self.model = Ridge().fit(X, np.log(y))

    def predict(self, X):
        return np.exp(self.model.predict(X))
