"""HiggsML as it was asked in 2014: the challenge of the problem ``higgsml``, on its own events.

On the file of the open data portal of CERN, record 328, which the data steward brings. The card of
the problem is ``README.md`` beside this file.
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
from rampflow.problems.metrics.classification import (
    ROCAUC,
    BalancedAccuracy,
    NegativeLogLikelihood,
)
from rampflow.problems.metrics.significance import AMS, Renormalized
from rampflow.problems.predictions import make_multiclass
from rampflow.problems.tables import ranked_classes
from rampflow.problems.workflows import Classifier

if TYPE_CHECKING:
    import pandas as pd

    Part = tuple[pd.DataFrame, npt.NDArray[np.float64]]

COLUMNS = (
    *("DER_mass_MMC", "DER_mass_transverse_met_lep", "DER_mass_vis", "DER_pt_h"),
    *("DER_deltaeta_jet_jet", "DER_mass_jet_jet", "DER_prodeta_jet_jet", "DER_deltar_tau_lep"),
    *("DER_pt_tot", "DER_sum_pt", "DER_pt_ratio_lep_tau", "DER_met_phi_centrality"),
    *("DER_lep_eta_centrality", "PRI_tau_pt", "PRI_tau_eta", "PRI_tau_phi", "PRI_lep_pt"),
    *("PRI_lep_eta", "PRI_lep_phi", "PRI_met", "PRI_met_phi", "PRI_met_sumet", "PRI_jet_num"),
    *("PRI_jet_leading_pt", "PRI_jet_leading_eta", "PRI_jet_leading_phi"),
    *("PRI_jet_subleading_pt", "PRI_jet_subleading_eta", "PRI_jet_subleading_phi"),
    "PRI_jet_all_pt",
)
LABELS = {"b": 0, "s": 1}
SETS = {"train": ("t",), "test": ("b", "v"), "unused": ("u",)}
"""Values of the column KaggleSet: those of the public and the private board are the test set."""
MIN_EVENTS = 100
"""Events of each label that a part needs, at the very least."""
LARGEST = 1_000_000_000
"""Bytes that the table may have when it is unpacked; that of the record has 186 million."""
TOTALS = (410_999.8473, 691.9886)
EVEN_ODDS = (15.0, 1.0)
"""As in ``problems/higgsml/problem.py``."""

problem_title = "HiggsML, the events of 2014: a signal among collisions"
Predictions = make_multiclass(label_names=list(LABELS.values()), weights=True)
workflow = Classifier()
score_types = [
    AMS(TOTALS, "ams", precision=3),
    ROCAUC("auc", precision=3),
    BalancedAccuracy("balanced accuracy", precision=3, adjusted=False),
    Renormalized(NegativeLogLikelihood("nll", precision=3), EVEN_ODDS),
]
prediction_table = ranked_classes()


def get_cv(
    X: pd.DataFrame, y: npt.NDArray[np.float64]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return five folds: each event is validated once, and all have the same share of signal."""
    from sklearn.model_selection import StratifiedKFold

    return iter(StratifiedKFold(n_splits=5, shuffle=True, random_state=57).split(X, y[:, 0]))


def get_train_data(path: str = ".") -> Part:
    """Read the events for training: those whose ``KaggleSet`` is t.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/higgsml.csv.gz`` below it.

    Returns
    -------
    X : pandas.DataFrame
        One row per event: ``EventId``, then 30 quantities; -999 where one does not exist.
    y : ndarray of float, shape (n_events, 2)
        The label, 0 for background and 1 for signal, and the weight of the event.

    Raises
    ------
    DataError
        If the file is missing or not understood.
    """
    return _part(_file(path), _read(_file(path)), "train")


def get_test_data(path: str = ".") -> Part:
    """Read the events of the public and the private board; see `get_train_data`."""
    return _part(_file(path), _read(_file(path)), "test")


def get_test_ids(path: str = ".") -> list[str]:
    """Return the ``EventId`` of the test events, in order."""
    return [str(number) for number in get_test_data(path)[0]["EventId"]]


def get_public_rows(path: str = ".") -> npt.NDArray[np.bool_]:
    """Return which test events were on the public board of 2014: those whose ``KaggleSet`` is b."""
    sets = _read(_file(path))["KaggleSet"]
    own = sets[sets.isin(SETS["test"])]
    return (own == SETS["test"][0]).to_numpy()


data_file = {
    "name": "higgsml.csv.gz",
    "what": "the table of the Higgs boson machine learning challenge, gzip-compressed CSV, with "
    "its columns Label, Weight and KaggleSet",
    "sources": ("the open data portal of CERN, record 328: atlas-higgs-challenge-2014-v2.csv.gz",),
}


def describe_data(file: Path) -> dict[str, Any]:
    """Say what is understood of a file.

    Parameters
    ----------
    file : Path
        The table, which need not be the one in ``data/``.

    Raises
    ------
    DataError
        If it is not understood.
    """
    table = _read(file)
    facts: dict[str, Any] = {}
    for part, words in (("train", "training"), ("test", "test")):
        X, y = _part(file, table, part)
        signal = y[:, 0] == LABELS["s"]
        facts[f"{words} events"] = f"{len(y)}: {signal.sum()} signal, {(~signal).sum()} background"
        missing = np.mean(X["DER_mass_MMC"].to_numpy() == -999)
        facts[f"{words} events without an estimated mass"] = f"{100 * missing:.1f} %"
    facts["events that are not used"] = int(table["KaggleSet"].isin(SETS["unused"]).sum())
    return facts


def _file(path: str) -> Path:
    return Path(path) / "data" / "higgsml.csv.gz"


def _read(file: Path) -> pd.DataFrame:
    """Read and check the table."""
    import pandas as pd

    try:
        with gzip.open(file) as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"it unpacks to more than {LARGEST:,} bytes")
        table = pd.read_csv(io.BytesIO(content))
    except (ValueError, OSError, EOFError, zlib.error) as error:  # pandas' own are ValueErrors
        raise _refused(file, f"cannot be read as a compressed table ({error})") from None
    needed = ["EventId", *COLUMNS, "Weight", "Label", "KaggleSet"]
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise _refused(file, f"has no column {', '.join(missing)}")
    numbers = table[["EventId", *COLUMNS, "Weight"]]
    plain = numbers.select_dtypes("number")
    sets = [letter for letters in SETS.values() for letter in letters]
    for is_wrong, what in (
        (plain.shape != numbers.shape or not np.isfinite(plain).all(axis=None), "is no number"),
        (not table["Label"].isin(list(LABELS)).all(), "is a Label other than s and b"),
        (not table["KaggleSet"].isin(sets).all(), "is a KaggleSet other than t, b, v and u"),
    ):
        if is_wrong:
            raise _refused(file, f"has a cell that {what}")
    if not (table["Weight"] > 0).all():
        raise _refused(file, "has a Weight that is not positive")
    if table["EventId"].duplicated().any():
        raise _refused(file, "has an EventId twice")
    return table[needed]


def _part(file: Path, table: pd.DataFrame, part: str) -> Part:
    """Return the events of one part, in the order of the file."""
    own = table[table["KaggleSet"].isin(SETS[part])]
    counts = [int((own["Label"] == name).sum()) for name in LABELS]
    if min(counts) < MIN_EVENTS:
        letters = " or ".join(SETS[part])
        raise _refused(file, f"has under {MIN_EVENTS} events of a label with KaggleSet {letters}")
    X = own[["EventId", *COLUMNS]].astype(dict.fromkeys(COLUMNS, np.float64))
    y = np.column_stack([own["Label"].map(LABELS), own["Weight"]])
    return X.reset_index(drop=True), y.astype(np.float64)


def _refused(file: Path, what: str) -> DataError:
    return DataError(
        f"the table {what}",
        where=str(file),
        do="bring atlas-higgs-challenge-2014-v2.csv.gz as record 328 of CERN's open data has it",
    )
