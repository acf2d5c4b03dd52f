"""Which files a step of a cell may read, and how strongly it is confined."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rampflow.cell.task import TaskFile
from rampflow.files import read_json
from rampflow.paths import Project, Work
from rampflow.sandbox import bubble
from rampflow.sandbox.arrange import Access
from rampflow.sandbox.devices import Devices
from rampflow.sandbox.policy import Tier
from rampflow.sandbox.probe import Offer
from rampflow.sandbox.remember import choose_here


def access_of(
    project: Project, tasks: TaskFile, work: Work, reads: list[Path], devices: Devices
) -> Access:
    """Return how strongly a step is confined, and all that it may read.

    Parameters
    ----------
    project : Project
        Where everything is.
    tasks : TaskFile
        The plan, with the event's word on it.
    work : Work
        The working folder of the cell: the copies of the code.
    reads : list of Path
        What else, see `training_reads` and `prediction_reads`.
    devices : Devices
        The GPUs that it may use.

    Raises
    ------
    SandboxError
        If this machine does not offer what the event wants.
    """
    offer = offer_of(project, tasks)
    return Access(offer.tier, (work.submission, work.problem, *reads), offer.drops, devices)


def offer_of(project: Project, tasks: TaskFile) -> Offer:
    """Return what this machine offers for the event's word."""
    return choose_here(tasks.sandbox, project.machines)


def training_reads(project: Project, tasks: TaskFile, fold: int) -> list[Path]:
    """Return what training reads: X of the training set, the fold's rows and their labels."""
    folder = project.prepared(tasks.prepared).fold(fold)
    return [*_inputs(project, tasks, "train"), folder / "train_is.npy", folder / "y_train"]


def prediction_reads(project: Project, tasks: TaskFile, fold: int, *, together: bool) -> list[Path]:
    """Return what predicting reads: X of every part; labels only where it trains as well."""
    parts = read_json(project.prepared(tasks.prepared).record)["rows"]
    reads = [path for part in parts for path in _inputs(project, tasks, part)]
    more = training_reads(project, tasks, fold) if together else []
    return list(dict.fromkeys([*reads, *more]))


def _inputs(project: Project, tasks: TaskFile, part: str) -> list[Path]:
    """Return what is read of X, and what X reads by name.

    A sequence is shown in order, but for what never changes.
    """
    prepared = project.prepared(tasks.prepared)
    folder, is_sequence = prepared.inputs(part), read_json(prepared.record)["is_sequence"]
    named = input_files(project, tasks, part)
    return [folder / "template.pkl" if is_sequence else folder, *named]


def input_files(project: Project, tasks: TaskFile, part: str) -> list[Path]:
    """Return the files and folders of the data set that X of a part reads by name."""
    names = read_json(project.prepared(tasks.prepared).record)["input_files"][part]
    return [project.problem(tasks.problem) / "data" / name for name in names]


def sandbox_record(confined: dict[str, Any]) -> dict[str, Any]:
    """Return how a step was confined, for the run record.

    Parameters
    ----------
    confined : dict
        What the runner said before it touched the submission.
    """
    is_root = confined.get("user", os.getuid()) == 0
    found = {**confined, "stamp": _stamp(str(confined.get("tier", Tier.NONE)), is_root=is_root)}
    if confined.get("tier") == Tier.BWRAP:
        found["bwrap"] = bubble.version()
    return found


def _stamp(tier: str, *, is_root: bool) -> str:
    """Return what a reader of the board must know: ``none``, ``root`` or nothing."""
    if tier == Tier.NONE:
        return "none"
    return "root" if is_root else ""
