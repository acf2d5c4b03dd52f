"""Look for the twenty months of the past that are most like today, and see what came of them.

The nearer a month, the more it counts. No equation is fitted.
"""

import numpy as np

N_NEIGHBOURS = 20


class Regressor:
    def fit(self, X, y):
        self.past = X[:, 1:]
        self.outcome = y - X[:, 0]

    def predict(self, X):
        usual_then, today = X[:, 0], X[:, 1:]
        squares = (today**2).sum(axis=1)[:, None] + (self.past**2).sum(axis=1)
        distance2 = np.maximum(squares - 2 * today @ self.past.T, 1e-6)
        nearest = np.argpartition(distance2, N_NEIGHBOURS, axis=1)[:, :N_NEIGHBOURS]
        weight = 1 / np.take_along_axis(distance2, nearest, axis=1)
        return usual_then + (weight * self.outcome[nearest]).sum(axis=1) / weight.sum(axis=1)
