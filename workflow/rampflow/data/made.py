"""Running a stage for what is missing, also where this machine makes other bytes than locked.

The last bits of a number differ between processors and libraries, and with them a data set may.
Such data are used, and said to be other ones: keys hold the hash of the bytes that were used, and
``dvc.lock`` stays as its steward committed it. A note remembers what was made here instead, so that
the next run neither refuses nor makes it again. It holds until the lock is another one, or until
the locked bytes are there.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rampflow.data.calling import call_dvc
from rampflow.data.checksum import md5_of, stat_of
from rampflow.data.locks import recipe, stages_locked
from rampflow.errors import DataError
from rampflow.files import read_json, write_bytes, write_json
from rampflow.paths import Project


def make_stage(project: Project, stage: str, paths: list[str]) -> None:
    """Run a stage whose outputs are missing. A lock that there was stays as it was.

    Parameters
    ----------
    project : Project
        Where DVC runs; the caller holds the data (`rampflow.data.calling.alone`).
    stage : str
        The stage.
    paths : list of str
        Those of its outputs that are wanted.

    Raises
    ------
    DataError
        If the stage fails, or makes other bytes because what people wrote of it has changed.
    """
    lock = project.root / "dvc.lock"
    before = lock.read_bytes() if lock.exists() else b""
    locked, locked_recipe = stages_locked(project), recipe(project, stage)
    call_dvc(project, "repro", stage)
    made, made_recipe = stages_locked(project), recipe(project, stage)
    if not all(path in locked for path in paths):
        return  # made for the first time: what DVC has locked is the data set
    write_bytes(lock, before)  # DVC may have noted other dependencies or another layout
    other = [path for path in paths if made[path] != locked[path]]
    if other and made_recipe != locked_recipe:
        for path in other:
            _remove(project.root / path)
        raise DataError(
            f"{', '.join(other)} is missing, and what makes it has changed since it was locked",
            where=f"dvc.yaml: stage {stage}",
            do=f"for the locked data set: undo the change, or fetch it (dvc pull {other[0]}); for "
            f"a new version: dvc repro {stage}, and commit dvc.lock",
        )
    note = _read(project)
    for path in paths:
        note.pop(path, None)
    for path in other:
        seen = stat_of(project.root / path)
        note[path] = {"locked": locked[path], "made": made[path], "seen": seen}
    if note or project.data_made.exists():
        write_json(project.data_made, note)


def made_instead(project: Project, locked: dict[str, str]) -> dict[str, str]:
    """Return path → MD5 of what this machine made instead of what is locked.

    Parameters
    ----------
    project : Project
        The project.
    locked : dict of str to str
        Path → MD5 that DVC has locked.
    """
    return {
        path: str(entry["made"])
        for path, entry in _read(project).items()
        if locked.get(path) == entry["locked"] and not _is_back(project.root / path, entry)
    }


def _is_back(path: Path, entry: dict[str, Any]) -> bool:
    """Tell whether the locked bytes came to be there after all, say by ``dvc pull``."""
    seen = stat_of(path)
    return path.exists() and seen != entry["seen"] and md5_of(path) == entry["locked"]


def _read(project: Project) -> dict[str, Any]:
    return dict(read_json(project.data_made)) if project.data_made.exists() else {}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
