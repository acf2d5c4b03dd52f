"""Fifty components, then a forest of a hundred trees.

Trees cannot add pixels up, so components do it for them.
"""

from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline


class Classifier:
    def fit(self, X, y):
        self.model = make_pipeline(PCA(50), RandomForestClassifier(n_estimators=100))
        self.model.fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
