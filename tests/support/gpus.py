"""Device nodes as GPUs have them: real ones, which behave as ``/dev/zero``."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest


def make_nodes(folder: Path, *names: str, mode: int = 0o666) -> Path:
    """Make device nodes below ``folder/dev`` and return that; skip where that is not allowed."""
    dev = folder / "dev"
    for name in names:
        node = dev / name
        node.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.mknod(node, stat.S_IFCHR | mode, os.makedev(1, 5))
            node.chmod(mode)
            with node.open("rb") as opened:
                opened.read(1)
        except OSError as error:
            pytest.skip(f"no device node can be made and opened here: {error.strerror}")
    return dev
