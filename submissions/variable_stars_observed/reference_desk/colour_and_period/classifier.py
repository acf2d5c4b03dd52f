"""A forest of sixty trees, each leaf with two stars at least.

Its votes are probabilities that blend well.
"""

from sklearn.ensemble import RandomForestClassifier


class Classifier:
    def fit(self, X, y):
        self.forest = RandomForestClassifier(n_estimators=60, min_samples_leaf=2).fit(X, y)

    def predict_proba(self, X):
        return self.forest.predict_proba(X)
