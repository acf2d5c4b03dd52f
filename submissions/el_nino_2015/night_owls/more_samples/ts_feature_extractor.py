"""The burn-in has no rows, but it has months, and what came six months after them is in X too.

Eight more years to learn from, with the slow components of the Fog Horns. The feature is the
finished forecast.
"""

import numpy as np
from anomalies import nino34
from slow_components import FeatureExtractor as SlowComponents
from slow_regressor import Regressor as SlowRegressor

FIRST_MONTH = 24  # by then the running mean has forgotten that it began with zero


class FeatureExtractor:
    def fit(self, X_ds, y):
        burn_in, lead = X_ds.n_burn_in, X_ds.n_lookahead
        outcome = np.concatenate([nino34(X_ds)[FIRST_MONTH + lead : burn_in + lead], y])
        known = ~np.isnan(outcome)
        X_long = X_ds.assign_attrs(n_burn_in=FIRST_MONTH)  # the same months, more rows
        self.components, self.regressor = SlowComponents(), SlowRegressor()
        self.components.fit(X_long, outcome)
        self.regressor.fit(self.components.transform(X_long)[known], outcome[known])

    def transform(self, X_ds):
        return self.regressor.predict(self.components.transform(X_ds))[:, None]
