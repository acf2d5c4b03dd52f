"""One curved model per molecule; that of the most probable molecule speaks.

It says no more and no less than was ever seen of its molecule.
"""

import numpy as np
from curved import CurvedModel

N_MOLECULES = 4


class Regressor:
    def fit(self, X, y):
        molecule = X[:, -N_MOLECULES:].argmax(axis=1)
        self.models, self.ranges = [], []
        for m in range(N_MOLECULES):
            mine = molecule == m
            self.models.append(CurvedModel().fit(X[mine, :-N_MOLECULES], y[mine]))
            self.ranges.append((y[mine].min(), y[mine].max()))

    def predict(self, X):
        molecule, y_pred = X[:, -N_MOLECULES:].argmax(axis=1), np.zeros(len(X))
        for m in np.unique(molecule):
            mine = molecule == m
            mean, _ = self.models[m].predict(X[mine, :-N_MOLECULES])
            y_pred[mine] = np.clip(np.exp(mean), *self.ranges[m])
        return y_pred
