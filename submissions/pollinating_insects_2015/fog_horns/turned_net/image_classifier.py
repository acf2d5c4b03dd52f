"""The small network, which now sees every photograph turned, mirrored and in other light.

An insect has no up and down, so the answer is the mean over four ways to hold a photograph.
"""

import numpy as np
from net import Net
from photographs import evened, four_ways, load_all
from turning import turned


class ImageClassifier:
    def fit(self, img_loader):
        images, labels = load_all(img_loader)
        self.net = Net(img_loader.n_classes, n_epochs=18, change=turned)
        self.net.fit(evened(images), labels)

    def predict_proba(self, img_loader):
        ways = four_ways(evened(load_all(img_loader)[0]))
        return np.mean([self.net.predict_proba(way) for way in ways], axis=0)
