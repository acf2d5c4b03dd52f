"""Pollinating insects as somebody photographed them: the challenge of ``pollinating_insects``.

On photographs that the data steward brings in one archive, with a table of what is on them. The
card of the problem is ``README.md`` beside this file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import DataError
from rampflow.problems.archives import read_members
from rampflow.problems.images import Photographs, SimplifiedImageClassifier, read_image, resized
from rampflow.problems.metrics.classification import (
    Accuracy,
    BalancedAccuracy,
    NegativeLogLikelihood,
)
from rampflow.problems.predictions import make_multiclass

if TYPE_CHECKING:
    import pandas as pd

Part = tuple[Photographs, npt.NDArray[np.int64]]

KINDS = ("none", "pollen")
"""What the table may call a photograph. For other kinds, such as the eighteen species of 2015,
write their names here: nothing else has to be changed."""
SIZE = 64
"""Height and width of a photograph of X, in pixels; others are resized."""
TRAINING_SHARE = 0.7
"""Of the groups."""
SEED = 57
"""Of the choice of groups for training, and of the folds."""
TABLE = "labels.csv"
MIN_GROUPS = 10
"""Groups of each kind that a split needs, at the very least."""

problem_title = "Pollinating insects, observed: which kind, from photographs"
Predictions = make_multiclass(label_names=list(range(len(KINDS))))
workflow = SimplifiedImageClassifier(n_classes=len(KINDS))
score_types = [
    Accuracy(name="accuracy", precision=3),
    BalancedAccuracy("balanced", precision=3, adjusted=False),
    NegativeLogLikelihood("nll", precision=3),
]


def get_cv(
    X: Photographs, y: npt.NDArray[np.int64]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return five random splits of the groups, a fifth of them to validate on."""
    from sklearn.model_selection import GroupShuffleSplit

    splitter = GroupShuffleSplit(n_splits=5, test_size=0.2, random_state=SEED)
    return iter(splitter.split(X.images, groups=X.groups))


def get_train_data(path: str = ".") -> Part:
    """Read the photographs for training.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/photographs.zip`` below it.

    Returns
    -------
    X : Photographs
        Images of shape (n_photographs, SIZE, SIZE, 3), red, green and blue from 0 to 255.
    y : ndarray of int, shape (n_photographs,)
        The kind, a position in `KINDS`.

    Raises
    ------
    DataError
        If the file is missing or not understood.
    """
    return _read(_file(path), training=True)


def get_test_data(path: str = ".") -> Part:
    """Read the photographs for testing; see `get_train_data` for what is returned."""
    return _read(_file(path), training=False)


data_file = {
    "name": "photographs.zip",
    "what": "a zip archive of photographs and of labels.csv, a table with the columns file, kind "
    "and, where several photographs belong together, group",
    "sources": (
        "photographs of your own, or of an archive whose terms allow it, with what is on them",
    ),
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
    for training, words in ((True, "training"), (False, "test")):
        X, y = _read(file, training=training)
        kinds = ", ".join(f"{np.sum(y == label)} {name}" for label, name in enumerate(KINDS))
        facts[f"{words} photographs"] = f"{len(y)}: {kinds}"
        facts[f"{words} groups"] = len(np.unique(X.groups))
    return facts


def _file(path: str) -> Path:
    return Path(path) / "data" / "photographs.zip"


def _read(file: Path, *, training: bool) -> Part:
    """Read one part: groups drawn once and for all are for training, the others for testing."""
    table = _table(file)
    group = table["number"].to_numpy(np.int64)
    n_groups = int(group.max()) + 1
    drawn = np.random.default_rng(SEED).permutation(n_groups)
    part = np.isin(group, drawn[: round(TRAINING_SHARE * n_groups)]) == training
    names = table["file"][part].tolist()
    images = [_image(file, name, data) for name, data in read_members(file, names).items()]
    y = np.array([KINDS.index(kind) for kind in table["kind"][part]], dtype=np.int64)
    return Photographs(np.stack(images), group[part]), y


def _table(file: Path) -> pd.DataFrame:
    """Return the checked table, with a column ``number`` that numbers the groups."""
    import pandas as pd

    content = read_members(file, [TABLE])[TABLE]
    try:
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    except ValueError as error:  # pandas' own are ValueErrors
        raise _refused(file, f"cannot be read ({error})") from None
    missing = [name for name in ("file", "kind") if name not in table.columns]
    if missing:
        raise _refused(file, f"has no column {', '.join(missing)}")
    table["file"] = [PurePosixPath(name).name for name in table["file"]]
    if not table["file"].is_unique:
        twice = table["file"][table["file"].duplicated()].iloc[0]
        raise _refused(file, f"has {twice} twice")
    if "group" not in table.columns:
        table["group"] = table["file"]
    table["number"] = pd.factorize(table["group"])[0]
    others = sorted(set(table["kind"]) - set(KINDS))
    if others:
        raise _refused(
            file,
            f"has the kind {others[0]!r}, which is none of {', '.join(KINDS)}",
            "call the kinds so, or write your kinds into KINDS in problem.py",
        )
    for kind in KINDS:
        n_groups = table["group"][table["kind"] == kind].nunique()
        if n_groups < MIN_GROUPS:
            raise _refused(
                file, f"has {n_groups} groups of the kind {kind}, fewer than {MIN_GROUPS}"
            )
    return table


def _image(file: Path, name: str, data: bytes) -> npt.NDArray[np.uint8]:
    try:
        return resized(read_image(io.BytesIO(data)), SIZE)
    except DataError as error:
        raise DataError(f"{name}: {error.what}", where=str(file), do=error.do) from None


def _refused(
    file: Path, what: str, do: str = "correct the table: one row per photograph, file and kind"
) -> DataError:
    return DataError(f"{TABLE} {what}", where=str(file), do=do)
