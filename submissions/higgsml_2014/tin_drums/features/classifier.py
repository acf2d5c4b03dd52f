"""Boosted trees that know the weights, on quantities that physics knows.

Trees cannot make a difference of two angles; with it they need fewer events.
"""

from features import make_features
from sklearn.ensemble import HistGradientBoostingClassifier
from weights import training_weights


class Classifier:
    def fit(self, X, y):
        self.model = HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.1, max_leaf_nodes=15, max_bins=63, early_stopping=False
        )
        self.model.fit(make_features(X), y[:, 0], sample_weight=training_weights(y))

    def predict_proba(self, X):
        return self.model.predict_proba(make_features(X))
