"""How much of an anomaly is left depends on the season: one factor for each target month."""

import numpy as np


class Regressor:
    def fit(self, X, y):
        usual_then, anomaly, month = X.T
        left = y - usual_then
        self.factor = np.array(
            [
                anomaly[month == m] @ left[month == m] / (anomaly[month == m] @ anomaly[month == m])
                for m in range(12)
            ]
        )

    def predict(self, X):
        usual_then, anomaly, month = X.T
        return usual_then + self.factor[month.astype(int)] * anomaly
