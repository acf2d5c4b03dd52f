"""Running a stage for what is missing, also where this machine makes other bytes than locked.

The last bits of a number differ between processors and libraries, and with them a data set may.
Such data are used, and said to be other ones: keys hold the hash of the bytes that were used, and
``dvc.lock`` stays as its steward committed it. A note remembers what was made here instead, so that
the next run neither refuses nor makes it again. It holds until the lock is another one, or until
the locked bytes are there.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rampflow.data.calling import call_dvc
from rampflow.data.checksum import md5_of, stat_of
from rampflow.data.locks import recipe, stage_outs, stages_locked, upstream
from rampflow.data.unfinished import put_back_unless_done
from rampflow.errors import DataError
from rampflow.files import read_json, write_bytes, write_json
from rampflow.paths import Project


def make_stage(project: Project, stage: str, wanted: dict[str, str]) -> None:
    """Run a stage whose outputs are missing. A lock that there was stays as it was.

    Parameters
    ----------
    project : Project
        Where DVC runs; the caller holds the data (`rampflow.data.calling.alone`).
    stage : str
        The stage.
    wanted : dict of str to str
        Path → MD5 of the data set; empty text where it was never made. What belongs to other stages
        than this one and those before it does not matter.

    Raises
    ------
    DataError
        If the stage fails, or makes other bytes because what people wrote of it, or of a stage
        before it, has changed. Then all is as it was.
    """
    makers, makes = stage_outs(project), upstream(project, stage)
    outs = {path: md5 for path, md5 in wanted.items() if makers.get(path) in makes}
    lock = project.root / "dvc.lock"
    before = lock.read_bytes() if lock.exists() else b""
    locked, locked_recipe = stages_locked(project), recipe(project, stage)
    with put_back_unless_done(project, outs):
        call_dvc(project, "repro", stage)
        if not all(path in locked for path in outs):
            return  # made for the first time: what DVC has locked is the data set
        made = stages_locked(project)
        other = {path: made[path] for path in outs if made[path] != locked[path]}
        changed = _changed(locked_recipe, recipe(project, stage))
        if other and changed:
            raise DataError(
                f"{', '.join(other)} is missing, and what makes it has changed since it was locked",
                where=f"dvc.yaml: stage {', '.join(changed)}",
                do="for the locked data set: undo the change, or fetch it (dvc pull "
                f"{next(iter(other))}); for a new version: dvc repro {stage}, and commit dvc.lock",
            )
        write_bytes(lock, before)  # DVC may have noted other dependencies or another layout
        _remember(project, outs, other, locked)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the stages of which people wrote something else, or which were not there before."""
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def _remember(
    project: Project, outs: Iterable[str], other: dict[str, str], locked: dict[str, str]
) -> None:
    """Note which of the outputs came out with other bytes; of the others nothing is noted."""
    note = {path: entry for path, entry in _read(project).items() if path not in outs}
    for path, md5 in other.items():
        seen = stat_of(project.root / path)
        note[path] = {"locked": locked[path], "made": md5, "seen": seen}
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
