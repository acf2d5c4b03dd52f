"""From what a step needs to how it is confined: the policy, the view and the command."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rampflow.sandbox import bubble
from rampflow.sandbox.devices import Devices, others_may_use
from rampflow.sandbox.limits import tasks_of_user
from rampflow.sandbox.policy import Policy, Tier
from rampflow.sandbox.reads import default_reads, default_writes
from rampflow.sandbox.user import others_may_read, unprivileged_user
from rampflow.sandbox.view import View

FLAGS = ("-P", "-s")
"""Neither the current folder nor the user's own packages are on the path of a step."""


class Access(NamedTuple):
    """How strongly a step is confined, and the files it may read.

    Parameters
    ----------
    tier : Tier
        How strongly.
    read : tuple of Path
        Absolute paths of files and folders, beside what every step of Python reads.
    drops : bool
        Whether a step of root becomes an unprivileged user where these files let it.
    devices : Devices
        The GPUs that it may use.
    """

    tier: Tier = Tier.NONE
    read: tuple[Path, ...] = ()
    drops: bool = True
    devices: Devices = Devices()


class Needs(NamedTuple):
    """What a step may take; the fields are those of `rampflow.cell.limits.StepLimits`."""

    memory_mb: float
    cpu_s: float | None = None
    processes: int = 256
    open_files: int = 1024
    output_mb: float = 20.0
    disk_mb: float = 1000.0


class Arranged(NamedTuple):
    """How one step is confined.

    Parameters
    ----------
    policy : Policy
        What it may do.
    view : View
        What it finds, where folders are its own.
    variables : tuple of (name, value)
        Environment variables that it needs beside those of every step.
    """

    policy: Policy
    view: View
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def tier(self) -> Tier:
        """How strongly."""
        return self.policy.tier

    @property
    def scratch(self) -> Path:
        """The folder that it may write, its current folder."""
        return self.view.scratch

    @property
    def starts_in(self) -> Path:
        """The current folder of the process that is started: there is one outside, too."""
        return self.scratch.parent if self.tier is Tier.BWRAP else self.scratch

    def make_scratch(self) -> None:
        """Make the folder that it may write, new and empty; in memory, it is made inside."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.tier is Tier.BWRAP:
            return
        self.scratch.mkdir(parents=True)
        if self.policy.user is not None:
            os.chown(self.scratch, self.policy.user, self.policy.user)

    def command(
        self, module: str, words: Sequence[str], keep: Sequence[int], status: int
    ) -> tuple[list[str], tuple[int, ...]]:
        """Return the command that confines itself and becomes a module, and what it inherits.

        Parameters
        ----------
        module : str
            A module of this package.
        words : sequence of str
            Its arguments.
        keep : sequence of int
            The descriptors that it keeps.
        status : int
            Where the first process tells how it ended, where there is one (`Tier.BWRAP`).

        Returns
        -------
        command : list of str
            To be started with the descriptors below, and no others.
        descriptors : tuple of int
            All that it inherits; the caller closes the first, which is the policy's.
        """
        python = [sys.executable, *FLAGS, "-m"]
        if self.tier is Tier.NONE:
            return [*python, module, *words], tuple(keep)
        policy = self.policy.to_descriptor()
        has_first = self.tier is Tier.BWRAP
        kept = ",".join(map(str, keep)) or "-"
        launcher = [*python, "rampflow.sandbox.launch", str(policy), kept]
        launcher += [str(status) if has_first else "-", module, *words]
        inherited = (policy, *keep, *([status] if has_first else []))
        return (bubble.command(self.view, launcher) if has_first else launcher), inherited


def arrange(access: Access, needs: Needs, scratch: Path) -> Arranged:
    """Return how a step is confined.

    Parameters
    ----------
    access : Access
        How strongly, and what it reads.
    needs : Needs
        What it may take.
    scratch : Path
        The folder that it may write.
    """
    is_own, devices = access.tier is Tier.BWRAP, access.devices
    read = (*access.read, *devices.system)
    view = View(read, scratch, needs.disk_mb, needs.memory_mb, devices.nodes)
    user = unprivileged_user() if access.drops and access.tier is not Tier.NONE else None
    if user is not None:
        named = access.read if is_own else (Path(sys.executable), scratch.parent, *access.read)
        may_read = others_may_read(named, by_name=not is_own)
        user = user if may_read and others_may_use(devices.nodes) else None
    policy = Policy(
        read=(Path("/"),) if is_own else (*default_reads(), *read, *devices.driver),
        write=view.writes if is_own else (scratch, *default_writes()),
        memory_mb=needs.memory_mb,
        n_processes=needs.processes,
        n_others=tasks_of_user(user),
        n_files=needs.open_files,
        file_mb=max(needs.disk_mb, needs.memory_mb, 2 * needs.output_mb),
        cpu_s=needs.cpu_s,
        tier=access.tier,
        user=user,
        devices=devices.nodes,
    )
    variables = devices.variables(os.environ, hides=access.tier is not Tier.NONE)
    return Arranged(policy, view, tuple(variables.items()))
