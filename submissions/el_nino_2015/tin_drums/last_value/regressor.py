"""A straight line from the temperature of today to the temperature in six months.

Ordinary least squares; the slope comes out well below one.
"""

import numpy as np


class Regressor:
    def fit(self, X, y):
        self.slope, self.intercept = np.polyfit(X[:, 0], y, deg=1)

    def predict(self, X):
        return self.intercept + self.slope * X[:, 0]
