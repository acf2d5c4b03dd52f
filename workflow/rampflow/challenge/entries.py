"""Gather the entries of a challenge: files read, code bagged, references made, test set split.

Whatever an entry is, what is left of it is one array of predictions of all test rows, stored under
a key of its content, and a line in ``entries.json``: from here on nobody looks at files of teams.
This step sees all labels of the test set, to split them, and writes them nowhere else.
"""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.board.cells import Entry, EventCells
from rampflow.board.confined import count_stamps
from rampflow.board.refused import REFUSED
from rampflow.board.withheld import has_seen_test, kind_of
from rampflow.cell.keys import package_parts, problem_parts
from rampflow.challenge.reading import Wanted, read_predictions
from rampflow.challenge.split import make_split
from rampflow.challenge.table import content_of
from rampflow.config.event import LoadedEvent, Submission
from rampflow.config.predictions import PredictionEntry
from rampflow.errors import ProblemError, SubmissionError
from rampflow.files import read_json, write_json, written_aside
from rampflow.hashing import array_sha256, key_of, sha256, value_sha256
from rampflow.paths import ChallengeResults, Project, ReadEntry
from rampflow.problems.contract import REFERENCES_FILE, Problem
from rampflow.problems.references import load_references
from rampflow.problems.tables import (
    NAMES,
    ids_of_test,
    prediction_table,
    public_rows_of_test,
)

Facts = dict[str, Any]
BAD = "bad_predictions"
MESSAGES = 5
"""So many errors of a file are kept."""
WITHHELD = "what it said is not public, since it had seen all of the test set"
"""On the public board, of code that failed when it predicted: words can carry what it saw."""


def gather_entries(
    cells: EventCells, problem: Problem, loaded: LoadedEvent, results: ChallengeResults
) -> None:
    """Write ``challenge/entries.json``, and whatever it names that is not there yet.

    Parameters
    ----------
    cells : EventCells
        Finished cells of the code.
    problem : Problem
        Its predictions, table and references.
    loaded : LoadedEvent
        The event with its entries.
    results : ChallengeResults
        Where the file goes; a private board that an earlier phase has left is removed while the
        event is open.

    Raises
    ------
    ProblemError
        If the problem has no test set, or its ids, table or references are not as they must be.
    """
    project = cells.project
    ids = ids_of(problem, cells.prepared)
    if loaded.event.phase == "open" and results.part("private").folder.exists():
        shutil.rmtree(results.part("private").folder)
    by_name = {s.name: s for s in loaded.submissions}
    rows = [
        _code_row(cells, problem, entry, by_name[entry.name])
        for entry in cells.entries
        if entry.name in by_name
    ]
    rows += [_refused_row(submission, why) for submission, why in loaded.refused]
    rows += _prediction_rows(project, problem, loaded, ids)
    rows.sort(key=_order)
    given = public_rows_of_test(problem, len(ids))
    split = make_split(project, cells.labels("test"), ids, loaded.event.challenge, given)
    references = _references(cells, problem)
    gathered = {"split": split, "entries": rows, "references": references}
    write_json(results.entries, gathered | {"sandbox": count_stamps(cells)})


def ids_of(problem: Problem, prepared: Facts) -> list[str]:
    """Return the ids of the test set.

    Parameters
    ----------
    problem : Problem
        Asked for them.
    prepared : dict
        The record of the prepared data.

    Raises
    ------
    ProblemError
        If there is no test set.
    """
    n_rows = prepared["rows"].get("test")
    if n_rows is None:
        raise ProblemError(
            "a challenge needs a test set, and the problem has none",
            where=str(problem.folder / "problem.py"),
            do="define get_test_data, or make the event `kind: ramp`",
        )
    return ids_of_test(problem, n_rows)


def read_file(
    project: Project, content: bytes, wanted: Wanted, parts: Facts
) -> tuple[str | None, list[str]]:
    """Return the key of the predictions in a file, or what is wrong with it; it is read once.

    Parameters
    ----------
    project : Project
        Where read entries are.
    content : bytes
        Of the file.
    wanted : Wanted
        What it has to be.
    parts : dict
        What reading depends on beside the content.
    """
    key = key_of({**parts, "file": sha256(content)})
    stored = project.read_entry(key)
    if stored.array.exists():
        return key, []
    if stored.errors.exists():
        errors: list[str] = read_json(stored.errors)
        return None, errors
    found = read_predictions(content, wanted)
    if found.y_pred is None:
        errors = list(found.errors[:MESSAGES])
        write_json(stored.errors, errors)
        return None, errors
    _store(stored, found.y_pred)
    return key, []


def wanted_of(project: Project, problem: Problem, ids: list[str]) -> tuple[Wanted, Facts]:
    """Return what a file of predictions has to be, and what reading one depends on.

    Parameters
    ----------
    project : Project
        Where the problem's code is.
    problem : Problem
        Its table and its predictions.
    ids : list of str
        Of the rows of the test set, in order.
    """
    rows = {name: row for row, name in enumerate(ids)}
    wanted = Wanted(prediction_table(problem), rows, problem.predictions)
    parts = {
        "table": problem_parts(project.problem(problem.folder.name), NAMES),
        "ids": value_sha256(ids),
        "reader": package_parts("challenge.reading:read_predictions"),
    }
    return wanted, parts


def _order(row: Facts) -> tuple[bool, datetime, str, str]:
    """Order entries by time, team and name; those without a time come last."""
    at = row["submitted_at"]
    when = datetime.fromisoformat(at) if at else datetime.max.replace(tzinfo=UTC)
    return at is None, when, row["team"], row["name"]


def _store(stored: ReadEntry, y_pred: npt.NDArray[np.float64]) -> None:
    with written_aside(stored.array) as aside, aside.open("wb") as stream:
        np.save(stream, y_pred, allow_pickle=False)


def _facts(team: str, name: str, kind: str, **facts: Any) -> Facts:
    usual = {"final": False, "has_model": False, "status": "ok", "reason": "", "messages": []}
    return {"team": team, "name": name, "kind": kind, "key": None, **usual, **facts}


def _prediction_rows(
    project: Project, problem: Problem, loaded: LoadedEvent, ids: list[str]
) -> list[Facts]:
    wanted, parts = wanted_of(project, problem, ids)
    return [_prediction_row(project, loaded, entry, wanted, parts) for entry in loaded.predictions]


def _prediction_row(
    project: Project, loaded: LoadedEvent, entry: PredictionEntry, wanted: Wanted, parts: Facts
) -> Facts:
    file = entry.file
    facts = _facts(
        entry.team,
        entry.name,
        "predictions",
        display_name=entry.display_name,
        submitted_at=file.submitted_at.isoformat() if file else None,
        final=bool(file and file.final),
        has_model=bool(file and file.model),
    )
    if entry.refusal:
        return facts | {"status": REFUSED, "reason": entry.refusal}
    path = project.prediction_file(loaded.name, entry.team, entry.name, entry.suffix)
    content, error = content_of(path, loaded.event.challenge.max_mb)
    if error:
        return facts | {"status": BAD, "reason": error}
    key, errors = read_file(project, content, wanted, parts)
    if key is None:
        return facts | {"status": BAD, "reason": errors[0], "messages": errors}
    return facts | {"key": key}


def _code_row(cells: EventCells, problem: Problem, entry: Entry, submission: Submission) -> Facts:
    """Describe code by the bag of its folds' predictions of the test set."""
    facts = _code_facts(submission)
    if entry.failed_folds:
        fold = entry.failed_folds[0]
        failure = cells.failure(entry.keys[fold])
        where = f"fold {fold}, {failure['step']}"
        found = {"status": str(failure["status"]), "reason": f"{where}: {failure['reason']}"}
        if has_seen_test(failure, cells.prepared["rows"].get("test")):
            found["public_reason"] = f"{where}: {kind_of(failure)}; {WITHHELD}"
        return facts | found
    code = problem_parts(problem.folder, ("Predictions",))
    key = key_of({"bag": entry.keys, "predictions": code})
    stored = cells.project.read_entry(key)
    if not stored.array.exists():
        folds = [problem.predictions(y_pred=cells.predictions(k, "test")) for k in entry.keys]
        _store(stored, problem.predictions.combine(folds).y_pred)
    return facts | {"key": key}


def _refused_row(submission: Submission, why: str) -> Facts:
    return _code_facts(submission) | {"status": REFUSED, "reason": why}


def _code_facts(submission: Submission) -> Facts:
    return _facts(
        submission.team,
        submission.model,
        "code",
        display_name=submission.display_name,
        submitted_at=submission.file.submitted_at.isoformat(),
        final=submission.file.final,
        has_model=True,
    )


def _references(cells: EventCells, problem: Problem) -> list[Facts]:
    """Return the references that predict the test set, their predictions stored as an entry's."""
    random.seed(cells.tasks.seed)
    np.random.seed(cells.tasks.seed % 2**32)
    n_rows = len(problem.predictions(y_true=cells.labels("test")).y_pred)
    found = []
    for reference in load_references(problem):
        if reference.test is None:
            continue
        where = f"{problem.folder / REFERENCES_FILE}: {reference.name}, test"
        try:
            y_pred = np.ascontiguousarray(problem.predictions(y_pred=reference.test).y_pred)
        except SubmissionError as error:
            raise ProblemError(error.what, where=where, do=error.do) from error
        if len(y_pred) != n_rows:
            raise ProblemError(f"{len(y_pred)} predictions for {n_rows} rows", where=where)
        key = key_of({"reference": array_sha256(y_pred)})
        if not cells.project.read_entry(key).array.exists():
            _store(cells.project.read_entry(key), y_pred)
        found.append(
            {
                "name": reference.name,
                "note": reference.note,
                "is_limit": bool(reference.is_limit),
                "key": key,
            }
        )
    return found
