"""Make `.venv` from the locks, or see that it is ready: the first step of every `make`.

Run by the python3 of the machine, so it needs the standard library only, and it must compile
on a Python that is too old, to be able to say so (syntax of 3.6, no import from __future__).

`requirements.lock` is what rampflow runs with. With ``--dev``, what tests and lint need is added to
the same `.venv` from `requirements-dev.lock`, which names the same version of what both hold:
nothing of the first is touched, so it stays usable while the second is added or if that fails.

What is installed is the locks and nothing else: each file is checked against its hash, and source
distributions are built with the setuptools of the lock. uv, itself from the lock, installs; where
uv cannot (say, a site's package mirror that only pip knows), pip does the same from the same lock.

Two stamps, written last, say what `.venv` was made for. With equal stamps there is nothing to do;
what is missing is added; otherwise `.venv` is made again from the beginning, so nothing half-made
is ever used.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

OLDEST = (3, 11)
TESTED = ("python3.13", "python3.12", "python3.11")
ROOT = Path(__file__).resolve().parent.parent
LOCK, DEV_LOCK = "requirements.lock", "requirements-dev.lock"
STAMP, DEV_STAMP = "rampflow-ready", "rampflow-ready-dev"
STARTED, DEV_STARTED = "rampflow-started", "rampflow-started-dev"
# What has to be there before the rest can be installed. uv is a tool, so it is in DEV_LOCK only.
INSTALLERS = ("setuptools", "uv")


def too_old(major: int, minor: int) -> str:
    """Return what to tell the user of Python `major.minor`, or "" if it is new enough."""
    if (major, minor) >= OLDEST:
        return ""
    text = f"rampflow needs Python 3.11 or newer; {sys.executable} is {major}.{minor}.\n"
    for newer in TESTED:
        if shutil.which(newer):
            return text + f"There is a newer one here: add PYTHON={newer} to the command."
    return text + "Install a newer one, then add PYTHON=/path/to/it to the command."


# Before the rest, which an old Python cannot even define.
if too_old(*sys.version_info[:2]):
    sys.exit("rampflow set-up: " + too_old(*sys.version_info[:2]))


class SetupError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def fingerprint(root: Path, lock: str = LOCK) -> str:
    """Return the hash of everything that what is installed from `lock` depends on.

    The lock, the project's metadata (its command and dependencies), the Python it was made with
    and, since scripts and links inside `.venv` hold absolute paths, where it lies.
    """
    parts = [
        (root / lock).read_bytes(),
        (root / "pyproject.toml").read_bytes(),
        Path(__file__).read_bytes(),
        f"{sys.implementation.cache_tag} {sys.platform} {platform.machine()}".encode(),
        os.fsencode(os.path.realpath(root)),
    ]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def is_ready(venv: Path, wanted: str, stamp: str = STAMP) -> bool:
    """Tell whether `venv` was finished for the fingerprint `wanted` and still has its Python."""
    try:
        found = (venv / stamp).read_text(encoding="utf-8")
    except OSError:
        return False
    return found == wanted and (venv / "bin" / "python").exists()


def lines_for(lock: str, names: Sequence[str]) -> str:
    """Return the entries of the lock for `names`, with their hashes.

    Raises
    ------
    SetupError
        The lock does not hold one of them.
    """
    entries = {entry.split("==")[0]: entry for entry in re.split(r"\n(?=\S)", lock)}
    missing = [name for name in names if name not in entries]
    if missing:
        raise SetupError(f"the lock lacks {', '.join(missing)}: make it again (make lock)")
    return "".join(entries[name].rstrip("\n") + "\n" for name in names)


def first_installer(venv: Path) -> list[str]:
    """Return the command that can install into `venv` while it is still empty.

    In this order: the pip that Python carries, the pip of this Python, a uv of the machine.

    Raises
    ------
    SetupError
        None is there: Debian and Ubuntu ship Python without the first two.
    """
    python = str(venv / "bin" / "python")
    if has_module("venv"):
        if has_module("ensurepip"):
            return [python, "-m", "pip", "install"]
        if has_module("pip"):
            return [sys.executable, "-m", "pip", "--python", python, "install"]
        uv = shutil.which("uv")
        if uv:
            return [uv, "pip", "install", "--python", python]
    raise SetupError(
        f"{sys.executable} cannot make an environment: it lacks venv, or both ensurepip and pip.\n"
        f"On Debian and Ubuntu: apt install python3.{sys.version_info[1]}-venv (as root).\n"
        "Elsewhere: install pip or uv, or add PYTHON=/path/to/another/python to the command."
    )


def create(venv: Path) -> None:
    """Make `venv` an empty environment, whatever an earlier set-up left there.

    A folder that holds something else is not touched: it may be the user's own environment.
    The folder itself is kept, so `.venv` may be a link to a larger disk.
    """
    ours = (venv / STAMP).exists() or (venv / STARTED).exists()
    if venv.exists() and not ours and any(venv.iterdir()):
        raise SetupError(
            f"{venv} exists and was not made by this set-up.\n"
            "Move it away, or remove it with `make clean`, and try again."
        )
    venv.mkdir(exist_ok=True)
    (venv / STARTED).touch()
    for entry in venv.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != STARTED:
            entry.unlink()
    without_pip = [] if has_module("ensurepip") else ["--without-pip"]
    run([sys.executable, "-m", "venv", *without_pip, str(venv)])


def install_locked(lock: Path, venv: Path, first: Sequence[str]) -> list[str]:
    """Install a lock into `venv`; return the command that could: uv, or else `first`."""
    strict = ["--require-hashes", "--no-build-isolation", "-r", str(lock)]
    progress = [] if sys.stderr.isatty() else ["--quiet"]
    chosen = [str(venv / "bin" / "uv"), "pip", "install", "--python", str(venv / "bin" / "python")]
    try:
        # compiled now, since a shared .venv may be read-only and PYTHONDONTWRITEBYTECODE set:
        # without it pandas and scikit-learn take five times as long to import, in every step
        run([*chosen, *progress, "--compile-bytecode", *strict])
    except SetupError:
        if "-m" not in first:
            raise
        say("uv could not install the lock (see above); trying pip, which takes a few minutes")
        chosen = list(first)
        run([*chosen, *progress, *strict])
    return chosen


def make(root: Path, venv: Path, first: Sequence[str]) -> None:
    """Make `venv` from nothing: what rampflow runs with, and rampflow as a link to `workflow/`."""
    say(f"making .venv from {LOCK}, once; the first download can take a minute")
    create(venv)
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder, "installers.txt")
        lines = lines_for((root / DEV_LOCK).read_text(encoding="utf-8"), INSTALLERS)
        few.write_text(lines, encoding="utf-8")
        run([*first, "--quiet", "--require-hashes", "--no-build-isolation", "-r", str(few)])
    chosen = install_locked(root / LOCK, venv, first)
    project = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", str(root)]
    run([*chosen, "--quiet", *project])
    write_stamp(venv, STAMP, fingerprint(root))
    (venv / STARTED).unlink()


def add(root: Path, venv: Path, first: Sequence[str]) -> None:
    """Add what tests and lint need to a finished `venv`.

    Where that fails before anything was installed, say without a network, `venv` is as it was.
    """
    say(f"adding what tests and lint need, from {DEV_LOCK}, once")
    (venv / DEV_STARTED).touch()
    before = installed(venv)
    try:
        install_locked(root / DEV_LOCK, venv, first)
    except SetupError:
        if installed(venv) == before:
            (venv / DEV_STARTED).unlink()
        raise
    write_stamp(venv, DEV_STAMP, fingerprint(root, DEV_LOCK))
    (venv / DEV_STARTED).unlink()


def installed(venv: Path) -> set[str]:
    """Return the names of everything that lies where packages and their commands are put."""
    places = [venv / "bin", *venv.glob("lib/python*/site-packages")]
    return {f"{place.name}/{entry.name}" for place in places for entry in place.iterdir()}


def write_stamp(venv: Path, stamp: str, content: str) -> None:
    """Write a stamp, whole or not at all."""
    ready = venv / (stamp + ".new")
    ready.write_text(content, encoding="utf-8")
    ready.replace(venv / stamp)


def set_up(root: Path, *, dev: bool = False) -> bool:
    """Bring `root/.venv` to the state that the locks describe; return False if it was there.

    Without `dev`, what was added for tests does not matter and stays. With it, an addition that
    was broken off, or is of another lock, is not mended but made again with all the rest.
    """
    venv = root / ".venv"
    has_run = is_ready(venv, fingerprint(root))
    has_dev = not dev or is_ready(venv, fingerprint(root, DEV_LOCK), DEV_STAMP)
    if has_run and has_dev:
        return False
    first = first_installer(venv)
    if not has_run or (venv / DEV_STAMP).exists() or (venv / DEV_STARTED).exists():
        make(root, venv, first)
    if dev:
        add(root, venv, first)
    return True


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Hold the folder `root`, so that two commands started together do not both set it up."""
    handle = os.open(root, os.O_RDONLY)
    # An installer that outlives a killed set-up keeps the folder held until it ends.
    os.set_inheritable(handle, True)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another command is making .venv; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            say("this file system has no locks: run one command at a time until .venv is made")
        yield
    finally:
        os.close(handle)


def has_module(name: str) -> bool:
    """Tell whether this Python has the package `name`, not only a folder that a removal left."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def run(command: Sequence[str]) -> None:
    """Run `command`, its output going to stderr, away from settings that lead out of `.venv`."""
    leaks = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if name not in leaks}
    env.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", UV_PYTHON_DOWNLOADS="never")
    try:
        subprocess.run(command, check=True, env=env, stdout=sys.stderr, close_fds=False)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(
            f"stopped: {error}\n"
            "The reason is above. Packages come once from the index that pip is set up for, so "
            "the network or a mirror of it is needed now. The next try starts afresh."
        ) from error


def say(text: str) -> None:
    """Tell the user something, on stderr."""
    print(f"rampflow set-up: {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Set up `.venv` beside this folder, for tests too with ``--dev``; return the exit code."""
    try:
        with one_at_a_time(ROOT):
            set_up(ROOT, dev="--dev" in arguments)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next try starts afresh")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
