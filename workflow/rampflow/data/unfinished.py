"""Data that are being made: noted before, and put back if whoever made them did not get to the end.

DVC writes ``dvc.lock`` and the data under their final names. A process that is killed meanwhile
would leave half a file, or a lock that nobody committed, and the next one would take both for the
work of people.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from rampflow.data.checksum import md5_of
from rampflow.files import read_json, write_json, write_text
from rampflow.paths import Project

TOUCH_SECONDS = 1.0
"""The note is touched so often: its time tells until when DVC may have written the lock."""


@contextlib.contextmanager
def put_back_unless_done(project: Project, outs: dict[str, str]) -> Iterator[None]:
    """Put lock and data back as they were if the block raises; or later, if it is killed.

    Parameters
    ----------
    project : Project
        Where DVC runs; the caller holds the data (`rampflow.data.calling.alone`).
    outs : dict of str to str
        Path → MD5 of the data set that the block may write. Other bytes are removed then.
    """
    lock = project.root / "dvc.lock"
    text = lock.read_text(encoding="utf-8") if lock.exists() else None
    write_json(project.data_being_made, {"lock": text, "outs": outs})
    try:
        with _touched(project.data_being_made):
            yield
    except BaseException:
        put_back(project)
        raise
    project.data_being_made.unlink()


def is_unfinished(project: Project) -> bool:
    """Return whether data are being made, or were when a process was killed."""
    return project.data_being_made.exists()


def put_back(project: Project) -> None:
    """Undo what was begun and not finished, if anything was. The caller holds the data.

    A lock that was written later than the note was touched is the work of people, and stays.
    """
    if not is_unfinished(project):
        return
    note, lock = read_json(project.data_being_made), project.root / "dvc.lock"
    until = project.data_being_made.stat().st_mtime + 2 * TOUCH_SECONDS
    if lock.exists() and lock.stat().st_mtime <= until:
        if note["lock"] is None:
            lock.unlink()
        else:
            write_text(lock, note["lock"])
    for path, md5 in note["outs"].items():
        target = project.root / path
        if target.exists() and md5_of(target) != md5:
            remove(target)
    project.data_being_made.unlink()


def remove(path: Path) -> None:
    """Remove a file, a folder or a link to either."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _touched(path: Path) -> Iterator[None]:
    ended = threading.Event()

    def touch() -> None:
        while not ended.wait(TOUCH_SECONDS):
            os.utime(path)

    thread = threading.Thread(target=touch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
