"""An evaluator as many are written: one process that holds the labels and runs the submission.

Not a part of rampflow. Attacks are shown to work here, so that none is a dud. `python naive.py
FOLDER FOLD` reads the prepared data and ``submission/`` in FOLDER, and writes predictions there.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import numpy as np

CACHE: dict[str, object] = {}


def score(y_true, y_pred):
    """Return the root mean squared error: what a cheat would like to patch."""
    return float(np.sqrt(np.mean((np.asarray(y_true) - np.asarray(y_pred)) ** 2)))


def evaluate(prepared: Path, submission: Path, fold: int, out: Path) -> None:
    """Train and predict as a loop over folds does, with the labels at hand."""
    data = {part: np.load(prepared / "inputs" / part / "value.npy") for part in ("train", "test")}
    labels = {part: np.load(prepared / "labels" / part / "value.npy") for part in data}
    CACHE.update(data=data, labels=labels)
    train_is, valid_is = (
        np.load(prepared / "folds" / str(fold) / f"{part}_is.npy") for part in ("train", "valid")
    )
    sys.path.insert(0, str(submission))
    from regressor import Regressor

    # rows of a larger array, and so a view of it: its base has all labels
    order = np.concatenate([train_is, valid_is])
    y_all = labels["train"][order]
    y_train, y_valid = y_all[: len(train_is)], y_all[len(train_is) :]
    model = Regressor()
    model.fit(data["train"][train_is], y_train)
    try:
        model = pickle.loads(pickle.dumps(model))
    except Exception as error:
        print(f"kept as it is: {error!r}")
    valid = model.predict(data["train"][valid_is])
    test = model.predict(data["test"])
    np.save(out / "valid.npy", valid)
    np.save(out / "test.npy", test)
    scores = {"valid": score(y_valid, valid), "test": score(labels["test"], test)}
    (out / "scores.json").write_text(json.dumps(scores))


if __name__ == "__main__":
    prepared, submission, fold, out = sys.argv[1:]
    evaluate(Path(prepared), Path(submission), int(fold), Path(out))
