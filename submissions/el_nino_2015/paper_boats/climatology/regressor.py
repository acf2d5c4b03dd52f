"""The mean of the training targets of each calendar month.

Least squares on twelve indicators, written out.
"""


class Regressor:
    def fit(self, X, y):
        self.mean = X.T @ y / X.sum(axis=0)

    def predict(self, X):
        return X @ self.mean
