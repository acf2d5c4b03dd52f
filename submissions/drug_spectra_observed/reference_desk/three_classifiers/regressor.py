"""Which of the concentrations that were ever seen is the best answer.

Labels know ten concentrations per molecule only. Of those, weighted by how probable the curved
model finds each, the median with weights 1 / concentration makes the relative error smallest.
"""

import numpy as np
from curved import CurvedModel

N_MOLECULES = 4


def best_levels(mean, spread, levels):
    """Return one level for each row."""
    distance = (np.log(levels) - mean[:, np.newaxis]) / spread[:, np.newaxis]
    weight = np.exp(-0.5 * (distance**2 - (distance**2).min(axis=1, keepdims=True))) / levels
    below = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
    return levels[(below >= 0.5).argmax(axis=1)]


class Regressor:
    def fit(self, X, y):
        molecule = X[:, -N_MOLECULES:].argmax(axis=1)
        self.models, self.levels = [], []
        for m in range(N_MOLECULES):
            mine = molecule == m
            self.models.append(CurvedModel().fit(X[mine, :-N_MOLECULES], y[mine]))
            self.levels.append(np.unique(y[mine]))

    def predict(self, X):
        molecule, y_pred = X[:, -N_MOLECULES:].argmax(axis=1), np.zeros(len(X))
        for m in np.unique(molecule):
            mine = molecule == m
            said = self.models[m].predict(X[mine, :-N_MOLECULES])
            y_pred[mine] = best_levels(*said, self.levels[m])
        return y_pred
