"""Columns of the catalogue as they stand; the light curves are left out.

Positions on the sky are left out too: a star does not know where we look from.
"""

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


class FeatureExtractor:
    def transform(self, X):
        return X[COLUMNS].to_numpy()
