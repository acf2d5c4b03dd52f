"""Edges and patterns of neighbours, told apart by a support vector machine.

It sees stripes and outlines, and of colour only the contrasts.
"""

from photographs import load_all
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from texture import texture_features


class ImageClassifier:
    def fit(self, img_loader):
        images, labels = load_all(img_loader)
        machine = CalibratedClassifierCV(SVC(C=3), ensemble=False, cv=4)
        self.model = make_pipeline(StandardScaler(), machine)
        self.model.fit(texture_features(images), labels)

    def predict_proba(self, img_loader):
        return self.model.predict_proba(texture_features(load_all(img_loader)[0]))
