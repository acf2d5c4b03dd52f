"""Variable stars as they were observed: the challenge of the problem ``variable_stars``.

On the files of the RAMP kit, which the data steward brings in one archive. The card of the problem
is ``README.md`` beside this file.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import DataError
from rampflow.problems.archives import read_members
from rampflow.problems.metrics.classification import Accuracy, NegativeLogLikelihood
from rampflow.problems.predictions import make_multiclass
from rampflow.problems.workflows import FeatureExtractorClassifier

if TYPE_CHECKING:
    import pandas as pd

    Part = tuple[pd.DataFrame, npt.NDArray[np.int64]]

CLASSES = {1: "binary", 2: "Cepheid", 3: "RR Lyrae", 4: "Mira"}
NO_FEATURES = ["patch_id", "star_id_b", "star_id_r"]
"""Columns of the kit that X does not have: numbers that somebody gave to stars and fields."""
POINTS = ("time", "light", "error", "bkg", "polltn")
CURVES = [f"{name}_points_{band}" for name in POINTS for band in ("b", "r")]
FILES = {part: (f"{part}.csv", f"{part}_varlength_features.csv.gz") for part in ("train", "test")}
MIN_STARS = 10
"""Stars of each class that a fold needs, at the very least."""

problem_title = "Variable stars, observed: four kinds, from their light curves"
Predictions = make_multiclass(label_names=list(CLASSES))
workflow = FeatureExtractorClassifier()
score_types = [Accuracy(name="accuracy", precision=3), NegativeLogLikelihood("nll", precision=3)]


def get_cv(
    X: pd.DataFrame, y: npt.NDArray[np.int64]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return the kit's folds: eight random splits, a fifth of every class to validate on."""
    from sklearn.model_selection import StratifiedShuffleSplit

    return iter(StratifiedShuffleSplit(n_splits=8, test_size=0.2, random_state=57).split(X, y))


def get_train_data(path: str = ".") -> Part:
    """Read the stars for training.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/stars.zip`` below it.

    Returns
    -------
    X : pandas.DataFrame
        One row per star: numbers of the catalogue, then in ten columns, such as
        ``light_points_b``, arrays whose lengths differ from star to star.
    y : ndarray of int, shape (n_stars,)
        The class, a key of `CLASSES`.

    Raises
    ------
    DataError
        If the file is missing or not understood.
    """
    return _read(_file(path), "train")


def get_test_data(path: str = ".") -> Part:
    """Read the stars for testing; see `get_train_data` for what is returned."""
    return _read(_file(path), "test")


data_file = {
    "name": "stars.zip",
    "what": "a zip archive of the data of the RAMP kit variable_stars: train.csv, test.csv and, "
    "for each, the light curves in *_varlength_features.csv.gz",
    "sources": ("the repository of the RAMP kit variable_stars, as a zip archive",),
}


def describe_data(file: Path) -> dict[str, Any]:
    """Say what is understood of a file.

    Parameters
    ----------
    file : Path
        A zip archive, which need not be the one in ``data/``.

    Raises
    ------
    DataError
        If it is not understood.
    """
    facts: dict[str, Any] = {}
    for part, words in (("train", "training"), ("test", "test")):
        X, y = _read(file, part)
        kinds = ", ".join(f"{np.sum(y == label)} {name}" for label, name in CLASSES.items())
        facts[f"{words} stars"] = f"{len(y)}: {kinds}"
        facts[f"{words} points"] = int(sum(map(len, X["time_points_b"])))
        facts["columns of X"] = len(X.columns)
    return facts


def _file(path: str) -> Path:
    return Path(path) / "data" / "stars.zip"


def _read(file: Path, part: str) -> Part:
    """Read and check the catalogue and the light curves of one part."""
    import pandas as pd

    content = read_members(file, FILES[part])
    plain, packed = FILES[part]
    try:
        table = pd.read_csv(io.BytesIO(content[plain]), index_col=0)
        curves = pd.read_csv(io.BytesIO(gzip.decompress(content[packed])), index_col=0)
    except (ValueError, OSError, EOFError, zlib.error) as error:  # pandas' own are ValueErrors
        raise _refused(file, part, f"cannot be read ({error})") from None
    _check_columns(file, plain, table, ["type", "period", "div_period", "magnitude_b"])
    _check_columns(file, packed, curves, CURVES)
    if not table.index.equals(curves.index):
        raise _refused(file, packed, f"does not have the stars of {plain}, in the same order")
    X, y = table.drop(columns=["type", *NO_FEATURES], errors="ignore"), table["type"].to_numpy()
    counts = [int(np.sum(y == label)) for label in CLASSES]
    if sum(counts) < len(y) or min(counts) < MIN_STARS:
        raise _refused(
            file, plain, f"has a type other than {list(CLASSES)}, or under {MIN_STARS} stars of one"
        )
    if X.shape[1] != X.select_dtypes("number").shape[1] or not np.isfinite(X.to_numpy()).all():
        raise _refused(file, plain, "has cells that are no numbers")
    for name in CURVES:
        X[name] = _points(file, packed, curves[name])
    return X.reset_index(drop=True), y.astype(np.int64)


def _check_columns(file: Path, member: str, table: pd.DataFrame, needed: list[str]) -> None:
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise _refused(file, member, f"has no column {', '.join(missing)}")


def _points(file: Path, member: str, texts: pd.Series) -> npt.NDArray[np.object_]:
    """Turn texts such as ``[290.3, 291.35]`` into arrays."""
    column = np.empty(len(texts), dtype=object)
    try:
        for row, text in enumerate(texts):
            column[row] = np.array(text[1:-1].split(","), dtype=np.float64)
    except (ValueError, TypeError):
        star = f"{texts.name} of the star {texts.index[row]}"
        raise _refused(file, member, f"has no list of numbers in {star}") from None
    return column


def _refused(file: Path, member: str, what: str) -> DataError:
    return DataError(
        f"{member} {what}",
        where=str(file),
        do="bring the data of the kit variable_stars as its repository has them",
    )
