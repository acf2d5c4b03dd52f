"""A pack: several cells of one submission in one job, which share a start.

Each cell is trained, predicted and published as if it were alone, so a killed pack loses only the
cell that was under way, and packing changes no result. Labels are read, to score, when the last
process of the submission is gone.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace

from rampflow.cell.access import input_files, offer_of
from rampflow.cell.predict import predict
from rampflow.cell.score import score_cells
from rampflow.cell.start import WarmStart
from rampflow.cell.task import TaskFile
from rampflow.cell.train import train
from rampflow.errors import Fault
from rampflow.files import fresh_folder, has_locks, held, read_json
from rampflow.paths import Project
from rampflow.problems.contract import load_problem


def run_pack(project: Project, tasks: TaskFile, pack: str, keys: Sequence[str]) -> None:
    """Train, predict and score cells of one submission, one after the other.

    Parameters
    ----------
    project : Project
        Where everything is.
    tasks : TaskFile
        The plan.
    pack : str
        The name of the pack.
    keys : sequence of str
        Fit keys. What exists of a cell is not made again.

    Raises
    ------
    Fault
        If a runner could not be started, or the like; the other cells are finished first.
    ResultError
        If files changed since the keys were computed.
    """
    if not has_locks(project.works):  # a second writer would use the same working folders
        project = replace(project, private=f".{secrets.token_hex(6)}")
    with held(project.work(f"{pack}.start").lock):  # a retried job may meet its ghost
        todo = [key for key in keys if not project.cell(key).record.exists()]
        faults = _compute(project, tasks, pack, todo) if todo else []
    if project.private:
        for key in keys:
            shutil.rmtree(project.work(key).folder, ignore_errors=True)
    finished = [key for key in keys if project.cell(key).record.exists()]
    score_cells(project, load_problem(project.problem(tasks.problem)), tasks, finished)
    if faults:
        raise Fault("; ".join(fault.what for fault in faults), where=faults[0].where)


def _compute(project: Project, tasks: TaskFile, pack: str, keys: list[str]) -> list[Fault]:
    """Train and predict cells; return the faults of the machine."""
    folder = fresh_folder(project.work(f"{pack}.start").folder)
    submission, _ = tasks.find(keys[0])
    sources = [
        project.submission(tasks.event, submission.team, submission.model),
        project.problem(tasks.problem),
    ]
    prepared = project.prepared(tasks.prepared)
    record = read_json(prepared.record)
    named = [path for part in record["rows"] for path in input_files(project, tasks, part)]
    faults: list[Fault] = []
    warm = WarmStart(
        folder,
        submission.threads,
        sources,
        needs_xarray=bool(record["is_sequence"]),
        tier=offer_of(project, tasks).tier,
        reads=(project.works, *prepared.shown, *named),
    )
    with warm:
        for key in keys:
            try:
                train(project, tasks, key, warm)
                predict(project, tasks, key, warm)
            except Fault as fault:
                faults.append(fault)
    shutil.rmtree(folder, ignore_errors=True)
    return faults
