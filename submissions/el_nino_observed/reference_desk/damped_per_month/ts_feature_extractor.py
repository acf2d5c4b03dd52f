"""What is usual in the target month, the anomaly of today, and the target month (0 to 11)."""

import numpy as np
from usual import month_index, nino34, usual_of


class FeatureExtractor:
    def fit(self, X_ds, y):
        self.usual = usual_of(X_ds, y)

    def transform(self, X_ds):
        month = month_index(X_ds)
        anomaly = nino34(X_ds) - self.usual[month]
        target_month = (month + X_ds.n_lookahead) % 12
        return np.stack([self.usual[target_month], anomaly, target_month], axis=1)[X_ds.n_burn_in :]
