"""Train: one submission on one fold's training rows, in a process of its own."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict
from typing import Any

import numpy as np

from rampflow.cell.access import access_of, sandbox_record, training_reads
from rampflow.cell.gpus import claimed_gpus
from rampflow.cell.record import Outcome, host_record
from rampflow.cell.reveal import Sequence
from rampflow.cell.start import WarmStart
from rampflow.cell.supervise import Supervised, seconds_of, tail
from rampflow.cell.task import STALE, SubmissionTask, TaskFile
from rampflow.cell.watch import Failed
from rampflow.cell.wire import Malformed
from rampflow.errors import ResultError
from rampflow.files import fresh_folder, held, read_json, write_json
from rampflow.hashing import file_sha256
from rampflow.paths import Project, Work


def train(project: Project, tasks: TaskFile, key: str, warm: WarmStart | None = None) -> None:
    """Train the cell of a key and leave ``trained.json`` in its working folder.

    A submission that fails leaves its status there: a result, not an error of the step.

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
    ResultError
        If files changed since the key was computed: nothing is stored under it.
    Fault
        If the runner could not be started.
    """
    work = project.work(key)
    with held(work.lock):
        # another process, such as the orphan of a killed run, may have done it meanwhile
        if not work.trained.exists():
            _train(project, tasks, key, work, warm)


def _train(project: Project, tasks: TaskFile, key: str, work: Work, warm: WarmStart | None) -> None:
    submission, fold = tasks.find(key)
    fresh_folder(work.folder)
    copy_code(project, tasks, submission, work)
    started = time.time()
    outcome, answer = Outcome(), {}
    with claimed_gpus(project, submission.gpus) as devices:
        access = access_of(project, tasks, work, training_reads(project, tasks, fold), devices)
        supervised = Supervised(work.folder, submission.limits, work.log("train"), warm, access)
        try:
            with supervised:
                answer = run_training(project, tasks, submission, fold, work, supervised)
                answer["blas"] = supervised.ask({"request": "blas"})[0].get("blas", [])
        except Failed as failed:
            outcome = Outcome(failed.status, "train", failed.reason, failed.traceback)
    write_json(
        work.trained,
        {
            "outcome": asdict(outcome),
            "pickled": bool(answer.get("pickled")),
            "run": step_record(supervised, work, "train", started, answer),
        },
    )


def copy_code(project: Project, tasks: TaskFile, submission: SubmissionTask, work: Work) -> None:
    """Copy the submission and the problem's code, and check that they are what was hashed.

    Raises
    ------
    ResultError
        If they are not.
    """
    source = project.submission(tasks.event, submission.team, submission.model)
    for folder, names, target in (
        (source, submission.files, work.submission),
        (project.problem(tasks.problem), tasks.problem_files, work.problem),
    ):
        for name, digest in names.items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if (folder / name).is_file():
                shutil.copyfile(folder / name, copy)  # not its mode: any user may read the copy
            if not copy.exists() or file_sha256(copy) != digest:
                raise ResultError(
                    f"{project.relative(folder / name)}: {STALE}",
                    where=f"cell of {submission.name}",
                    do="run again",
                )


def run_training(
    project: Project,
    tasks: TaskFile,
    submission: SubmissionTask,
    fold: int,
    work: Work,
    supervised: Supervised,
) -> dict[str, Any]:
    """Set a runner up, show it what training may see, and let it train.

    Returns
    -------
    dict
        ``seconds`` of the fit alone, and whether the trained submission was ``pickled``.
    """
    prepared = project.prepared(tasks.prepared)
    record = read_json(prepared.record)
    begin(tasks, submission, fold, work, supervised)
    n_rows = record["rows"]["train"]
    folder = prepared.fold(fold)
    if record["is_sequence"]:
        n_rows = int(np.load(folder / "train_is.npy").max()) + 1
        sequence = Sequence(prepared.inputs("train"), supervised)
        sequence.show(sequence.time.stop(n_rows - 1))
    else:
        supervised.ask({"request": "open", "inputs": str(prepared.inputs("train"))})
    most_bytes = int(supervised.limits.disk_mb * 1e6)
    answer, values = supervised.ask(
        {
            "request": "train",
            "fold_folder": str(folder),
            "n_rows": n_rows,
            "most_bytes": most_bytes,
        },
        expect_bytes=most_bytes,
    )
    return {"seconds": seconds_of(answer), "pickled": _keep_model(values, work)}


def _keep_model(values: list[Any], work: Work) -> bool:
    """Write down what a runner says is its trained submission: bytes that are not opened here."""
    if len(values) != 1 or values[0].dtype != np.uint8:
        raise Malformed("a trained submission is one array of bytes")
    if not values[0].size:
        return False
    work.model.parent.mkdir(exist_ok=True)
    work.model.write_bytes(values[0].data)
    return True


def begin(
    tasks: TaskFile, submission: SubmissionTask, fold: int, work: Work, supervised: Supervised
) -> None:
    """Wait for a runner and let it load the problem."""
    supervised.wait_until_armed()
    supervised.ask(
        {
            "request": "setup",
            "problem": str(work.problem),
            "submission": str(work.submission),
            "entry": submission.entry,
            "seed": tasks.seed + fold,
            "fold": fold,
        }
    )
    supervised.is_ready()


def step_record(
    supervised: Supervised, work: Work, step: str, started: float, answer: dict[str, Any]
) -> dict[str, Any]:
    """Return the run record of one step."""
    return {
        **host_record(),
        "sandbox": sandbox_record(supervised.confined),
        "gpus": supervised.access.devices.as_record(),
        "started": started,
        "start": supervised.started_as,
        "wall_s": supervised.wall_s,
        "ready_s": supervised.ready_s,
        "seconds": answer.get("seconds"),
        "peak_memory_mb": supervised.peak_memory / 1e6,
        "limits": asdict(supervised.limits),
        "blas": answer.get("blas", []),
        "log": tail(work.log(step), 50),
    }
