"""Straight lines in twenty components, one model per molecule, of the logarithm.

The strength of the ridge is chosen by leave-one-out, molecule by molecule.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

N_MOLECULES = 4


def new_model():
    return make_pipeline(PCA(20), StandardScaler(), RidgeCV(alphas=np.logspace(-2, 3, 11)))


class Regressor:
    def fit(self, X, y):
        molecule = X[:, -N_MOLECULES:].argmax(axis=1)
        self.models, self.ranges = [], []
        for m in range(N_MOLECULES):
            mine = molecule == m
            self.models.append(new_model().fit(X[mine, :-N_MOLECULES], np.log(y[mine])))
            self.ranges.append((y[mine].min(), y[mine].max()))

    def predict(self, X):
        molecule, y_pred = X[:, -N_MOLECULES:].argmax(axis=1), np.zeros(len(X))
        for m in np.unique(molecule):
            mine = molecule == m
            said = np.exp(self.models[m].predict(X[mine, :-N_MOLECULES]))
            y_pred[mine] = np.clip(said, *self.ranges[m])
        return y_pred
