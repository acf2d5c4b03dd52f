"""Niño 3.4, and what is usual for it: the mean of each calendar month over all training months.

The last six training months are not in the grid that training sees; they are its last targets.
"""

import numpy as np


def nino34(X_ds):
    box = X_ds["sst"].sel(lat=slice(-5, 5), lon=slice(190, 240))
    return np.nanmean(box.values, axis=(1, 2))


def month_index(X_ds):
    return X_ds["time"].dt.month.values - 1


def usual_of(X_ds, y):
    lead, month = X_ds.n_lookahead, month_index(X_ds)
    temperature = np.concatenate([nino34(X_ds), y[-lead:]])
    month = np.concatenate([month, (month[-lead:] + lead) % 12])
    return np.array([temperature[month == m].mean() for m in range(12)])
