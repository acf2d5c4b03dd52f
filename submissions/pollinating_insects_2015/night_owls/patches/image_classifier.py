"""How much of which typical patch is in the middle and around it, then logistic regression.

The patches are learnt without labels.
"""

from patches import Words
from photographs import evened, load_all
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class ImageClassifier:
    def fit(self, img_loader):
        images, labels = load_all(img_loader)
        self.words = Words().fit(evened(images))
        self.model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=500))
        self.model.fit(self.words.transform(evened(images)), labels)

    def predict_proba(self, img_loader):
        return self.model.predict_proba(self.words.transform(evened(load_all(img_loader)[0])))
