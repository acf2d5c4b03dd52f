"""Hashes of bytes, files, folders, arrays and plain values. One idea: equal hash, equal thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

KEY_LENGTH = 32
"""Hexadecimal digits of a key: 128 bits, short enough for a path."""

IGNORED = {"__pycache__", ".ipynb_checkpoints"}


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def small_file_sha256(path: Path, max_mb: float) -> str:
    """Return the SHA-256 of a file; of a larger one, which nobody will read, its size in words.

    Parameters
    ----------
    path : Path
        The file.
    max_mb : float
        The limit, in MB (10⁶ B).
    """
    size = path.stat().st_size
    return f"{size} bytes" if size > max_mb * 1e6 else file_sha256(path)


def value_sha256(value: Any) -> str:
    """Return the SHA-256 of a plain value (numbers, strings, lists, dicts) in canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode())


def key_of(parts: Any) -> str:
    """Return the key of a plain value: the first `KEY_LENGTH` digits of its hash."""
    return value_sha256(parts)[:KEY_LENGTH]


def array_sha256(*arrays: npt.NDArray[np.generic]) -> str:
    """Return one hash of several arrays: kind and size of the items, shape and bytes of each."""
    import numpy as np

    digest = hashlib.sha256()
    for array in arrays:
        contiguous = np.ascontiguousarray(array)
        digest.update(f"{contiguous.dtype.str}{contiguous.shape}".encode())
        digest.update(contiguous.tobytes())
    return digest.hexdigest()


def files_of(folder: Path, leave_out: Iterable[str] = ()) -> list[str]:
    """Return the relative paths of a folder's files in sorted order.

    Parameters
    ----------
    folder : Path
        Where to look, recursively. Hidden names and caches are not part of a folder's content.
    leave_out : iterable of str
        Relative paths of files or folders to leave out.
    """
    dropped = set(leave_out)
    found: list[str] = []
    pending = [folder]
    while pending:
        for path in pending.pop().iterdir():
            relative = path.relative_to(folder).as_posix()
            if path.name.startswith(".") or path.name in IGNORED or relative in dropped:
                continue
            if path.is_dir() and not path.is_symlink():
                pending.append(path)
            else:
                found.append(relative)
    return sorted(found)


def folder_sha256(folder: Path, leave_out: Iterable[str] = ()) -> dict[str, str]:
    """Return the hash of every file of a folder, by relative path."""
    return {name: file_sha256(folder / name) for name in files_of(folder, leave_out)}
