"""Files that are whole or absent: written aside, synced, renamed.

A reader never sees half a file, two writers of one path do no harm, and a folder that is
published exclusively belongs to whoever came first.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rampflow.errors import ResultError


@contextlib.contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` once the block has ended well.

    Parameters
    ----------
    path : Path
        The final path. Its folder is created.

    Yields
    ------
    Path
        Where to write. Removed if the block raises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        yield aside
        sync(aside)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Flush one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file atomically."""
    with written_aside(path) as aside:
        aside.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 text file atomically, with ``\\n`` line ends everywhere."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write JSON that people can read and diff: sorted keys, two spaces, full precision."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    # half of a character (a surrogate) is written as its escape, which JSON reads again
    write_bytes(path, (text + "\n").encode(errors="backslashreplace"))


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    ResultError
        If the file is absent or is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ResultError("the file does not exist", where=str(path)) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise ResultError(
            f"the file is not JSON ({error})", where=str(path), do="remove it and run again"
        ) from None


def publish_folder(aside: Path, final: Path) -> bool:
    """Rename a finished folder to its final name, exclusively: the first writer wins.

    Parameters
    ----------
    aside : Path
        A complete folder on the same file system. Gone afterwards, whatever happens.
    final : Path
        Its name. An empty folder of that name counts as absent.

    Returns
    -------
    bool
        False if somebody else had published `final` before.
    """
    for folder, _, names in os.walk(aside):
        for name in names:
            sync(Path(folder, name))
        sync(Path(folder))
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.rename(aside, final)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        shutil.rmtree(aside)
        return False
    sync(final.parent)
    return True


@contextlib.contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock file: another process that wants it waits, or is refused.

    The lock is the kernel's, so it is gone with the processes that hold it, however they end.

    Parameters
    ----------
    path : Path
        The lock file; made, and removed afterwards.
    wait : bool
        Whether to wait for another holder.

    Raises
    ------
    BlockingIOError
        If another process holds it and `wait` is False.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        os.set_inheritable(descriptor, True)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            raise
        except OSError:  # a file system without locks: exclusive creation still keeps cells whole
            break
        # the last holder removes the file: make sure that it is still the one of this name
        if _is_file(descriptor, path):
            break
        os.close(descriptor)
    try:
        yield
    finally:
        if _is_file(descriptor, path):
            path.unlink(missing_ok=True)
        os.close(descriptor)


def has_locks(folder: Path) -> bool:
    """Return whether the file system of a folder has locks: some shared ones do not."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def _is_file(descriptor: int, path: Path) -> bool:
    """Return whether an open file is still the one of a name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def fresh_folder(path: Path) -> Path:
    """Make an empty folder, removing what an interrupted step may have left there."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(parents=True)
    return path
