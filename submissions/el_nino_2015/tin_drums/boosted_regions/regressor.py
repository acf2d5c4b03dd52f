"""Boosted trees on what is unusual; what is usual in the target month is added again.

Small steps, shallow trees, and a random part of rows and features for each: there are few rows.
"""

from sklearn.ensemble import GradientBoostingRegressor


class Regressor:
    def fit(self, X, y):
        self.model = GradientBoostingRegressor(
            n_estimators=200,
            learning_rate=0.05,
            max_depth=3,
            min_samples_leaf=10,
            subsample=0.5,
            max_features=0.3,
            random_state=0,
        )
        self.model.fit(X[:, 1:], y - X[:, 0])

    def predict(self, X):
        return X[:, 0] + self.model.predict(X[:, 1:])
