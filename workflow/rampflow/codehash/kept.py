"""Hashes of code that were computed before, kept beside Python's own compiled files.

Every process of an evaluation asks for the same ones, and following imports takes a second. They
are looked up under the content of every file that could have been followed, so that what is found
is what would be computed; where nothing can be written, they are computed.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rampflow.errors import RampflowError
from rampflow.files import read_json, write_text
from rampflow.hashing import file_sha256, files_of, key_of

KEPT = Path(__file__).parents[1] / "__pycache__" / "code-hashes.json"
MOST = 300
"""So many are kept, the newest ones: those of some states of the code."""

Parts = dict[str, str]
Folder = tuple[Path, Sequence[str]]
State = tuple[tuple[str, int, int, int], ...]
"""Of each file its name, its number on the disk, its time and its size."""


def kept_parts(folders: Sequence[Folder], asked: Any, compute: Callable[[], Parts]) -> Parts:
    """Return what was computed for the same question about the same files, or compute it.

    Parameters
    ----------
    folders : sequence of (Path, sequence of str)
        Whose Python files the answer may depend on, but for those below some names in it.
    asked : plain value
        The question. The names of the folders count only where it holds them.
    compute : callable
        Answers it.
    """
    try:
        states = [_state(*folder) for folder in folders]
        contents = [_contents(str(path), s) for (path, _), s in zip(folders, states, strict=True)]
    except OSError:  # a file that cannot be read, and perhaps nobody follows
        return compute()
    key = key_of([asked, contents, list(sys.version_info[:3])])
    known = _read()
    if key in known:
        return dict(known[key])
    parts = compute()
    with contextlib.suppress(OSError):
        if states != [_state(*folder) for folder in folders]:
            return parts  # somebody changed a file meanwhile
        newest = [*_read().items(), (key, parts)][-MOST:]
        write_text(KEPT, json.dumps(dict(newest)))  # in order of time
    return parts


def _state(folder: Path, leave_out: Sequence[str]) -> State:
    """Return what tells whether a folder's Python files are still those that were read."""
    found = []
    for name in files_of(folder, leave_out):
        if name.endswith(".py"):
            stat = (folder / name).stat()
            found.append((name, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


@functools.lru_cache(maxsize=8)
def _contents(folder: str, state: State) -> str:
    return key_of([[name, file_sha256(Path(folder, name))] for name, *_ in state])


def _read() -> dict[str, Parts]:
    """Return what is kept; nothing where the file is absent or spoilt."""
    try:
        found = read_json(KEPT)
    except (RampflowError, OSError):
        return {}
    return found if isinstance(found, dict) else {}
