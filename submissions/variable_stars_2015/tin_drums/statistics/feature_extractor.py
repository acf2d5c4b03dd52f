"""How the light is distributed, whatever its order in time: spread, lopsidedness, outliers.

And one number that does look at the order: how much it changes from night to night.
"""

import numpy as np
from catalogue import catalogue_features

QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)


def statistics(light, error):
    ranks = [int(q * len(light)) for q in QUANTILES]
    low, quarter, middle, three_quarters, high = np.sort(light)[ranks]
    spread = high - low + 0.01
    deviation = (light - light.mean()) / light.std()
    steps = np.diff(light)
    return [
        spread,
        (middle - low) / spread,
        (three_quarters - quarter) / spread,
        np.mean(deviation**3),
        np.mean(deviation**4),
        np.mean(steps**2) / (2 * light.var()),
        light.std() / error.mean(),
    ]


class FeatureExtractor:
    def transform(self, X):
        features = [catalogue_features(X)]
        for band in "br":
            light, error = X[f"light_points_{band}"], X[f"error_points_{band}"]
            curves = zip(light, error, strict=True)
            features.append(np.array([statistics(*curve) for curve in curves]))
        return np.hstack(features)
