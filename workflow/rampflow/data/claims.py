"""What DVC's processes have claimed: the paths that they read and write, noted in a file of DVC's.

DVC refuses paths that another process claims, and believes a claim as long as the number of that
process is in use. After a kill that is so while the process ends, for good where nobody collects
ended processes (a container without an init), and when the number has been given to another one.
"""

from __future__ import annotations

import json
from typing import Any

import psutil

from rampflow.files import write_text
from rampflow.paths import Project


def drop_claims_of_the_dead(project: Project) -> None:
    """Remove the claims of processes that have ended. The caller holds the data.

    Parameters
    ----------
    project : Project
        Where DVC runs. What is not as DVC writes it is left to DVC, which says what is wrong.
    """
    path = project.root / ".dvc" / "tmp" / "rwlock"
    try:
        noted = path.stat().st_mtime
        claims = json.loads(path.read_text(encoding="utf-8"))
        read = {
            name: [claim for claim in found if _is_alive(claim, noted)]
            for name, found in claims.get("read", {}).items()
        }
        written = {
            name: claim
            for name, claim in claims.get("write", {}).items()
            if not claim or _is_alive(claim, noted)
        }
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return
    alive = {"write": written, "read": {name: found for name, found in read.items() if found}}
    if alive != {"write": claims.get("write", {}), "read": claims.get("read", {})}:
        write_text(path, json.dumps(alive))


def _is_alive(claim: dict[str, Any], noted: float) -> bool:
    """Return whether a claim's process runs: it began before the claim was noted (Unix time, s)."""
    try:
        process = psutil.Process(int(claim["pid"]))
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() < noted + 1.0
    except psutil.NoSuchProcess:
        return False
