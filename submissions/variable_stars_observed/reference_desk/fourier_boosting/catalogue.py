"""All of the catalogue that a star can know, with colour and period made of its columns.

Trees see a quotient or a difference only if it is a column.
"""

import numpy as np

COLUMNS = [
    "magnitude_b",
    "magnitude_r",
    "period",
    "div_period",
    "asym_b",
    "asym_r",
    "log_p_not_variable",
    "sigma_flux_b",
    "sigma_flux_r",
    "quality",
]


def catalogue_features(X):
    period = np.log10(X["period"] / X["div_period"])
    colour = X["magnitude_b"] - X["magnitude_r"]
    # how much brighter than its period would have a Cepheid
    excess = X["magnitude_r"] + 2.5 * period
    swing = np.log10(X["sigma_flux_r"] / X["sigma_flux_b"])
    made = np.stack([period, colour, excess, swing], axis=1)
    return np.hstack([X[COLUMNS].to_numpy(), made])
