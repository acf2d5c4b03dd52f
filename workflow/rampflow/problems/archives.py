"""Files of a zip archive: how a data steward brings the several files of a RAMP kit as one.

An archive is looked into with suspicion: it may come from anywhere, be cut off, or unpack to more
than a memory holds.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from rampflow.errors import DataError

LARGEST = 1_000_000_000
"""Bytes that one file of an archive may have when it is unpacked."""

_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, RuntimeError),  # compressed in an unknown way, with a password
    *(OSError, ValueError),  # positions and names that are none
)


def read_members(file: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Return the content of some files of a zip archive, in whatever folder of it they lie.

    Parameters
    ----------
    file : Path
        The archive, such as that of a kit's repository, or of its folder ``data``.
    names : sequence of str
        Names of files, without folders.

    Raises
    ------
    DataError
        If it is no zip archive or is damaged, or if a file is missing, there twice or too large.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            there = _members(archive)
            members = {name: _find(file, there, name) for name in names}
            return {name: archive.read(member) for name, member in members.items()}
    except DataError:
        raise
    except _DAMAGE as error:
        raise DataError(
            f"the file is not a zip archive that can be read ({error})",
            where=str(file),
            do=f"bring a plain zip archive with {', '.join(names[:10])} in it",
        ) from None


def _members(archive: zipfile.ZipFile) -> dict[str, list[zipfile.ZipInfo]]:
    """Return the members by name without folders; copies that some systems hide are none."""
    there: dict[str, list[zipfile.ZipInfo]] = {}
    for member in archive.infolist():
        if "__MACOSX" not in member.filename:
            there.setdefault(PurePosixPath(member.filename).name, []).append(member)
    return there


def _find(file: Path, there: dict[str, list[zipfile.ZipInfo]], name: str) -> zipfile.ZipInfo:
    """Return the one member of this name."""
    found = there.get(name, [])
    if len(found) != 1:
        raise DataError(
            f"the archive has {'no' if not found else f'{len(found)} files'} {name}",
            where=str(file),
            do=f"bring one with it; this one has {', '.join(sorted(there)[:10]) or 'nothing'}",
        )
    if found[0].file_size > LARGEST:
        raise DataError(
            f"{name} would unpack to {found[0].file_size} bytes; at most {LARGEST} are allowed",
            where=str(file),
            do="bring the archive of the kit's own data",
        )
    return found[0]
