"""A real SLURM of four nodes on this machine, in a folder and on ports of its own.

Needs root and Debian's slurmctld, slurmd, munge and slurm-client. All nodes are this machine; one
is lost by ending its daemon and all that it had started.
"""

from __future__ import annotations

import contextlib
import os
import platform
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

NODES = ("n1", "n2", "n3", "n4")
SRUN = "/usr/bin/srun"
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.05
CONFIGURATION = """
ClusterName=toys
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=1200
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdSpoolDir={folder}/spool.%n
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmdLogFile={folder}/slurmd.%n.log
SlurmdParameters=config_overrides
SlurmdTimeout=300
SlurmctldTimeout=300
MessageTimeout=100
TCPTimeout=60
BatchStartTimeout=300
UnkillableStepTimeout=600
ReturnToService=2
MinJobAge=3600
KillWait=2
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
MpiDefault=none
SchedulerParameters=sched_interval=1,bf_interval=1
GresTypes=gpu
NodeName={nodes} NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs=4 \
RealMemory=16000 Gres=gpu:1 Feature=toy
PartitionName=main Nodes={nodes} Default=YES MaxTime=1-0 LLN=YES State=UP
PartitionName=long Nodes=n4 MaxTime=INFINITE State=UP
"""
"""Nobody is given up because the machine is busy, and ended jobs are remembered for long; the rest
is a plain cluster."""


class Ports:
    """Ports in a row that nobody listens on, and that no other cluster takes meanwhile.

    Parameters
    ----------
    count : int
        How many.
    """

    def __init__(self, count: int) -> None:
        for first in range(17000 + os.getpid() % 1000 * count, 32000, count):
            self._guard = socket.socket(socket.AF_UNIX)
            try:
                self._guard.bind(f"\0rampflow-slurm-{first}")
                with contextlib.ExitStack() as stack:
                    for port in range(first, first + count):
                        stack.enter_context(socket.socket()).bind(("", port))
            except OSError:
                self._guard.close()
                continue
            self.numbers = range(first, first + count)
            return
        raise AssertionError("no free ports")

    def close(self) -> None:
        """Let others have them."""
        self._guard.close()


@dataclass
class Slurm:
    """A cluster; `running_slurm` starts one.

    Parameters
    ----------
    folder : Path
        Its configuration, state and logs. Owned by root, not writable by others.
    """

    folder: Path
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _ports: Ports = field(default_factory=lambda: Ports(1 + len(NODES)))

    @property
    def configuration(self) -> Path:
        """Its ``slurm.conf``."""
        return self.folder / "slurm.conf"

    @property
    def environment(self) -> dict[str, str]:
        """What lets SLURM's commands find this cluster.

        Snakemake's plugin takes ``SLURM_CONF`` away from `srun`, so there is one that puts it back.
        """
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {"SLURM_CONF": str(self.configuration), "PATH": path}

    def ask(self, *command: str) -> str:
        """Run a command of SLURM and return what it prints."""
        done = subprocess.run(
            command,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def jobs(self) -> dict[str, dict[str, str]]:
        """Return all jobs, finished ones too: number → ``state``, ``what``, ``nodes`` and so on."""
        names = {"state": "%T", "what": "%k", "nodes": "%N", "partition": "%P", "gres": "%b"}
        names |= {"memory": "%m", "minutes": "%l", "account": "%a", "features": "%f", "cpus": "%C"}
        lines = self.ask(
            "squeue", "--states=all", "--noheader", f"--format=%i|{'|'.join(names.values())}"
        )
        rows = [line.split("|") for line in lines.splitlines()]
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    def node_states(self) -> dict[str, str]:
        """Return node → its state in small letters."""
        lines = self.ask("sinfo", "--Node", "--noheader", "--format=%N %t").splitlines()
        return dict(line.split() for line in lines)

    def lose(self, node: str) -> None:
        """Lose a node: its daemon and all that it has started end at once, and the cluster knows.

        It would also find out itself, by a time that must be too long for a busy machine.
        """
        daemon = self.daemons.pop(node)
        daemon.kill()
        daemon.wait()
        self._end_steps(node)
        self.ask("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")

    def freeze(self, node: str) -> None:
        """Stop all that jobs of a node have started, until it ends: the jobs stay as they are."""

        def moving() -> list[psutil.Process]:
            found = [child for step in self.steps(node) for child in children_of(step)]
            return [process for process in found if not is_stopped(process)]

        def are_stopped() -> bool:
            for process in moving():
                with contextlib.suppress(psutil.Error):
                    process.suspend()
            return not moving()

        wait_for(are_stopped, f"standstill of {node}")

    def restore(self, node: str) -> None:
        """Bring a lost node back."""
        self._start(node, ["slurmd", "-D", "-N", node, "-f", str(self.configuration)])
        wait_for(lambda: self.node_states()[node] in ("idle", "mix", "alloc"), f"{node} to be back")

    def steps(self, *nodes: str) -> list[psutil.Process]:
        """Return the processes that look after jobs of some nodes, known by what they log to."""
        logs = [str(self.folder / f"slurmd.{node}.log") for node in nodes]
        found = []
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == "slurmstepd":
                with contextlib.suppress(OSError):
                    opened = Path(f"/proc/{process.pid}/fd").iterdir()
                    links = [os.readlink(descriptor) for descriptor in opened]
                    if any(link.startswith(log) for link in links for log in logs):
                        found.append(process)
        return found

    def _end_steps(self, *nodes: str) -> None:
        """End what looks after jobs, and all that hangs below it."""
        steps = self.steps(*nodes)
        for process in [*steps, *(child for step in steps for child in children_of(step))]:
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.out").open("ab") as output:
            self.daemons[name] = subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start all daemons and wait until every node is idle."""
        self.folder.chmod(0o755)
        for name in ("state", *(f"spool.{node}" for node in NODES)):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        ports = self._ports.numbers
        self.configuration.write_text(
            CONFIGURATION.format(
                host=platform.node().split(".")[0],
                folder=self.folder,
                controller_port=ports[0],
                first=ports[1],
                last=ports[-1],
                nodes="n[1-4]",
            )
        )
        srun = self.folder / "bin" / "srun"
        srun.parent.mkdir()
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={self.configuration} exec {SRUN} "$@"\n')
        srun.chmod(0o755)
        (self.folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        munge = self.folder / "munge"
        self._start(
            "munge",
            [
                "munged",
                "--foreground",
                "--force",
                f"--key-file={key}",
                f"--socket={munge}.socket",
                f"--pid-file={munge}.pid",
                f"--log-file={munge}.log",
                f"--seed-file={munge}.seed",
            ],
        )
        wait_for(lambda: Path(f"{munge}.socket").exists(), "socket of munge")
        self._start("controller", ["slurmctld", "-D", "-f", str(self.configuration)])
        for node in NODES:
            self._start(node, ["slurmd", "-D", "-N", node, "-f", str(self.configuration)])
        wait_for(self._is_ready, f"four idle nodes (logs in {self.folder})")

    def _is_ready(self) -> bool:
        try:
            return set(self.node_states().values()) == {"idle"}
        except subprocess.CalledProcessError:
            return False

    def stop(self) -> None:
        """End all jobs, steps and daemons."""
        with contextlib.suppress(subprocess.CalledProcessError, subprocess.TimeoutExpired):
            subprocess.run(
                ["scancel", "--user", pwd.getpwuid(os.geteuid()).pw_name],
                env={**os.environ, **self.environment},
                capture_output=True,
                timeout=PATIENCE_SECONDS,
            )
        for daemon in reversed(self.daemons.values()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()
        while self.steps(*NODES) or self._strays():
            self._end_steps(*NODES)
            for process in self._strays():
                with contextlib.suppress(psutil.Error):
                    process.kill()
            time.sleep(POLL_SECONDS)
        self._ports.close()

    def _strays(self) -> list[psutil.Process]:
        """Return what jobs have started, known by its environment.

        A process may be born between the look at what hangs below a step and the end of that step.
        """
        found = []
        for process in psutil.process_iter(["environ", "status"]):
            environment = process.info["environ"] or {}
            is_of_job = environment.get("SLURM_CONF") == str(self.configuration)
            is_of_job = is_of_job and "SLURM_JOB_ID" in environment
            if is_of_job and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found


def is_stopped(process: psutil.Process) -> bool:
    """Return whether a process stands still, or is gone."""
    try:
        return process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def children_of(process: psutil.Process) -> list[psutil.Process]:
    """Return all that hangs below a process, as far as it is there."""
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def wait_for(is_true: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition, or fail and say what did not come."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, f"after {seconds} s: no {what}"
        time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def running_slurm(folder: Path) -> Iterator[Slurm]:
    """Run a cluster; whatever happens, nothing of it is left."""
    slurm = Slurm(folder)
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()
