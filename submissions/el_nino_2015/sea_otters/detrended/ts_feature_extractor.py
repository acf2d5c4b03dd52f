"""The masked anomalies, less the linear trend of each cell: warming is no El Niño.

The trend is fitted to the months of training and goes on in what is usual in the target month.
"""

import numpy as np


def nino34(X_ds):
    box = X_ds["sst"].sel(lat=slice(-5, 5), lon=slice(190, 240))
    return box.values.mean(axis=(1, 2))


def month_index(X_ds):
    return X_ds["time"].dt.month.values - 1


class Trend:
    """What is usual in each calendar month, and how it changes with the years."""

    def fit(self, values, month, years):
        self.usual = np.array([values[month == m].mean(axis=0) for m in range(12)])
        self.middle = years.mean()
        self.slope = (years - self.middle) @ (values - self.usual[month])
        self.slope /= ((years - self.middle) ** 2).sum()
        return self

    def at(self, month, years):
        return self.usual[month] + np.multiply.outer(years - self.middle, self.slope)


class FeatureExtractor:
    def fit(self, X_ds, y):
        temperature, month, years = X_ds["sst"].values, month_index(X_ds), self.years(X_ds)
        lat, lon = np.meshgrid(X_ds["lat"], X_ds["lon"], indexing="ij")
        self.mask = ~np.isnan(temperature).any(axis=0) & (abs(lat) < 25) & (lon > 140)
        self.weight = np.sqrt(np.cos(np.deg2rad(lat[self.mask])))
        self.cells = Trend().fit(temperature[:, self.mask], month, years)
        self.region = Trend().fit(nino34(X_ds), month, years)

    def transform(self, X_ds):
        issued = X_ds.isel(time=slice(X_ds.n_burn_in, None))
        month, years, lead = month_index(issued), self.years(issued), X_ds.n_lookahead
        usual_then = self.region.at((month + lead) % 12, years + lead / 12)
        anomaly = issued["sst"].values[:, self.mask] - self.cells.at(month, years)
        return np.hstack([usual_then[:, None], anomaly * self.weight])

    @staticmethod
    def years(X_ds):
        return X_ds["time"].dt.year.values + month_index(X_ds) / 12
