"""The network and the description by colours and patches: the geometric mean of what they say.

They err on different insects; with it, what one of them rules out is out.
"""

import numpy as np
from described import Described
from net import Net
from photographs import evened, four_ways, load_all
from turning import turned


class ImageClassifier:
    def fit(self, img_loader):
        images, labels = load_all(img_loader)
        self.described = Described().fit(images, labels)
        self.net = Net(img_loader.n_classes, n_epochs=18, change=turned)
        self.net.fit(evened(images), labels)

    def predict_proba(self, img_loader):
        images, _ = load_all(img_loader)
        seen = np.mean([self.net.predict_proba(way) for way in four_ways(evened(images))], axis=0)
        both = np.sqrt((seen + 1e-6) * (self.described.predict_proba(images) + 1e-6))
        return both / both.sum(axis=1, keepdims=True)
