"""Calling DVC: one process at a time, from the submit node, never from a compute job."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rampflow.data.claims import drop_claims_of_the_dead
from rampflow.data.unfinished import put_back
from rampflow.errors import DataError
from rampflow.files import write_text
from rampflow.paths import Project

PATIENCE_SECONDS = 60.0
"""So long a path may be used by another DVC, such as one that was killed and is still ending."""
BUSY = "it is being blocked by"
"""What DVC says then."""


@contextlib.contextmanager
def alone(project: Project) -> Iterator[None]:
    """Let one process at a time call DVC, which gives up where another one runs the same stage.

    What a killed one has left is put back first.
    """
    project.data_lock.parent.mkdir(parents=True, exist_ok=True)
    with project.data_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        put_back(project)
        yield


def without_scm(project: Project) -> None:
    """Tell DVC that a source archive has no git. In a clone this changes nothing."""
    local = project.root / ".dvc" / "config.local"
    if (project.root / ".dvc").is_dir() and not (project.root / ".git").exists():
        text = local.read_text(encoding="utf-8") if local.exists() else ""
        if "no_scm" not in text:
            write_text(local, f"{text}[core]\n    no_scm = true\n")


def call_dvc(project: Project, command: str, *targets: str) -> None:
    """Run a DVC command in the project. The caller holds the data (`alone`).

    Parameters
    ----------
    project : Project
        Where DVC runs.
    command : str
        Such as ``pull``.
    targets : str
        Its targets and options.

    Raises
    ------
    DataError
        If it fails; with the last lines of what DVC says. A path that another DVC uses is asked for
        again for `PATIENCE_SECONDS`.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        drop_claims_of_the_dead(project)
        code, said = _run_dvc(project, command, *targets)
        if not code:
            return
        if BUSY not in said or time.monotonic() > end:
            break
        time.sleep(0.2)
    last = "\n".join(said.strip().splitlines()[-12:])
    raise DataError(
        f"dvc {command} failed:\n{last}",
        where=", ".join(targets),
        do=f"try it yourself: dvc {command} {' '.join(targets)}",
    )


def _run_dvc(project: Project, command: str, *targets: str) -> tuple[int, str]:
    """Return the exit code of a DVC command, and what it said."""
    here = str(Path(sys.executable).parent)
    guard = [sys.executable, "-I", str(Path(__file__).with_name("guard.py"))]
    with subprocess.Popen(
        [*guard, sys.executable, "-m", "dvc", "--wait-for-lock", command, *targets],
        cwd=project.root,
        env={**os.environ, "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}"},
        stdin=subprocess.PIPE,  # held open until DVC has ended: see the guard
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
    ) as process:
        said = process.stdout.read() if process.stdout else ""
        return process.wait(), said
