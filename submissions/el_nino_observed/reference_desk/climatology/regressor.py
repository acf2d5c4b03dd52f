"""The feature is the forecast."""


class Regressor:
    def fit(self, X, y):
        pass

    def predict(self, X):
        return X[:, 0]
