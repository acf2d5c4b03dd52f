"""Only a part of today's anomaly is left in six months: one factor, by least squares.

The line goes through the origin, because an anomaly of zero says nothing about the sign later.
"""


class Regressor:
    def fit(self, X, y):
        usual_then, anomaly = X.T
        self.factor = anomaly @ (y - usual_then) / (anomaly @ anomaly)

    def predict(self, X):
        usual_then, anomaly = X.T
        return usual_then + self.factor * anomaly
