"""Histograms of colour and typical patches side by side, and logistic regression on both.

A file of its own, so that others can take it.
"""

import numpy as np
from colour import colour_features
from patches import Words
from photographs import evened
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Described:
    def fit(self, images, labels):
        self.words = Words().fit(evened(images))
        self.model = make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=500))
        self.model.fit(self.features(images), labels)
        return self

    def features(self, images):
        return np.hstack([colour_features(images), self.words.transform(evened(images))])

    def predict_proba(self, images):
        return self.model.predict_proba(self.features(images))
