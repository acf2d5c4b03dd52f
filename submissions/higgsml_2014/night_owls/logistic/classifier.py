"""Logistic regression, a model for each number of jets: then what is missing is not asked for.

Masses and momenta as logarithms, their squares, and their products with a hump in the mass: a peak
is no line.
"""

import numpy as np
from cut import around_one_half, best_cut
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LENGTHS = ("mass", "pt", "met", "sum")
ANGLES = ("PRI_tau_phi", "PRI_lep_phi", "PRI_met_phi", "PRI_jet_leading_phi")
OF_TWO_JETS = (
    "DER_deltaeta_jet_jet",
    "DER_mass_jet_jet",
    "DER_prodeta_jet_jet",
    "DER_lep_eta_centrality",
)


class Classifier:
    def fit(self, X, y):
        jets = X["PRI_jet_num"].to_numpy()
        self.models = {}
        for n in np.unique(jets):
            own = jets == n
            model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
            self.models[n] = model.fit(self._features(X[own]), y[own, 0])
        self.cut = best_cut(self._score(X), y)

    def predict_proba(self, X):
        return around_one_half(self._score(X), self.cut)

    def _score(self, X):
        jets = X["PRI_jet_num"].to_numpy()
        score = np.zeros(len(X))
        for n, model in self.models.items():
            own = jets == n
            if own.any():
                score[own] = model.predict_proba(self._features(X[own]))[:, 1]
        return score

    def _features(self, X):
        n_jets = X["PRI_jet_num"].iloc[0]
        columns = []
        for name in X.columns.drop(["EventId", "PRI_jet_num", *ANGLES, "PRI_jet_subleading_phi"]):
            if ("leading" in name and n_jets < 1) or ("subleading" in name and n_jets < 2):
                continue
            if n_jets < 2 and name in OF_TWO_JETS:
                continue
            values = X[name].to_numpy()
            if name == "DER_mass_MMC":
                columns.append(values == -999)
                values = np.where(values == -999, 110.0, values)
                hump = np.exp(-(((values - 125) / 20) ** 2))
            is_length = any(word in name for word in LENGTHS) and "phi" not in name
            columns.append(np.log1p(values.clip(0)) if is_length else values)
        table = np.stack(columns, axis=1).astype(float)
        return np.hstack([table, table**2, hump[:, np.newaxis], hump[:, np.newaxis] * table])
