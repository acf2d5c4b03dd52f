"""The MD5 that DVC gives a file or a folder, and what tells cheaply that neither was changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from rampflow.hashing import files_of


def md5_of(path: Path) -> str:
    """Return the MD5 that DVC gives a file or a folder.

    A folder's is the MD5 of the JSON list of its files' MD5s and paths, followed by ``.dir``.
    """
    if not path.is_dir():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "md5").hexdigest()
    entries = [
        {"md5": md5_of(file), "relpath": file.relative_to(path).as_posix()}
        for file in path.rglob("*")
        if file.is_file()
    ]
    entries.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(entries).encode()).hexdigest() + ".dir"  # noqa: S324


def stat_of(path: Path) -> list[int]:
    """Return size and modification time of a file, or of all files of a folder together."""
    if path.is_dir():
        stats = [(path / name).stat() for name in files_of(path)]
        return [
            sum(s.st_size for s in stats),
            max((s.st_mtime_ns for s in stats), default=0),
            len(stats),
        ]
    if not path.exists():
        return [-1]
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]
