"""The cells of an event as the aggregates read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.cell.record import read_cell, read_predictions
from rampflow.cell.task import SubmissionTask, TaskFile
from rampflow.data import store
from rampflow.files import read_json
from rampflow.paths import Project

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Entry:
    """One submission with its finished cells.

    Parameters
    ----------
    submission : SubmissionTask
        Who.
    keys : list of str
        Fit key by fold.
    scores : list of dict
        Content of the score file by fold.
    refit_key : str, optional
        Fit key of its refit, where the event has refits.
    refit_scores : dict, optional
        Content of the refit's score file.
    """

    submission: SubmissionTask
    keys: list[str]
    scores: list[dict[str, Any]]
    refit_key: str | None = None
    refit_scores: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """The name as people write it."""
        return self.submission.name

    @property
    def failed_folds(self) -> list[int]:
        """The folds on which it failed."""
        return [fold for fold, score in enumerate(self.scores) if score["status"] != "ok"]

    @property
    def has_failed_refit(self) -> bool:
        """Whether it was fitted on all training rows, and failed."""
        return self.refit_scores is not None and self.refit_scores["status"] != "ok"

    @property
    def is_ok(self) -> bool:
        """Whether every fold and the refit succeeded; only then is it ranked and blended."""
        return not self.failed_folds and not self.has_failed_refit


@dataclass(frozen=True)
class EventCells:
    """All finished cells of an event, and the labels and folds they are judged by.

    Parameters
    ----------
    project : Project
        Where they are.
    tasks : TaskFile
        The plan they were made for.
    is_open : bool
        While an event is open its test set does not exist for the aggregates: no file that they
        write holds a number of it.
    """

    project: Project
    tasks: TaskFile
    is_open: bool = False

    @property
    def entries(self) -> list[Entry]:
        """All submissions, in the order of the event.

        Raises
        ------
        ResultError
            If a cell has no scores.
        """
        found, n = [], self.n_folds
        for submission, keys in zip(self.tasks.submissions, self.tasks.keys, strict=True):
            scores = [self._scores(key) for key in keys]
            refit = (keys[n], scores[n]) if len(keys) > n else (None, None)
            found.append(Entry(submission, keys[:n], scores[:n], *refit))
        return found

    @property
    def prepared(self) -> dict[str, Any]:
        """The record of the prepared data."""
        record: dict[str, Any] = read_json(self.project.prepared(self.tasks.prepared).record)
        return record

    @property
    def n_folds(self) -> int:
        """Number of folds, the refit not counted."""
        return self.tasks.n_folds

    @property
    def has_test(self) -> bool:
        """Whether there is a test set that may be looked at."""
        return (
            not self.is_open and self.project.prepared(self.tasks.prepared).labels("test").exists()
        )

    @property
    def has_refit(self) -> bool:
        """Whether submissions were also fitted on all training rows, and that may be looked at."""
        return self.has_test and self.tasks.refit is not None

    def labels(self, part: str) -> Any:
        """Return all labels of ``train`` or ``test``."""
        return store.load(self.project.prepared(self.tasks.prepared).labels(part))

    def valid_is(self) -> list[npt.NDArray[np.intp]]:
        """Return the validation rows of each fold."""
        prepared = self.project.prepared(self.tasks.prepared)
        return [np.load(prepared.fold(fold) / "valid_is.npy") for fold in range(self.n_folds)]

    def predictions(self, key: str, part: str) -> Array:
        """Return the predictions of a cell."""
        return read_predictions(self.project.cell(key), part)

    def failure(self, key: str) -> dict[str, Any]:
        """Return the record of a failed cell."""
        return read_cell(self.project.cell(key))

    def run(self, key: str) -> dict[str, Any]:
        """Return the run record of a cell."""
        record: dict[str, Any] = read_json(self.project.cell(key).run)
        return record

    def _scores(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.project.cell(key).scores(self.tasks.score))
        return found


class Stored(Sequence[Array]):
    """Predictions of a part on one fold, read from the cells when they are asked for.

    Parameters
    ----------
    cells : EventCells
        Where they are.
    keys : list of str
        Fit keys of the candidates.
    part : str
        ``valid`` or ``test``.
    """

    def __init__(self, cells: EventCells, keys: list[str], part: str) -> None:
        self._cells, self._keys, self._part = cells, keys, part

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, position: Any) -> Any:
        return self._cells.predictions(self._keys[position], self._part)


def csv_text(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a CSV table: full precision, empty for None, ``\\n`` line ends."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([["" if v is None else v for v in row] for row in rows])
    return text.getvalue()
