"""Ridge regression of what will be unusual, its strength chosen by leave-one-out.

Cells are not standardised: where the ocean varies little, there is little but noise to blow up.
"""

import numpy as np
from sklearn.linear_model import RidgeCV


class Regressor:
    def fit(self, X, y):
        self.ridge = RidgeCV(alphas=np.logspace(0, 6, 13)).fit(X[:, 1:], y - X[:, 0])

    def predict(self, X):
        return X[:, 0] + self.ridge.predict(X[:, 1:])
