"""Eigen-insects: principal components of the photographs, as others did with faces.

Faces are upright. Insects are not, so much of what a component says is which way one looks.
"""

from photographs import evened, load_all
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline


class ImageClassifier:
    def fit(self, img_loader):
        images, labels = load_all(img_loader)
        components = PCA(60, svd_solver="randomized", random_state=0)
        forest = RandomForestClassifier(150, min_samples_leaf=2)
        self.model = make_pipeline(components, forest).fit(flat(images), labels)

    def predict_proba(self, img_loader):
        return self.model.predict_proba(flat(load_all(img_loader)[0]))


def flat(images):
    return evened(images).reshape(len(images), -1)
