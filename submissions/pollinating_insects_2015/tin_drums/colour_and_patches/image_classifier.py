"""Which colours there are, and which patches.

Patches know stripes and outlines, histograms the colour of what is plain.
"""

from described import Described
from photographs import load_all


class ImageClassifier:
    def fit(self, img_loader):
        self.model = Described().fit(*load_all(img_loader))

    def predict_proba(self, img_loader):
        return self.model.predict_proba(load_all(img_loader)[0])
