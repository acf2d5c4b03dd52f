"""The mean of the middle of each photograph, and the nearest photographs by it.

The loader hands out pairs of an image and its label: in training it does.
"""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier


class ImageClassifier:
    def fit(self, img_loader):
        X, y = self.read(img_loader)
        self.model = KNeighborsClassifier(15).fit(X, y)

    def predict_proba(self, img_loader):
        return self.model.predict_proba(self.read(img_loader)[0])

    def read(self, img_loader):
        X, y = [], []
        for image, label in img_loader:
            height, width = image.shape[:2]
            X.append(image[height // 4 : -height // 4, width // 4 : -width // 4].mean(axis=(0, 1)))
            y.append(label)
        return np.array(X), np.array(y)
