"""The mean colour of a photograph and how much it varies, and how frequent the kinds are.

Each kind is a normal distribution of six numbers: a start that anybody can read.
"""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis


def colours(image):
    pixels = image.reshape(-1, 3) / 255
    return np.concatenate([pixels.mean(axis=0), pixels.std(axis=0)])


class ImageClassifier:
    def fit(self, img_loader):
        X, y = zip(*((colours(image), label) for image, label in img_loader), strict=True)
        self.model = LinearDiscriminantAnalysis().fit(np.array(X), np.array(y))

    def predict_proba(self, img_loader):
        return self.model.predict_proba(np.array([colours(image) for image in img_loader]))
