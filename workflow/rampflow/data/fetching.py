"""Fetching files: from a path or an address, and again those that were imported from there."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rampflow.data.calling import call_dvc
from rampflow.data.checksum import md5_of
from rampflow.data.locks import imported_from, locked_outs
from rampflow.errors import DataError
from rampflow.paths import Project


@contextlib.contextmanager
def folder_aside(folder: Path) -> Iterator[Path]:
    """Give a hidden folder on the same file system, which is no part of a data set.

    Parameters
    ----------
    folder : Path
        The folder that it is made in; made too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as aside:
        yield Path(aside)


def fetch(project: Project, source: str, target: Path) -> None:
    """Copy a file to where it is wanted.

    Parameters
    ----------
    project : Project
        Where DVC runs, which fetches addresses.
    source : str
        An address, or the full path of a file.
    target : Path
        Not there yet.

    Raises
    ------
    DataError
        If there is no such file.
    """
    if "://" in source:
        call_dvc(project, "get-url", source, str(target))
        return
    path = Path(source)
    if not path.is_file():
        kind = "is a folder" if path.is_dir() else "does not exist"
        raise DataError(
            f"the file {kind}", where=source, do="name a file, or an address such as https://…"
        )
    shutil.copyfile(path, target)


def pull(project: Project, paths: list[str]) -> None:
    """Fetch what DVC has locked: from DVC's storage, or from where it was imported from.

    Parameters
    ----------
    project : Project
        Where it belongs.
    paths : list of str
        Files or folders, relative to the project.

    Raises
    ------
    DataError
        If one is in neither place, or its source holds other bytes now.
    """
    try:
        call_dvc(project, "pull", *paths)
    except DataError:
        missing = [path for path in paths if not (project.root / path).exists()]
        sources = {path: source for path in missing if (source := imported_from(project, path))}
        if len(sources) < len(missing) or not missing:
            raise
        for path, source in sources.items():
            _fetch_again(project, source, path)


def _fetch_again(project: Project, source: str, path: str) -> None:
    """Bring a file from its source, if that still holds the bytes that are locked."""
    target = project.root / path
    locked = locked_outs(project, target.parent)[path]
    with folder_aside(target.parent) as aside:
        fetched = aside / target.name
        fetch(project, source, fetched)
        found = md5_of(fetched)
        if found != locked:
            raise DataError(
                f"its source holds other bytes now: their MD5 is {found}, locked is {locked}",
                where=f"{path}, imported from {source}",
                do="bring the file that is locked, or take the new one (rampflow data import "
                f"EVENT {source}): scores then belong to other data",
            )
        fetched.replace(target)
