"""Ridge regression of the concentration on all columns.

Negative concentrations are none, so the smallest one seen is the least it says.
"""

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Regressor:
    def fit(self, X, y):
        self.least = y.min()
        self.model = make_pipeline(StandardScaler(), Ridge(alpha=1000.0)).fit(X, y)

    def predict(self, X):
        return np.maximum(self.model.predict(X), self.least)
