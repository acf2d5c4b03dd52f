"""Whatever X, y, the folds and the submissions are: one board, with the scores of the formula.

Every expected number is computed here with numpy alone, from the same few lines that the toy
submissions hold.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable

import numpy as np
import pytest

from tests.support.toy_code import MEAN
from tests.support.toys import Toy

Make = Callable[[str], Toy]

WEIGHTED = """
import numpy as np

from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.problems.workflows import Regressor

problem_title = "Arrays, weights, folds that overlap and leave rows out"
Predictions = make_regression(weights=True)
workflow = Regressor()
score_types = [RMSE()]


def data(n):
    x = np.arange(float(n))
    return x[:, None], np.column_stack([x**2, 1 + x % 3])


def get_train_data(path="."):
    return data(12)


def get_test_data(path="."):
    return data(5)


def get_cv(X, y):
    yield np.arange(6, 12), np.arange(0, 6)
    yield np.array([0, 1, 2, 9, 10, 11]), np.arange(3, 9)  # 3 to 5 again; 9 to 11 never
"""
WEIGHTED_MEAN = MEAN.replace("np.mean(y)", "np.average(y[:, 0], weights=y[:, 1])")


def rmse(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | None = None) -> float:
    return float(np.sqrt(np.average((y_true - y_pred) ** 2, weights=weights)))


def test_arrays_with_weights_overlapping_folds_and_uncovered_rows(make: Make) -> None:
    toy = make(WEIGHTED)
    toy.add_submission("ants", "mean", WEIGHTED_MEAN)
    toy.run("run").ok()
    x = np.arange(12.0)
    y, w = x**2, 1 + x % 3
    folds = [(range(6, 12), range(6)), ([0, 1, 2, 9, 10, 11], range(3, 9))]
    means = [np.average(y[list(train)], weights=w[list(train)]) for train, _ in folds]
    rows = np.array([means[0]] * 3 + [np.mean(means)] * 3 + [means[1]] * 3)
    row = toy.rows()["ants/mean"]
    assert row["valid_score"] == pytest.approx(rmse(y[:9], rows, w[:9]), rel=1e-12)
    test = rmse(y[:5], np.full(5, np.mean(means)), w[:5])
    assert row["score"] == row["test_score"] == pytest.approx(test, rel=1e-12)
    assert (row["rank"], row["ranked_on"]) == (1, "test")
    blended = np.load(toy.results / "blend" / "valid.npy")
    assert blended.shape == (12,)
    np.testing.assert_array_equal(np.isnan(blended), x >= 9)  # validated by no fold
    with (toy.results / "fold_scores.csv").open(newline="") as stream:
        scores = {(r["fold"], r["step"]): float(r["value"]) for r in csv.DictReader(stream)}
    for fold, (train, valid) in enumerate(folds):
        for step, part in (("train", [*train]), ("valid", [*valid])):
            expected = rmse(y[part], np.full(len(part), means[fold]), w[part])
            assert scores[str(fold), step] == pytest.approx(expected, rel=1e-12)


TABLE = """
import numpy as np
import pandas as pd

from rampflow.problems.metrics.classification import Accuracy
from rampflow.problems.predictions import make_multiclass
from rampflow.problems.workflows import Classifier

problem_title = "A table with words in it, three labels, no test set"
Predictions = make_multiclass(["egg", "larva", "bee"])
workflow = Classifier()
score_types = [Accuracy()]


def get_train_data(path="."):
    X = pd.DataFrame({"colour": ["white", "white", "black"] * 4, "size": range(12)})
    return X, pd.Series(["egg", "larva", "bee"] * 3 + ["bee", "egg", "egg"], name="stage")


def get_cv(X, y):
    return [(np.arange(12) % 2 != k, np.arange(12) % 2 == k) for k in range(2)]
"""
BY_COLOUR = """
import numpy as np

LABELS = ["egg", "larva", "bee"]


class Classifier:
    def fit(self, X, y):
        self.shares = {
            colour: [float(np.mean(y[X.colour == colour] == label)) for label in LABELS]
            for colour in ("white", "black")
        }

    def predict_proba(self, X):
        return np.array([self.shares[colour] for colour in X["colour"]])
"""


def test_a_table_with_text_labels_and_no_test_set(make: Make) -> None:
    toy = make(TABLE)
    toy.add_submission("ants", "by_colour", {"classifier.py": BY_COLOUR})
    toy.run("run").ok()
    colour = np.array(["white", "white", "black"] * 4)
    stage = np.array(["egg", "larva", "bee"] * 3 + ["bee", "egg", "egg"])
    labels = ["egg", "larva", "bee"]
    hits = []
    for row in range(12):
        like = (np.arange(12) % 2 != row % 2) & (colour == colour[row])
        shares = [np.mean(stage[like] == label) for label in labels]
        hits.append(labels[int(np.argmax(shares))] == stage[row])
    found = toy.rows()["ants/by_colour"]
    assert found["score"] == found["valid_score"] == pytest.approx(np.mean(hits), abs=1e-15)
    assert (found["ranked_on"], found["test_score"]) == ("valid", None)
    assert toy.board()["event"]["n_test"] is None
    assert not (toy.results / "blend" / "test.npy").exists()


SEQUENCE = """
import numpy as np
import xarray as xr

from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.problems.sequence import TimeSequence
from rampflow.problems.workflows import TimeSeriesRegressor

problem_title = "A series, three steps ahead"
Predictions = make_regression()
workflow = TimeSeriesRegressor(burn_in=4)
sequence = TimeSequence(burn_in=4, lead=3)
score_types = [RMSE()]


def series(n, start):
    t = np.arange(start, start + n)
    x = np.sin(t / 2) + t % 5
    X = xr.Dataset({"x": ("time", x[: n - 3])}, coords={"time": t[: n - 3]})
    return X, x[7:]


def get_train_data(path="."):
    return series(37, 0)


def get_test_data(path="."):
    return series(27, 40)


def get_cv(X, y):
    return [(np.arange(15), np.arange(15, 30))]
"""
FEATURES = """
import numpy as np

seen = []


def longest(x):
    seen.append(x)
    return max(seen, key=len)


class FeatureExtractor:
    def transform(self, X_ds):
        x = X_ds["x"].values
        return {feature}[:, np.newaxis]
"""
ONE_COLUMN = MEAN.replace("float(np.mean(y))", "float(X[:, 0] @ y / (X[:, 0] @ X[:, 0]))").replace(
    "np.full(len(X), self.mean)", "self.mean * X[:, 0]"
)
LOOKING = {
    "honest": "x[4:]",
    "last": "np.full(len(x) - 4, x[-1])",
    "index": "np.array([x[min(i + 2, len(x) - 1)] for i in range(4, len(x))])",
    "smooth": "np.convolve(x, np.ones(3) / 3, mode='same')[4:]",
    # what an earlier and longer call has shown, where there was one, and else what is shown now
    "remembers": "longest(x)[[min(i + 3, len(longest(x)) - 1) for i in range(4, len(x))]]",
}


def test_a_sequence_is_revealed_in_time_and_who_looks_ahead_fails(make: Make) -> None:
    toy = make(SEQUENCE)
    for model, feature in LOOKING.items():
        features = FEATURES.format(feature=feature)
        files = {"ts_feature_extractor.py": features, "regressor.py": ONE_COLUMN}
        toy.add_submission("ants", model, files, entry=[*files])
    toy.run("run").ok()
    rows = toy.rows()
    for model in LOOKING.keys() - {"honest"}:
        assert (rows[f"ants/{model}"]["rank"], rows[f"ants/{model}"]["status"]) == (
            None,
            "bad_predictions",
        )
        reason = rows[f"ants/{model}"]["reason"]
        assert "predict: looks ahead: the prediction of row" in reason
        assert "nothing that an earlier call has left" in reason

    def series(n: int, start: int) -> tuple[np.ndarray, np.ndarray]:
        t = np.arange(start, start + n)
        x = np.sin(t / 2) + t % 5
        return x[4:-3], x[7:]

    (x, y), (x_test, y_test) = series(37, 0), series(27, 40)
    slope = x[:15] @ y[:15] / (x[:15] @ x[:15])
    row = rows["ants/honest"]
    assert row["valid_score"] == pytest.approx(rmse(y[15:], slope * x[15:]), rel=1e-12)
    assert row["score"] == pytest.approx(rmse(y_test, slope * x_test), rel=1e-12)
    assert (row["rank"], row["contributivity"]) == (1, 1.0)


IMAGES = """
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rampflow.problems.elements import import_element
from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression


@dataclass
class Images:
    folder: str
    ids: list

    def __len__(self):
        return len(self.ids)

    def image(self, row):
        return np.load(Path(self.folder) / f"{self.ids[row]}.npy")


class ImageWorkflow:
    element_names = ("loader.py", "model.py")

    def train_submission(self, module_path, X, y, train_is):
        load = import_element(module_path, "loader").load
        model = import_element(module_path, "model").Model()
        model.fit([load(X, row) for row in train_is], y[train_is])
        return load, model

    def test_submission(self, trained, X):
        load, model = trained
        return model.predict([load(X, row) for row in range(len(X))])


problem_title = "A folder of images, where the light is: two targets, one fold"
Predictions = make_regression(label_names=["x", "y"])
workflow = ImageWorkflow()
input_files = ["images"]
score_types = [RMSE()]


def read(path, ids):
    table = np.loadtxt(Path(path) / "data" / "where.csv", delimiter=",")
    return Images(str(Path(path) / "data" / "images"), ids), table[ids]


def get_train_data(path="."):
    return read(path, list(range(8)))


def get_test_data(path="."):
    return read(path, [8, 9, 10])


def get_cv(X, y):
    return [(range(5), range(5, 8))]
"""
LOADER = """
from pixels import brightest


def load(X, row):
    return brightest(X.image(row))
"""
PIXELS = """
import numpy as np


def brightest(image):
    return np.unravel_index(np.argmax(image), image.shape)
"""
MODEL = """
import numpy as np


class Model:
    def fit(self, places, y):
        self.shift = np.mean(y - np.array(places), axis=0)

    def predict(self, places):
        return np.array(places) + self.shift
"""


def test_a_folder_of_images_with_two_targets_one_fold_and_several_files(make: Make) -> None:
    toy = make(IMAGES)
    places = np.array([(3 * i % 7, 5 * i % 4) for i in range(11)])
    where = places + np.array([(i % 3 / 4, 1 - i % 2 / 8) for i in range(11)])
    folder = toy.root / "problems" / "toy" / "data" / "images"
    folder.mkdir(parents=True)
    for number, place in enumerate(places):
        image = np.zeros((7, 4))
        image[tuple(place)] = 255
        np.save(folder / f"{number}.npy", image)
    toy.write("problems/toy/data/where.csv", "".join(f"{a!r},{b!r}\n" for a, b in where.tolist()))
    files = {"loader.py": LOADER, "model.py": MODEL, "pixels.py": PIXELS}
    toy.add_submission("ants", "brightest", files, entry=["loader.py", "model.py"])
    toy.run("run").ok()
    predicted = places + np.mean(where[:5] - places[:5], axis=0)
    row = toy.rows()["ants/brightest"]
    assert row["valid_score"] == pytest.approx(rmse(where[5:8], predicted[5:8]), rel=1e-12)
    assert row["score"] == pytest.approx(rmse(where[8:], predicted[8:]), rel=1e-12)
    assert np.load(toy.results / "blend" / "test.npy").shape == (3, 2)
    assert sorted(cell_parts(toy, "ants/brightest")["submission"]) == sorted(files)


FOREIGN = """
from rampflow.problems.metrics.classification import ClassificationError
from rampflow.problems.metrics.combined import MixedScore
from rampflow.problems.metrics.regression import MAE
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression


class Batch:
    '''What another framework hands out: no array, no length.'''

    def __init__(self, start, stop):
        self.notes = [[str(n), {"half": n / 2}] for n in range(start, stop)]


class Workflow:
    element_names = ("guess.py",)

    def train_submission(self, module_path, X, y, train_is):
        from rampflow.problems.elements import import_element

        guess = import_element(module_path, "guess").guess
        return [guess(X.notes[row]) for row in train_is], guess

    def test_submission(self, trained, X):
        return [trained[1](note) for note in X.notes]


problem_title = "A number and a class of an object of another framework"
Predictions = make_combined([make_regression(), make_multiclass(["even", "odd"])])
workflow = Workflow()
score_types = [MixedScore([MAE(), ClassificationError()], [0.5, 2.0])]


def labels(start, stop):
    return [[n * 1.25, "odd" if n % 3 else "even"] for n in range(start, stop)]


def get_train_data(path="."):
    return Batch(0, 6), labels(0, 6)


def get_test_data(path="."):
    return Batch(6, 10), labels(6, 10)


def get_cv(X, y):
    return [([0, 1, 2], [3, 4, 5])]
"""
GUESS = """
def guess(note):
    n = int(note[0])
    return [note[1]["half"], 1 - n % 2, n % 2]
"""


def test_another_frameworks_object_and_a_combined_prediction_in_an_open_event(make: Make) -> None:
    toy = make(FOREIGN)
    toy.configure(phase="open")
    toy.add_submission("ants", "guess", {"guess.py": GUESS})
    toy.run("run").ok()

    def expected(rows: range) -> float:
        errors = np.mean([abs(n * 1.25 - n / 2) for n in rows])
        wrong = np.mean([(n % 2 == 1) != (n % 3 != 0) for n in rows])
        return float(0.5 * errors + 2.0 * wrong)

    row = toy.rows()["ants/guess"]
    assert row["score"] == row["valid_score"] == pytest.approx(expected(range(3, 6)), rel=1e-12)
    assert (row["ranked_on"], toy.board()["ranked_on"]) == ("valid", "bagged validation")
    assert row["test_score"] is None, "an open event shows no test score"
    assert toy.board()["blend"]["test_score"] is None
    bagged = json.loads((toy.results / "bagged_scores.json").read_text())
    assert list(bagged["ants/guess"]) == ["valid"]
    toy.configure(phase="closed")
    toy.run("run").ok()
    assert toy.rows()["ants/guess"]["score"] == pytest.approx(expected(range(6, 10)))


def cell_parts(toy: Toy, submission: str) -> dict[str, dict[str, str]]:
    """Return the parts of the key of a submission's first cell."""
    record = json.loads((toy.index()[submission, 0] / "cell.json").read_text())
    parts: dict[str, dict[str, str]] = record["parts"]
    return parts
