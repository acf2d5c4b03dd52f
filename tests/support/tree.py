"""A copy of the repository as a source archive has it: no history, nothing that was made here."""

from __future__ import annotations

import shutil
from pathlib import Path

_MADE_HERE = (
    ".git",
    ".venv",
    ".snakemake",
    "results",
    "build",
    "__pycache__",
    "*.egg-info",
    ".*_cache",
    ".hypothesis",
)


def copy_tree(repo: Path, target: Path) -> Path:
    """Copy the sources in `repo` to the new folder `target` and return it."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        patterns = _MADE_HERE if Path(folder) == repo else ("__pycache__", "*.egg-info")
        if Path(folder) == repo / ".dvc":
            patterns = ("cache", "tmp")
        return shutil.ignore_patterns(*patterns)(folder, names)

    return Path(shutil.copytree(repo, target, ignore=left_out))
