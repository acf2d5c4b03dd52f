"""Cells on disk: writing one, whole and once; reading it; its run record."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import rampflow
from rampflow.errors import ResultError
from rampflow.files import fresh_folder, publish_folder, read_json, write_json
from rampflow.hashing import file_sha256
from rampflow.paths import CellFolder, Project

PARTS = ("train", "valid", "test")
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """How training and predicting of a cell ended.

    Parameters
    ----------
    status : str
        ``ok`` or the kind of failure.
    step : str
        Where it failed: ``train`` or ``predict``; empty if it did not.
    reason : str
        One line.
    traceback : str
        The team's own frames.
    """

    status: str = "ok"
    step: str = ""
    reason: str = ""
    traceback: str = ""


def publish_cell(
    project: Project,
    key: str,
    parts: dict[str, Any],
    outcome: Outcome,
    predictions: dict[str, Array],
    run: dict[str, Any],
    *,
    together: bool,
    keep_model: bool,
) -> None:
    """Write a cell and publish it under its key; the first writer wins.

    Parameters
    ----------
    project : Project
        Where cells live.
    key : str
        The fit key.
    parts : dict
        Its parts in clear.
    outcome : Outcome
        How it ended.
    predictions : dict of str to array
        Part → predictions; empty for a failed cell.
    run : dict
        The run record.
    together : bool
        Whether training and predicting shared a process, since the model cannot be pickled.
    keep_model : bool
        Whether to keep what training left.
    """
    work = project.work(key)
    aside = CellFolder(fresh_folder(work.cell))
    for part, values in predictions.items():
        np.save(aside.predictions(part), values, allow_pickle=False)
    if keep_model and work.model.exists():
        aside.model.mkdir()
        shutil.copy(work.model, aside.model / work.model.name)
    write_json(aside.run, run)
    hashes = {part: file_sha256(aside.predictions(part)) for part in predictions}
    described = {"key": key, "parts": parts, "one_process": together, "predictions": hashes}
    write_json(aside.record, described | asdict(outcome))
    final = project.cell(key)
    if final.folder.exists() and not final.record.exists() and any(final.folder.iterdir()):
        retire(project, key)  # a part of a cell, such as an interrupted copy: it is none
    publish_folder(aside.folder, final.folder)
    shutil.rmtree(work.folder)


def retire(project: Project, key: str) -> Path:
    """Move a cell out of the way, whole: nothing is changed or overwritten.

    Returns
    -------
    Path
        Where it is now, below ``results/retired/``.
    """
    for number in count():
        target = project.retired(key, number)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            project.cell(key).folder.rename(target)
            return target
    raise AssertionError("count() never ends")


def read_cell(cell: CellFolder) -> dict[str, Any]:
    """Read the record of a cell.

    Raises
    ------
    ResultError
        If the cell is absent or unreadable.
    """
    record: dict[str, Any] = read_json(cell.record)
    return record


def read_predictions(cell: CellFolder, part: str) -> Array:
    """Read the predictions of a part of a cell, as memory that is read when it is used.

    Raises
    ------
    ResultError
        If the file is absent or is not an array.
    """
    path = cell.predictions(part)
    try:
        values: Array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ResultError(f"the predictions cannot be read: {error}", where=str(path)) from None
    return values


def host_record() -> dict[str, Any]:
    """Return what belongs to a run and never to a key: the machine it ran on."""
    return {
        "host": platform.node(),
        "system": platform.platform(),
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "rampflow": rampflow.__version__,
        "slurm_job": os.environ.get("SLURM_JOB_ID"),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((s.partition(":")[2].strip() for s in lines if s.startswith("model name")), "")
