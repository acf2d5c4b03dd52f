"""How much of an anomaly is left in six months depends on the season: one factor per month.

An anomaly of winter dies in spring, one of summer grows: twelve least squares through the origin.
"""

import numpy as np


class Regressor:
    def fit(self, X, y):
        usual_then, anomaly, target_month = X.T
        products = anomaly * (y - usual_then)
        self.factor = np.array(
            [
                products[target_month == m].sum() / (anomaly[target_month == m] ** 2).sum()
                for m in range(12)
            ]
        )

    def predict(self, X):
        usual_then, anomaly, target_month = X.T
        return usual_then + self.factor[target_month.astype(int)] * anomaly
