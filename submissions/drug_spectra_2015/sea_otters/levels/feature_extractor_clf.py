"""The spectrum as it is: one feature per pixel.

Solute and number of the vial are left out: they are written on it, not in it.
"""

import numpy as np


class FeatureExtractor:
    def transform(self, X):
        return np.stack(X["spectra"])
