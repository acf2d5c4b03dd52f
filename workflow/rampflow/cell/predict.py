"""Predict: all rows with the trained submission, in a new process; then the cell is published."""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.cell.access import access_of, prediction_reads
from rampflow.cell.gpus import claimed_gpus
from rampflow.cell.record import Outcome, publish_cell
from rampflow.cell.reveal import Predicted, Sequence, check_order, predict_in_order, taken
from rampflow.cell.start import WarmStart
from rampflow.cell.supervise import Supervised
from rampflow.cell.task import SubmissionTask, TaskFile
from rampflow.cell.train import begin, run_training, step_record
from rampflow.cell.watch import Failed
from rampflow.files import held, read_json
from rampflow.paths import Prepared, Project, Work

Array = npt.NDArray[np.float64]

WIDER = 16
"""Predictions up to so many times too large are read, so that the reason can name their shape."""


def predict(project: Project, tasks: TaskFile, key: str, warm: WarmStart | None = None) -> None:
    """Predict the trained cell of a key and publish it, failed or not.

    Parameters
    ----------
    project : Project
        Where everything is.
    tasks : TaskFile
        The plan.
    key : str
        The fit key.
    warm : WarmStart, optional
        Where the process is split off; without one it is a new interpreter.

    Raises
    ------
    Fault
        If the runner could not be started; nothing is published.
    """
    work = project.work(key)
    with held(work.lock):
        if not project.cell(key).record.exists():
            _predict(project, tasks, key, work, warm)
        else:  # somebody was faster: what was trained here again is of no use
            shutil.rmtree(work.folder, ignore_errors=True)


def _predict(
    project: Project, tasks: TaskFile, key: str, work: Work, warm: WarmStart | None
) -> None:
    submission, fold = tasks.find(key)
    trained = read_json(work.trained)
    outcome = Outcome(**trained["outcome"])
    together = outcome.status == "ok" and not trained["pickled"]
    run: dict[str, Any] = {"train": trained["run"]}
    predictions: dict[str, Array] = {}
    if outcome.status == "ok":
        started = time.time()
        limits = submission.limits
        if together:  # training is repeated in this process, so it may take the time of both
            limits = replace(limits, time_s=2 * limits.time_s)
        reads = prediction_reads(project, tasks, fold, together=together)
        seconds: dict[str, float] = {}
        with claimed_gpus(project, submission.gpus) as devices:
            access = access_of(project, tasks, work, reads, devices)
            supervised = Supervised(work.folder, limits, work.log("predict"), warm, access)
            try:
                with supervised:
                    predictions, seconds = run_prediction(
                        project, tasks, submission, fold, work, supervised, together
                    )
            except Failed as failed:
                outcome = Outcome(failed.status, "predict", failed.reason, failed.traceback)
        if fold == tasks.n_folds:  # a refit validates on no row
            predictions.pop("valid", None)
        record = step_record(supervised, work, "predict", started, {"seconds": seconds.get("test")})
        run["predict"] = {**record, "part_seconds": seconds}
    publish_cell(
        project,
        key,
        tasks.parts(submission, fold),
        outcome,
        predictions if outcome.status == "ok" else {},
        run,
        together=together,
        keep_model=tasks.keep_models,
    )


def run_prediction(
    project: Project,
    tasks: TaskFile,
    submission: SubmissionTask,
    fold: int,
    work: Work,
    supervised: Supervised,
    together: bool,
) -> tuple[dict[str, Array], dict[str, float]]:
    """Let a runner predict every part.

    Returns
    -------
    predictions : dict of str to array
        ``train`` and ``valid`` rows of the fold, and all rows of ``test`` where there is one.
    seconds : dict of str to float
        Predict seconds alone: ``train`` (the whole training set) and ``test``.
    """
    prepared = project.prepared(tasks.prepared)
    record = read_json(prepared.record)
    fold_folder = prepared.fold(fold)
    train_is = np.load(fold_folder / "train_is.npy")
    valid_is = np.load(fold_folder / "valid_is.npy")
    if together:
        run_training(project, tasks, submission, fold, work, supervised)
    else:
        begin(tasks, submission, fold, work, supervised)
        content = np.fromfile(work.model, np.uint8)
        supervised.ask({"request": "load", "names": ["model"]}, [content])
    if record["is_sequence"]:
        supervised.ask({"request": "fork"})
    seed = int(tasks.keys[tasks.submissions.index(submission)][fold][:8], 16)
    found: dict[str, Predicted] = {}
    for part in record["rows"]:
        known = int(train_is.max()) + 1 if part == "train" else 0
        predicted = _predict_part(prepared, record, part, supervised, known, seed)
        values = checked(predicted.values, record["shapes"][part], part)
        found[part] = replace(predicted, values=values)
    whole = found["train"].values
    predictions = {"train": whole[train_is], "valid": whole[valid_is]}
    if "test" in found:
        predictions["test"] = found["test"].values
    return predictions, {part: predicted.seconds for part, predicted in found.items()}


def _predict_part(
    prepared: Prepared,
    record: dict[str, Any],
    part: str,
    supervised: Supervised,
    known: int,
    seed: int,
) -> Predicted:
    """Let the runner predict all rows of a part; `known` of a sequence are shown at once."""
    row_bytes, inputs = 8 * math.prod(record["shapes"][part][1:]), prepared.inputs(part)
    if record["is_sequence"]:
        predicted = predict_in_order(Sequence(inputs, supervised), known, row_bytes)
        again = partial(Sequence, inputs, supervised, check=True)
        check_order(again, predicted, known, row_bytes, part, seed)
        return predicted
    supervised.ask({"request": "open", "inputs": str(inputs)})
    most = WIDER * record["rows"][part] * row_bytes
    values, took, _ = taken(*supervised.ask({"request": "predict"}, expect_bytes=most))
    return Predicted(values, took, [])


def checked(values: Array, shape: list[int], part: str) -> Array:
    """Return predictions in the shape the problem wants.

    Parameters
    ----------
    values : array
        What the submission predicted.
    shape : list of int
        What is wanted; axes of length one at the end may be missing or too many.
    part : str
        For the message.

    Raises
    ------
    Failed
        If the shape is another one, or a value is not finite.
    """
    bare = [n for n in shape[1:] if n != 1]
    found = [n for n in values.shape[1:] if n != 1]
    if len(values) != shape[0] or found != bare:
        raise Failed(
            "bad_predictions",
            f"predictions ({part}) have shape {tuple(values.shape)}, wanted is {tuple(shape)}",
        )
    finite = np.isfinite(values)
    if not finite.all():
        row = int(np.argwhere(~finite)[0][0])
        count = int((~finite).sum())
        raise Failed(
            "bad_predictions",
            f"predictions ({part}) hold {count} values that are not finite, first in row {row}",
        )
    return np.ascontiguousarray(values.reshape(shape), dtype=np.float64)
