"""A small convolutional network on the photographs as they are.

Written out in NumPy, as no library of networks is to be had.
"""

from net import Net
from photographs import evened, load_all


class ImageClassifier:
    def fit(self, img_loader):
        images, labels = load_all(img_loader)
        self.net = Net(img_loader.n_classes, n_epochs=8).fit(evened(images), labels)

    def predict_proba(self, img_loader):
        return self.net.predict_proba(evened(load_all(img_loader)[0]))
