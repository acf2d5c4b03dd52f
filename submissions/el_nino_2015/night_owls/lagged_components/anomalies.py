"""Anomalies of the sea cells: the temperature less what is usual in the calendar month.

Learned once from the months of training, then applied to any months.
"""

import numpy as np


def month_index(X_ds):
    return X_ds["time"].dt.month.values - 1


class Anomalies:
    def fit(self, X_ds):
        temperature, month = X_ds["sst"].values, month_index(X_ds)
        self.sea = ~np.isnan(temperature).any(axis=0)
        cells = temperature[:, self.sea]
        self.usual = np.array([cells[month == m].mean(axis=0) for m in range(12)])
        return self

    def transform(self, X_ds):
        return X_ds["sst"].values[:, self.sea] - self.usual[month_index(X_ds)]
