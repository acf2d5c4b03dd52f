"""What this machine offers to an evaluation, one finding after the other: ``rampflow doctor``."""

from __future__ import annotations

import configparser
import importlib.util
import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rampflow.config.event import default_event, load_event_file
from rampflow.errors import RampflowError
from rampflow.paths import Project
from rampflow.plan import slurm
from rampflow.plan.environment import check_environment
from rampflow.sandbox import bubble
from rampflow.sandbox.devices import gpus_here
from rampflow.sandbox.policy import STRONGEST_FIRST, Tier
from rampflow.sandbox.probe import choose, landlock_version, probe

LEAST_BYTES, LEAST_FILES = 2 * 10**9, 20_000
"""Free room below which an evaluation is likely to fail half-way."""
PYTHON = (3, 11)
NAMESPACES = (
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "install bubblewrap and the package apparmor-profiles, which lets /usr/bin/bwrap have them",
    ),
)
"""Below ``/proc/sys``: a switch, the value that forbids namespaces, what to do about it."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
        What.
    said : str
        What was found, in plain words.
    is_good : bool
        Whether it is as it should be.
    is_needed : bool
        Whether nothing can be evaluated here where it is not.
    do : str
        What to do about it.
    """

    name: str
    said: str
    is_good: bool = True
    is_needed: bool = False
    do: str = ""


def findings(project: Project) -> Iterator[Finding]:
    """Look at the machine, from what is needed most to what helps."""
    yield _python()
    yield _lock(project)
    yield _sandbox(project)
    yield from map(_tier, STRONGEST_FIRST)
    yield _namespaces()
    yield _user()
    yield _limits()
    yield _cgroups()
    yield _gpus(project)
    yield _room(project)
    yield _dvc(project)
    yield _slurm()


def _python() -> Finding:
    said = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding(
        "Python",
        said,
        is_good=sys.version_info >= PYTHON,
        is_needed=True,
        do=f"make an environment with Python {'.'.join(map(str, PYTHON))} or newer",
    )


def _lock(project: Project) -> Finding:
    try:
        check_environment(project)
    except RampflowError as error:
        return Finding("packages", error.what, is_good=False, is_needed=True, do=error.do)
    return Finding("packages", "those of the lock file")


def _sandbox(project: Project) -> Finding:
    """Say what confines the default event's submissions."""
    try:
        event = default_event(project)
        word = load_event_file(project, event).sandbox
    except RampflowError as error:
        where = f"{error.what} ({error.where})"
        return Finding("event", where, is_good=False, is_needed=True, do=error.do)
    try:
        tier = choose(word).tier
    except RampflowError as error:
        return Finding("sandbox", error.what, is_good=False, is_needed=True, do=error.do)
    said = f"{event} asks for {word} and gets {tier}"
    if tier is Tier.NONE:
        do = "write `sandbox: auto` in the event, unless you trust the code of every entry"
        return Finding("sandbox", said, is_good=False, do=do)
    return Finding("sandbox", said)


def _tier(tier: Tier) -> Finding:
    offer = probe(tier)
    name = {Tier.BWRAP: "bubblewrap", Tier.LANDLOCK: "Landlock"}[tier]
    if not offer.works:
        return Finding(name, offer.why_not, is_good=False, do=offer.fix)
    version = bubble.version() if tier is Tier.BWRAP else f"interface {landlock_version()}"
    said = f"works ({version}); a confined process took {offer.seconds * 1000:.0f} ms"
    return Finding(name, said)


def _namespaces() -> Finding:
    for name, forbids, do in NAMESPACES:
        file = Path("/proc/sys") / name
        if file.exists() and file.read_text().strip() == forbids:
            said = f"{name.replace('/', '.')} is {forbids}"
            return Finding("user namespaces", said, is_good=probe(Tier.BWRAP).works, do=do)
    return Finding("user namespaces", "nothing forbids them")


def _user() -> Finding:
    if os.geteuid():
        return Finding("user", f"an ordinary one, {os.geteuid()}")
    dropping = [str(tier) for tier in STRONGEST_FIRST if probe(tier).drops]
    if dropping:
        said = f"root; submissions become an unprivileged user under {' and '.join(dropping)}"
        return Finding("user", said)
    said = "root, and submissions would run as root"
    do = "run as an ordinary user, or let everybody read the project and Python; else the page says"
    return Finding("user", said, is_good=False, do=do)


def _limits() -> Finding:
    words = []
    for name, what in (("NOFILE", "open files"), ("NPROC", "processes"), ("AS", "address space")):
        hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]
        words.append(f"{what} {'unlimited' if hard == resource.RLIM_INFINITY else hard}")
    unlimited = resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY
    return Finding(
        "limits of the kernel",
        ", ".join(words),
        is_good=unlimited,
        do="lift it (ulimit -v unlimited): libraries reserve far more addresses than they use",
    )


def _cgroups() -> Finding:
    for name, kind in (
        ("/sys/fs/cgroup/memory.max", "version 2"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "version 1"),
    ):
        if Path(name).exists():
            value = Path(name).read_text().strip()
            has_limit = value.isdigit() and int(value) < 2**60
            limit = f"{int(value) / 1e6:.0f} MB of memory" if has_limit else "no limit of memory"
            return Finding("control groups", f"{kind}, {limit} at the top")
    two = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    return Finding("control groups", "version 2, none of memory at the top" if two else "none seen")


def _gpus(project: Project) -> Finding:
    """Say which GPUs a step that declares one would be given here."""
    if found := gpus_here():
        shown = ", ".join(str(gpu.node) for gpu in found)
        return Finding("GPUs", f"{shown}; for steps that declare one")
    said = "none that may be used: a step that declares one runs without it, and its record says so"
    try:
        wanted = load_event_file(project, default_event(project)).cluster.gpus
    except RampflowError:  # said above
        wanted = 0
    do = "install the driver, join the group that owns /dev/nvidia* or /dev/kfd and /dev/dri/*, or "
    do += "use a node that has one; CUDA_VISIBLE_DEVICES and the like may hide them, too"
    return Finding("GPUs", said, is_good=not wanted, do=do)


def _room(project: Project) -> Finding:
    folder = project.results if project.results.exists() else project.root
    found = os.statvfs(folder)
    free, files = found.f_bavail * found.f_frsize, found.f_favail
    has_files = found.f_files == 0 or files >= LEAST_FILES  # some file systems do not count
    said = f"{free / 1e9:.1f} GB free" + (f", {files:,} more files" if found.f_files else "")
    return Finding(
        "disk",
        said,
        is_good=free >= LEAST_BYTES and has_files,
        is_needed=free < LEAST_BYTES / 20,
        do="make room, or let results/ be a link to a larger disk",
    )


def _dvc(project: Project) -> Finding:
    if importlib.util.find_spec("dvc") is None:
        do = "run `make setup`: data sets are fetched and made by DVC"
        return Finding("DVC", "not installed", is_good=False, do=do)
    parser = configparser.ConfigParser()
    parser.read([project.root / ".dvc" / "config", project.root / ".dvc" / "config.local"])
    remotes = [s.split('"')[1] for s in parser.sections() if s.strip("'").startswith('remote "')]
    if remotes:
        return Finding("DVC", f"installed, remote {', '.join(remotes)}")
    do = "dvc remote add -d NAME URL, where data sets are to be fetched and not made"
    return Finding("DVC", "installed, no remote: data sets are made here, or imported", do=do)


def _slurm() -> Finding:
    if not shutil.which("sbatch"):
        return Finding("SLURM", "no client: jobs run on this machine")
    inside = f"inside job {job}; " if (job := os.environ.get("SLURM_JOB_ID")) else ""
    found = slurm.configuration()
    if not found:
        said = "the client is installed and no controller answers"
        do = "ask who runs the cluster; or remove slurm-client, or set SLURM_CONF=/dev/null: plain "
        do += "Snakemake asks it at every start, and may wait for it"
        return Finding("SLURM", inside + said, is_good=False, do=do)
    said = f"{inside}{found.get('SLURM_VERSION', '?')}, cluster {found.get('ClusterName', '?')}"
    age = found.get("MinJobAge", "?")
    kept = "accounts are kept" if slurm.has_accounting(found) else "no accounts are kept"
    if slurm.has_accounting(found) and not slurm.remembers(found):
        said = f"{said}; {kept}, ended jobs are asked of sacct"
        do = f"ask for a MinJobAge of at least {slurm.LEAST_AGE_SECONDS} s; until then a job that "
        do += "somebody cancels is waited for until you press Ctrl-C"
        return Finding("SLURM", said, is_good=False, do=do)
    return Finding(
        "SLURM",
        f"{said}; {kept}, ended jobs are asked of squeue, which knows them for {age}",
        is_good=slurm.remembers(found),
        do=f"ask for a MinJobAge of at least {slurm.LEAST_AGE_SECONDS} s: jobs that are forgotten "
        "before they are asked for seem to run for ever",
    )
