"""Histograms of colour, told apart by logistic regression.

Where in the middle a colour is, and in what pose, does not matter to it.
"""

from colour import colour_features
from photographs import load_all
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class ImageClassifier:
    def fit(self, img_loader):
        images, labels = load_all(img_loader)
        self.model = make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=500))
        self.model.fit(colour_features(images), labels)

    def predict_proba(self, img_loader):
        return self.model.predict_proba(colour_features(load_all(img_loader)[0]))
