"""Ten principal components obey a seasonal linear model; a Kalman filter takes the noise off.

The features are the components that the model expects in six months.
"""

import numpy as np
from anomalies import Anomalies, month_index
from linear_inverse import LinearInverseModel

N_COMPONENTS = 10


class FeatureExtractor:
    def fit(self, X_ds, y):
        self.anomalies = Anomalies().fit(X_ds)
        anomaly = self.anomalies.transform(X_ds)
        self.patterns = np.linalg.svd(anomaly, full_matrices=False)[2][:N_COMPONENTS]
        self.model = LinearInverseModel().fit(anomaly @ self.patterns.T, month_index(X_ds))

    def transform(self, X_ds):
        """The first column is what is usual in the target month."""
        month = month_index(X_ds)
        state = self.model.filter(self.anomalies.transform(X_ds) @ self.patterns.T, month)
        expected = self.model.forecast(state, month, X_ds.n_lookahead)
        usual_then = self.anomalies.usual_then(X_ds)[:, None]
        return np.hstack([usual_then, expected])[X_ds.n_burn_in :]
