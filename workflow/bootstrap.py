"""Make `.venv` from `requirements.lock`, or see that it is ready: the first step of every `make`.

Run by the python3 of the machine, so it needs the standard library only, and it must compile
on a Python that is too old, to be able to say so (syntax of 3.6, no import from __future__).

What is installed is the lock and nothing else: each file is checked against its hash, and source
distributions are built with the setuptools of the lock. uv, itself from the lock, installs; where
uv cannot (say, a site's package mirror that only pip knows), pip does the same from the same lock.

A stamp, written last, says what `.venv` was made for. With an equal stamp there is nothing to do;
otherwise `.venv` is made again from the beginning, so a half-made one is never used.
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
LOCK = "requirements.lock"
STAMP = "rampflow-ready"
STARTED = "rampflow-started"
# What has to be there before the rest of the lock can be installed.
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


def fingerprint(root: Path) -> str:
    """Return the hash of everything `.venv` depends on.

    The lock, the project's metadata (its command and dependencies), the Python it was made with
    and, since scripts and links inside `.venv` hold absolute paths, where it lies.
    """
    parts = [
        (root / LOCK).read_bytes(),
        (root / "pyproject.toml").read_bytes(),
        Path(__file__).read_bytes(),
        f"{sys.implementation.cache_tag} {sys.platform} {platform.machine()}".encode(),
        os.fsencode(os.path.realpath(root)),
    ]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def is_ready(venv: Path, wanted: str) -> bool:
    """Tell whether `venv` was finished for the fingerprint `wanted` and still has its Python."""
    try:
        stamp = (venv / STAMP).read_text(encoding="utf-8")
    except OSError:
        return False
    return stamp == wanted and (venv / "bin" / "python").exists()


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
        raise SetupError(f"{LOCK} does not name {', '.join(missing)}: make it again (make lock)")
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


def install(root: Path, venv: Path, first: list[str]) -> None:
    """Install the lock and the project itself (as a link to `workflow/`) into `venv`."""
    strict = ["--require-hashes", "--no-build-isolation"]
    progress = [] if sys.stderr.isatty() else ["--quiet"]
    lock = root / LOCK
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder, "installers.txt")
        few.write_text(lines_for(lock.read_text(encoding="utf-8"), INSTALLERS), encoding="utf-8")
        run([*first, "--quiet", *strict, "-r", str(few)])
    chosen = [str(venv / "bin" / "uv"), "pip", "install", "--python", str(venv / "bin" / "python")]
    try:
        # compiled now, since a shared .venv may be read-only and PYTHONDONTWRITEBYTECODE set:
        # without it pandas and scikit-learn take five times as long to import, in every step
        run([*chosen, *progress, "--compile-bytecode", *strict, "-r", str(lock)])
    except SetupError:
        if "-m" not in first:
            raise
        say("uv could not install the lock (see above); trying pip, which takes a few minutes")
        chosen = first
        run([*chosen, *progress, *strict, "-r", str(lock)])
    project = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", str(root)]
    run([*chosen, "--quiet", *project])


def set_up(root: Path) -> bool:
    """Bring `root/.venv` to the state that the lock describes; return False if it was there."""
    venv, wanted = root / ".venv", fingerprint(root)
    if is_ready(venv, wanted):
        return False
    first = first_installer(venv)
    say(f"making .venv from {LOCK}, once; the first download can take a minute")
    create(venv)
    install(root, venv, first)
    ready = venv / (STAMP + ".new")
    ready.write_text(wanted, encoding="utf-8")
    ready.replace(venv / STAMP)
    (venv / STARTED).unlink()
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


def main() -> int:
    """Set up `.venv` beside this folder; return the exit code."""
    try:
        with one_at_a_time(ROOT):
            set_up(ROOT)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next try starts afresh")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
