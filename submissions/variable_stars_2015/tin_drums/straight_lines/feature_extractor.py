"""What an astronomer plots: brightness, colour and the logarithm of the period.

Cepheids lie on a line there, RR Lyrae in a spot, Miras far off.
"""

import numpy as np


class FeatureExtractor:
    def transform(self, X):
        period = np.log10(X["period"] / X["div_period"])
        colour = X["magnitude_b"] - X["magnitude_r"]
        asymmetry = np.log(X["asym_b"] + 0.05)
        plain = [X["magnitude_r"], colour, period, asymmetry, X["log_p_not_variable"]]
        plain = np.stack(plain, axis=1)
        return np.hstack([plain, plain**2, plain[:, [0]] * plain[:, [1, 2]]])
