"""The GPUs that a step may use: their device nodes, what their libraries read, and their names.

Nodes of NVIDIA are ``/dev/nvidia0`` and so on with a few that all GPUs share, those of AMD
``/dev/dri/renderD128`` and so on with ``/dev/kfd``. A node that this process may not open is left
out, so a control group that holds back devices (SLURM's `ConstrainDevices`) is obeyed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

DEV = Path("/dev")
"""Where device nodes are."""
SHARED_NODES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")
CAPABILITIES = "nvidia-caps"
"""The folder of the nodes by which parts of a GPU (MIG) are opened; they are only read."""
OF_ADMINISTRATORS = ("nvidia-cap1", "nvidia-cap2")
"""Those of them that divide a GPU anew, and watch all of its parts: no step needs them."""
SYSTEM = (
    *("/sys/bus/pci", "/sys/class/drm", "/sys/class/kfd", "/sys/dev/char", "/sys/devices"),
    *("/sys/module/nvidia", "/sys/module/nvidia_uvm", "/sys/module/amdgpu"),
)
"""What libraries of GPUs read to find them: without it CUDA ends with error 304."""
DRIVER = ("/proc/driver/nvidia", "/proc/driver/nvidia-uvm", "/proc/devices", "/proc/modules")
"""The same of ``/proc``, which is named file by file where a step has no ``/proc`` of its own."""
OF_SLURM = ("SLURM_STEP_GPUS", "SLURM_JOB_GPUS")
"""The numbers of a job's GPUs on the whole node, the narrowest first."""
INDEXES = {
    "nvidia": ("CUDA_VISIBLE_DEVICES",),
    "amd": ("ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"),
}
"""By maker: the variables that say which GPUs a process uses; later ones count within the first."""
PASSED_ON = ("HIP_", "HSA_", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES")
"""Variables, or beginnings of their names, that a step with a GPU takes from ours as well."""
_AMD = "0x1002"


class Gpu(NamedTuple):
    """One GPU: its maker (``nvidia`` or ``amd``), its number, and its node."""

    maker: str
    number: int
    node: Path


class Devices(NamedTuple):
    """What a step is given.

    Parameters
    ----------
    declared : int
        How many GPUs its submission declares.
    gpus : tuple of Gpu
        Those that it gets: fewer, or none, where this machine has no more.
    nodes : tuple of Path
        All device nodes, those that GPUs share included.
    """

    declared: int = 0
    gpus: tuple[Gpu, ...] = ()
    nodes: tuple[Path, ...] = ()

    @property
    def system(self) -> tuple[Path, ...]:
        """What the libraries read of ``/sys``."""
        return _there(SYSTEM) if self.gpus else ()

    @property
    def driver(self) -> tuple[Path, ...]:
        """What the libraries read of ``/proc``."""
        return _there(DRIVER) if self.gpus else ()

    def variables(self, environment: Mapping[str, str], *, hides: bool) -> dict[str, str]:
        """Return the environment variables by which the libraries find these GPUs.

        Parameters
        ----------
        environment : mapping
            This process's own variables.
        hides : bool
            Whether the step finds no other GPU: the libraries then count from 0.
        """
        if not self.gpus:
            return {}
        found = {name: v for name, v in environment.items() if name.startswith(PASSED_ON)}
        for place, name in enumerate(INDEXES[self.gpus[0].maker]):
            before, counts_anew = environment.get(name), hides or place > 0
            if before is None and counts_anew:
                continue
            own = [gpu.number for gpu in self.gpus]
            numbers = range(len(own)) if counts_anew else own
            if before is not None and (not _numbers(before) or (not hides and in_job(environment))):
                found[name] = before
            else:
                found[name] = ",".join(map(str, numbers))
        return found

    def as_record(self) -> dict[str, object]:
        """Return what the run record says."""
        return {"declared": self.declared, "devices": [str(node) for node in self.nodes]}


def in_job(environment: Mapping[str, str]) -> bool:
    """Return whether SLURM has given this process its GPUs."""
    return bool(job_of(environment))


def job_of(environment: Mapping[str, str]) -> list[str]:
    """Return the number of the job of SLURM that this process belongs to, if it does."""
    return [environment[name] for name in ("SLURM_JOB_ID",) if name in environment]


def gpus_here(environment: Mapping[str, str] | None = None, dev: Path | None = None) -> list[Gpu]:
    """Return the GPUs that this process was given.

    Inside a job of SLURM they are the job's; else all, or those that ``CUDA_VISIBLE_DEVICES`` or
    AMD's variables name by number. Where there are GPUs of both makers, NVIDIA's are taken.

    Parameters
    ----------
    environment : mapping, optional
        The variables, by default this process's.
    dev : Path, optional
        Where device nodes are, by default `DEV`.
    """
    folder = DEV if dev is None else dev
    found = _of_nvidia(folder) or _of_amd(folder)
    return chosen(found, os.environ if environment is None else environment)


def chosen(found: list[Gpu], words: Mapping[str, str]) -> list[Gpu]:
    """Return those of a machine's GPUs that variables say are for this process.

    Parameters
    ----------
    found : list of Gpu
        Those that it may open, of one maker.
    words : mapping
        Environment variables.
    """
    if not found:
        return []
    if in_job(words):
        named = [words[name] for name in OF_SLURM if name in words]
        if named:
            numbers = _numbers(named[0])
            # fewer are open to us than the node has: the kernel was told, by its own numbers
            has_chosen = len(found) <= len(numbers)
            return found if has_chosen else [gpu for gpu in found if gpu.number in numbers]
    told = [words[name] for name in INDEXES[found[0].maker] if name in words]
    if not told:
        return [] if in_job(words) else found
    if numbers := _numbers(told[0]):
        return [gpu for gpu in found if gpu.number in numbers]
    is_named = any(word in told[0] for word in ("GPU-", "MIG-"))  # which node that is, nobody says
    return found if is_named else []


def devices_of(declared: int, gpus: Sequence[Gpu], dev: Path | None = None) -> Devices:
    """Return what a step that declares GPUs is given with these.

    Parameters
    ----------
    declared : int
        How many it declares.
    gpus : sequence of Gpu
        What it gets, of one maker.
    dev : Path, optional
        Where device nodes are, by default `DEV`.
    """
    if not gpus:
        return Devices(declared)
    folder = DEV if dev is None else dev
    shared = [folder / "kfd"]
    if gpus[0].maker == "nvidia":
        shared = [folder / name for name in SHARED_NODES if _is_usable(folder / name)]
        caps = sorted((folder / CAPABILITIES).glob("nvidia-cap*"))
        caps = [node for node in caps if node.name not in OF_ADMINISTRATORS]
        shared += [node for node in caps if _is_usable(node, os.R_OK)]
    return Devices(declared, tuple(gpus), (*(gpu.node for gpu in gpus), *shared))


def others_may_use(nodes: Iterable[Path]) -> bool:
    """Return whether any user may open device nodes, but for those of parts of a GPU."""
    wanted = stat.S_IROTH | stat.S_IWOTH
    used = [node for node in nodes if node.parent.name != CAPABILITIES]
    return all(node.stat().st_mode & wanted == wanted for node in used)


def _of_nvidia(dev: Path) -> list[Gpu]:
    found = [Gpu("nvidia", number, node) for number, node in _numbered(dev, "nvidia")]
    return [gpu for gpu in found if _is_usable(gpu.node)]


def _of_amd(dev: Path) -> list[Gpu]:
    if not _is_usable(dev / "kfd"):
        return []
    nodes = [node for _, node in _numbered(dev / "dri", "renderD") if _is_of_amd(node)]
    found = [Gpu("amd", number, node) for number, node in enumerate(nodes)]
    return [gpu for gpu in found if _is_usable(gpu.node)]


def _numbered(folder: Path, name: str) -> list[tuple[int, Path]]:
    """Return the nodes of a name and a number, by number."""
    pairs = [(re.fullmatch(rf"{name}(\d+)", node.name), node) for node in folder.glob(f"{name}*")]
    return sorted((int(match[1]), node) for match, node in pairs if match)


def _is_of_amd(node: Path) -> bool:
    """Return whether a node is of AMD; where the system does not say, ``/dev/kfd`` does."""
    try:
        return Path(f"/sys/class/drm/{node.name}/device/vendor").read_text().strip() == _AMD
    except OSError:
        return True


def _is_usable(node: Path, mode: int = os.R_OK | os.W_OK) -> bool:
    """Return whether a node is one that this process may open; the device is left alone."""
    try:
        return stat.S_ISCHR(node.lstat().st_mode) and os.access(node, mode)
    except OSError:
        return False


def _there(names: Iterable[str]) -> tuple[Path, ...]:
    return tuple(path for path in map(Path, names) if path.exists() and not path.is_symlink())


def _numbers(text: str) -> list[int]:
    """Return the numbers of a list such as ``0,2`` or ``0-3``; none where it is anything else."""
    found: list[int] = []
    for word in text.split(","):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", word.strip())
        if not match:
            return []
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return found
