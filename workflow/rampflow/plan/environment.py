"""Is the environment the one that the keys name? A key holds the hash of the lock file."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

from rampflow.errors import ConfigError
from rampflow.paths import Project

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "xarray", "netcdf4", "cloudpickle")
"""Packages of rampflow's own that can change a prediction or a score."""


def locked_versions(lock: str) -> dict[str, str]:
    """Return package → version of a lock file's text."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE))


def check_environment(project: Project) -> None:
    """Check that the packages which can change a result are those of the lock file.

    Raises
    ------
    ConfigError
        If one is not: its cells would carry a key that is not theirs.
    """
    if not project.lock.exists():
        return
    locked = locked_versions(project.lock.read_text(encoding="utf-8"))
    wrong = []
    for name in PACKAGES:
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "not"
        if name in locked and installed != locked[name]:
            wrong.append(f"{name} {locked[name]} is locked, {installed} installed")
    if wrong:
        raise ConfigError(
            f"the environment is not the one of the lock file: {'; '.join(wrong)}",
            where=project.relative(project.lock),
            do="run `make setup`, or install the lock: cells are keyed by its hash",
        )
