"""The anomaly of today is the anomaly in six months."""


class Regressor:
    def fit(self, X, y):
        pass

    def predict(self, X):
        usual_then, anomaly = X.T
        return usual_then + anomaly
