"""What keeps an evaluation waiting on SLURM and does not pass by waiting.

Snakemake's plugin waits for a job that SLURM will never start, and for one that was preempted and
is not put back, and says nothing. So whoever waits for Snakemake looks now and then, and says it.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from rampflow.plan.slurm import ask

LOOK_SECONDS = 60.0
"""So often is SLURM asked, by one command, while an evaluation runs."""
_FOR_EVER = re.compile(
    r"(QOS|Assoc)Max\w+PerJob(Limit)?|Partition(Time|Node)Limit|PartitionInactive|BadConstraints"
    r"|Invalid(Account|QOS)|(Account|QOS)NotAllowed|JobHeld(Admin|User)|DependencyNeverSatisfied"
    r"|launch_failed_requeued_held"
)
"""Reasons of SLURM why a job waits that end only when somebody changes something."""
_HELD = re.compile(r"JobHeld\w+|launch_failed_requeued_held")


class Watch:
    """A look at the jobs of one evaluation; each thing is said once.

    Parameters
    ----------
    root : Path
        The project: its jobs are those that work there.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._said = root, set[str]()
        self._since = time.strftime("%Y-%m-%dT%H:%M:%S")

    def look(self) -> list[str]:
        """Return what is new, as sentences; nothing where SLURM does not answer."""
        user = str(os.geteuid())
        states = "--states=PENDING,PREEMPTED"
        lines = ask("squeue", "--noheader", f"--user={user}", states, "--format=%i|%T|%r|%V|%Z")
        return self.read(lines or "")

    def read(self, lines: str) -> list[str]:
        """Return what is new in an answer of SLURM.

        Parameters
        ----------
        lines : str
            A job each: its number, state, reason, time of submission, folder.
        """
        found = []
        for line in lines.splitlines():
            number, state, reason, submitted, folder = line.split("|", 4)
            if Path(folder) != self._root or submitted < self._since:
                continue
            name = reason if state == "PENDING" else state
            sentence = _sentence(number, state, reason)
            if sentence and name not in self._said:
                self._said.add(name)
                found.append(sentence)
        return found


def _sentence(number: str, state: str, reason: str) -> str | None:
    """Return what is to be said of a job, if waiting for it is no use."""
    if state == "PREEMPTED":
        return (
            f"job {number} was preempted, and neither SLURM nor Snakemake starts it again. Say "
            "slurm-requeue: true in the profile, in place of slurm-no-requeue: true; press Ctrl-C, "
            "and run again: what is finished is kept"
        )
    if not _FOR_EVER.fullmatch(reason):
        return None
    if _HELD.fullmatch(reason):
        return f"job {number} is held ({reason}). When it may run: scontrol release {number}"
    return (
        f"SLURM will not start job {number} as it is ({reason}). scontrol show job {number} says "
        "what it asks for; ask for less (limits of the event, cluster_pack_s) or for another place "
        "(cluster: of the event, or the profile); press Ctrl-C, and run again"
    )
