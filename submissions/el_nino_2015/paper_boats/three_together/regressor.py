"""The mean of the forecasts.

Weights would have to be learned from forecasts that the members made of their own training rows.
"""


class Regressor:
    def fit(self, X, y):
        pass

    def predict(self, X):
        return X.mean(axis=1)
