"""The feature is the forecast.

A regressor is given the rows of training only, and the months of the burn-in are not among them.
"""


class Regressor:
    def fit(self, X, y):
        pass

    def predict(self, X):
        return X[:, 0]
