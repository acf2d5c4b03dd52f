"""Drug spectra as they were measured: the challenge of the problem ``drug_spectra``.

On the files of the RAMP kit, which the data steward brings in one archive. The card of the problem
is ``README.md`` beside this file.
"""

from __future__ import annotations

import bz2
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import DataError
from rampflow.problems.archives import read_members
from rampflow.problems.metrics.classification import ClassificationError
from rampflow.problems.metrics.combined import MixedScore, PartScore
from rampflow.problems.metrics.regression import MARE
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression
from rampflow.problems.spectra import DrugSpectra, make_table, preparations

if TYPE_CHECKING:
    import pandas as pd

    Part = tuple[pd.DataFrame, npt.NDArray[np.object_]]

MOLECULES = ["A", "B", "Q", "R"]
COLUMNS = ["concentration", "molecule", "solute", "spectra", "vial"]
FILES = {"train": "train.csv.bz2", "test": "test.csv.bz2"}
MIN_VIALS = 10
"""Vials of each molecule that a fold needs, at the very least."""

problem_title = "Drug spectra, observed: which molecule, and how much of it"
Predictions = make_combined(
    [make_multiclass(label_names=MOLECULES), make_regression(label_names=["concentration"])]
)
workflow = DrugSpectra()
_error, _mare = ClassificationError(name="error", precision=3), MARE(name="mare", precision=3)
score_types = [
    MixedScore([_error, _mare], weights=[2 / 3, 1 / 3], name="combined", precision=3),
    PartScore(_error, part=0),
    PartScore(_mare, part=1),
]


def get_cv(
    X: pd.DataFrame, y: npt.NDArray[np.object_]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return the kit's folds: eight random splits, a fifth of the vials to validate on."""
    from sklearn.model_selection import ShuffleSplit

    return iter(ShuffleSplit(n_splits=8, test_size=0.2, random_state=57).split(X))


def get_train_data(path: str = ".") -> Part:
    """Read the vials for training.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/spectra.zip`` below it.

    Returns
    -------
    X : pandas.DataFrame
        One row per vial: ``solute``, ``spectra`` (an array in each cell) and ``vial``.
    y : ndarray of object, shape (n_vials, 2)
        Molecule and concentration.

    Raises
    ------
    DataError
        If the file is missing or not understood.
    """
    return _read(_file(path), "train")


def get_test_data(path: str = ".") -> Part:
    """Read the vials for testing; see `get_train_data` for what is returned."""
    return _read(_file(path), "test")


data_file = {
    "name": "spectra.zip",
    "what": "a zip archive of the data of the RAMP kit drug_spectra: train.csv.bz2 and "
    "test.csv.bz2",
    "sources": ("the repository of the RAMP kit drug_spectra, as a zip archive",),
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
    (X, y), (X_test, y_test) = _read(file, "train"), _read(file, "test")
    lengths = {len(spectrum) for table in (X, X_test) for spectrum in table["spectra"]}
    if len(lengths) > 1:
        raise _refused(file, FILES["test"], f"has spectra of other lengths: {sorted(lengths)}")
    mixtures = {tuple(key) for key in np.column_stack([y, X["solute"]])}
    siblings = [tuple(key) in mixtures for key in np.column_stack([y_test, X_test["solute"]])]
    return {
        "training vials": f"{len(y)}, of {preparations(X, y).max() + 1} preparations",
        "test vials": f"{len(y_test)}, of which {np.mean(siblings):.0%} have a sibling in training",
        "pixels of a spectrum": lengths.pop(),
        "concentrations": f"{min(y[:, 1]):g} to {max(y[:, 1]):g}",
    }


def _file(path: str) -> Path:
    return Path(path) / "data" / "spectra.zip"


def _read(file: Path, part: str) -> Part:
    """Read and check the vials of one part."""
    import pandas as pd

    member = FILES[part]
    packed = read_members(file, [member])[member]
    try:
        table = pd.read_csv(io.BytesIO(bz2.decompress(packed)))
    except (ValueError, OSError, EOFError) as error:  # pandas' own are ValueErrors
        raise _refused(file, member, f"cannot be read ({error})") from None
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise _refused(file, member, f"has no column {', '.join(missing)}")
    counts = [int((table["molecule"] == name).sum()) for name in MOLECULES]
    if sum(counts) < len(table) or min(counts) < MIN_VIALS:
        raise _refused(
            file, member, f"has molecules other than {MOLECULES}, or under {MIN_VIALS} of one"
        )
    concentration = pd.to_numeric(table["concentration"], errors="coerce")
    if not (concentration > 0).all():  # an error relative to zero is none; NaN is not greater
        raise _refused(file, member, "has concentrations that are not positive numbers")
    intensities = _intensities(file, member, table["spectra"])
    return make_table(table["molecule"], concentration, table["solute"], table["vial"], intensities)


def _intensities(file: Path, member: str, texts: pd.Series) -> list[npt.NDArray[np.float64]]:
    """Turn texts such as ``[0.0267, 0.0272]`` into arrays of one length."""
    found = []
    for row, text in enumerate(texts):
        try:
            found.append(np.array(text[1:-1].split(","), dtype=np.float64))
        except (ValueError, TypeError):
            raise _refused(file, member, f"has no list of numbers in row {row + 1}") from None
        if len(found[-1]) != len(found[0]) or not np.isfinite(found[-1]).all():
            raise _refused(file, member, f"has another number of pixels, or gaps, in row {row + 1}")
    return found


def _refused(file: Path, member: str, what: str) -> DataError:
    return DataError(
        f"{member} {what}",
        where=str(file),
        do="bring the data of the kit drug_spectra as its repository has them",
    )
