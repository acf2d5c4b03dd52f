"""Zip archives for tests of problems whose steward brings one."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path


def write_zip(path: Path, content: Mapping[str, bytes | str]) -> Path:
    """Write an archive with this content at `path` and return the path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def zip_files(path: Path, folder: Path, names: list[str]) -> Path:
    """Write an archive of some files of a folder, each below ``data/``, and return its path."""
    return write_zip(path, {f"data/{name}": (folder / name).read_bytes() for name in names})
