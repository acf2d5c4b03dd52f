"""A part of today's anomaly is left in six months: one factor, least squares through the origin."""


class Regressor:
    def fit(self, X, y):
        usual_then, anomaly = X.T
        self.factor = anomaly @ (y - usual_then) / (anomaly @ anomaly)

    def predict(self, X):
        usual_then, anomaly = X.T
        return usual_then + self.factor * anomaly
