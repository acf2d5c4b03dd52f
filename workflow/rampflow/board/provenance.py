"""What a board depends on, in a form that a reader of the page can check."""

from __future__ import annotations

import subprocess
from typing import Any

import rampflow
from rampflow.cell.task import TaskFile
from rampflow.config.event import LoadedEvent
from rampflow.data.dvc import data_set
from rampflow.hashing import value_sha256
from rampflow.paths import Project

SOURCES = ("submissions", "problems", "config", "workflow", "rules")
"""Folders of what people write: a file there that git does not know is a change."""


def provenance(project: Project, tasks: TaskFile, loaded: LoadedEvent) -> dict[str, Any]:
    """Return the data, the lock, the folds, the code and the command of a board.

    The hash of a data file stands under ``md5``: the MD5 that DVC has locked, or ``sha256:…`` for
    a file outside DVC. Where this machine made other bytes than those that are locked, ``md5`` is
    theirs, and ``locked`` that of the lock. ``score_key`` names the scores of the cells that the
    board was made from.

    Parameters
    ----------
    project : Project
        Where the code is.
    tasks : TaskFile
        The plan the cells were made for.
    loaded : LoadedEvent
        The event.
    """
    locked = data_set(project, tasks.problem).instead_of
    return {
        "data": [
            {"path": path, "md5": md5, **({"locked": locked[path]} if path in locked else {})}
            for path, md5 in sorted(tasks.common["data"].items())
        ],
        "lock_sha256": tasks.common["lock"],
        "folds_sha256": value_sha256(tasks.folds),
        "score_key": tasks.score,
        "code": code_state(project),
        "python": tasks.common["python"],
        "rampflow": rampflow.__version__,
        "command": f"rampflow run {loaded.name}",
        "threads": loaded.event.threads,
    }


def code_state(project: Project) -> dict[str, Any]:
    """Return the commit of the project and whether the work tree holds nothing else.

    A file below `SOURCES` that git neither knows nor ignores counts as a change: a submission that
    was dropped in and not committed is not in the commit. Both are None outside a git checkout (a
    source archive).
    """
    if not (project.root / ".git").exists():
        return {"commit": None, "clean": None}
    commit = _git(project, "rev-parse", "HEAD")
    changed = _git(project, "status", "--porcelain", "--untracked-files=no")
    new = _git(project, "ls-files", "--others", "--exclude-standard", "--", *SOURCES)
    is_known = changed is not None and new is not None
    return {"commit": commit or None, "clean": not (changed or new) if is_known else None}


def _git(project: Project, *arguments: str) -> str | None:
    try:
        result = subprocess.run(
            # a look only: the index that a person may be working with is not locked
            ["git", "--no-optional-locks", *arguments],
            cwd=project.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None
