"""A pack: several cells of one submission in one job, which share a start.

Each cell is trained, predicted and published as if it were alone, so a killed pack loses only the
cell that was under way, and packing changes no result. Labels are read, to score, when the last
process of the submission is gone.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator, Sequence
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


def run_pack(
    project: Project, tasks: TaskFile, pack: str, keys: Sequence[str], *, is_relief: bool = False
) -> None:
    """Train, predict and score cells of one submission, one after the other.

    Another pack may take the same cells from the other end: each takes what the other one has not
    taken. In the end the pack waits for what is still under way elsewhere, and makes what did not
    come of it, so that its cells are there when it ends; its relief does not.

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
    is_relief : bool
        Whether it only helps another pack.

    Raises
    ------
    Fault
        If a runner could not be started, or the like; the other cells are finished first.
    ResultError
        If files changed since the keys were computed.
    """
    if not has_locks(project.works):  # a second writer would use the same working folders
        if is_relief:  # and nobody could say what is taken
            return
        project = replace(project, private=f".{secrets.token_hex(6)}")
    with held(project.work(f"{pack}.start").lock):  # a retried job may meet its ghost
        faults = _compute(project, tasks, pack, keys, is_relief)
    if project.private:
        for key in keys:
            shutil.rmtree(project.work(key).folder, ignore_errors=True)
    cells = {key: project.cell(key) for key in keys}
    unscored = [
        key
        for key, cell in cells.items()
        if cell.record.exists() and not cell.scores(tasks.score).exists()
    ]
    if unscored:
        score_cells(project, load_problem(project.problem(tasks.problem)), tasks, unscored)
    if faults and not is_relief:  # the pack itself will see
        raise Fault("; ".join(fault.what for fault in faults), where=faults[0].where)


def _compute(
    project: Project, tasks: TaskFile, pack: str, keys: Sequence[str], is_relief: bool
) -> list[Fault]:
    """Train and predict cells; return the faults of the machine."""
    faults: list[Fault] = []
    with contextlib.ExitStack() as stack:
        warm = None
        for waits in (False,) if is_relief else (False, True):
            for key in keys:
                with _taken(project, key, waits) as is_mine:
                    if not is_mine:
                        continue
                    warm = warm or stack.enter_context(_warm_start(project, tasks, pack, key))
                    try:
                        train(project, tasks, key, warm)
                        predict(project, tasks, key, warm)
                    except Fault as fault:
                        faults.append(fault)
            if faults:
                break
    shutil.rmtree(project.work(f"{pack}.start").folder, ignore_errors=True)
    return faults


@contextlib.contextmanager
def _taken(project: Project, key: str, waits: bool) -> Iterator[bool]:
    """Take a cell, and say whether it is ours: neither finished nor taken by another pack."""
    record = project.cell(key).record
    if record.exists():
        yield False
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(project.work(f"{key}-turn").lock, wait=waits))
        except BlockingIOError:
            yield False
            return
        yield not record.exists()


def _warm_start(
    project: Project, tasks: TaskFile, pack: str, key: str
) -> contextlib.AbstractContextManager[WarmStart | None]:
    """Return what the steps of a pack are split off from, for the submission of a key.

    One that declares a GPU gets nothing: a device does not work on in a process split off.
    """
    submission, _ = tasks.find(key)
    if submission.gpus:
        return contextlib.nullcontext()
    folder = fresh_folder(project.work(f"{pack}.start").folder)
    sources = [
        project.submission(tasks.event, submission.team, submission.model),
        project.problem(tasks.problem),
    ]
    prepared = project.prepared(tasks.prepared)
    record = read_json(prepared.record)
    named = [path for part in record["rows"] for path in input_files(project, tasks, part)]
    return WarmStart(
        folder,
        submission.threads,
        sources,
        needs_xarray=bool(record["is_sequence"]),
        tier=offer_of(project, tasks).tier,
        reads=(project.works, *prepared.shown, *named),
    )
