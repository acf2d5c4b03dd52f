"""The features of ``catalogue.py``, and nothing of the light curves.

They have a file of their own, so that others can take it.
"""

from catalogue import catalogue_features


class FeatureExtractor:
    def transform(self, X):
        return catalogue_features(X)
