"""What SLURM says when it is asked, once and politely; nothing where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 60.0
LEAST_AGE_SECONDS = 200
"""So long must SLURM remember a job that ended where `squeue` is asked: polling may be slow."""


@dataclass(frozen=True)
class Queue:
    """The jobs of a project that SLURM knows.

    Parameters
    ----------
    states : dict of str to int
        State in small letters → how many jobs.
    reasons : dict of str to int
        Why jobs wait → how many.
    """

    states: dict[str, int]
    reasons: dict[str, int]

    @property
    def words(self) -> str:
        """What it is, for people."""
        if not self.states:
            return "no jobs of this project"
        said = ", ".join(f"{count:,} {state}" for state, count in self.states.items())
        why = ", ".join(f"{reason} {count:,}" for reason, count in self.reasons.items())
        return said + (f" (waiting for: {why})" if why else "")


def ask(*command: str) -> str | None:
    """Run a command of SLURM and return what it prints, or None if there is no answer."""
    if not shutil.which(command[0]):
        return None
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout


def configuration() -> dict[str, str]:
    """Return the configuration of the cluster, or nothing if no controller answers."""
    lines = (ask("scontrol", "show", "config") or "").splitlines()
    pairs = (line.partition("=") for line in lines)
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}


def has_accounting(found: dict[str, str]) -> bool:
    """Return whether a cluster keeps accounts, so that `sacct` knows of jobs that ended."""
    kind = found.get("AccountingStorageType", "")
    return bool(kind) and not kind.endswith(("/none", "(null)"))


def remembers(found: dict[str, str]) -> bool:
    """Return whether `squeue` knows for long enough of jobs that ended."""
    age = found.get("MinJobAge", "").split(" ")[0]
    return age.isdigit() and int(age) >= LEAST_AGE_SECONDS


def plugin_arguments() -> list[str]:
    """Return what Snakemake's plugin must be told of this cluster."""
    return arguments_for(configuration())


def arguments_for(found: dict[str, str]) -> list[str]:
    """Return what Snakemake's plugin must be told of a cluster of some configuration.

    Where no accounts are kept it would ask `sacct` for ever, which is installed and knows nothing.
    Where they are, it does not understand what `sacct` says of a job that somebody has cancelled
    ("CANCELLED by" whom), and would wait for it for ever: `squeue` says the bare word.
    """
    if not found:
        return []
    if not has_accounting(found):
        return ["--slurm-status-command", "squeue", "--slurm-no-account"]
    return ["--slurm-status-command", "squeue"] if remembers(found) else []


def queue(root: Path) -> Queue | None:
    """Return the jobs of this user that work in a folder, or None if nobody answers."""
    user = str(os.geteuid())
    lines = ask("squeue", "--noheader", f"--user={user}", "--format=%T|%r|%Z")
    if lines is None:
        return None
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for line in lines.splitlines():
        state, reason, folder = line.split("|", 2)
        if Path(folder) == root:
            states[state.lower()] += 1
            if state == "PENDING":
                reasons[reason] += 1
    return Queue(dict(states.most_common()), dict(reasons.most_common()))
