"""What is written on the three vials of the molecule whose spectra are most alike.

Their median on the logarithm, weighted by nothing.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

N_MOLECULES = 4


class Regressor:
    def fit(self, X, y):
        molecule = X[:, -N_MOLECULES:].argmax(axis=1)
        self.models = [
            make_pipeline(PCA(8, whiten=True), KNeighborsRegressor(3, weights="distance")).fit(
                X[molecule == m, :-N_MOLECULES], np.log(y[molecule == m])
            )
            for m in range(N_MOLECULES)
        ]

    def predict(self, X):
        molecule, y_pred = X[:, -N_MOLECULES:].argmax(axis=1), np.zeros(len(X))
        for m in np.unique(molecule):
            mine = molecule == m
            y_pred[mine] = np.exp(self.models[m].predict(X[mine, :-N_MOLECULES]))
        return y_pred
