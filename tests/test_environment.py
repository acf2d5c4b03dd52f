"""Cells carry the hash of the lock file, so the environment must be the one it names."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from rampflow.errors import ConfigError
from rampflow.paths import Project
from rampflow.plan.environment import check_environment, locked_versions


def project_with(folder: Path, lock: str) -> Project:
    (folder / "requirements.lock").write_text(lock)
    return Project(folder)


def test_versions_are_read_with_markers_and_hashes() -> None:
    lock = "numpy==2.4.6 ; python_version < '4' \\\n    --hash=sha256:00\nxarray==2026.9.0 \\\n"
    assert locked_versions(lock) == {"numpy": "2.4.6", "xarray": "2026.9.0"}


def test_what_is_installed_passes(tmp_path: Path) -> None:
    check_environment(project_with(tmp_path, f"numpy=={version('numpy')} \\\n"))


def test_another_version_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check_environment(project_with(tmp_path, "numpy==1.0.0 \\\n"))
    text = str(caught.value)
    assert f"numpy 1.0.0 is locked, {version('numpy')} installed" in text
    assert "requirements.lock" in text
    assert "make setup" in text


def test_this_repository_runs_in_its_own_environment(repo: Path) -> None:
    check_environment(Project(repo))


def test_a_project_without_a_lock_is_not_judged(tmp_path: Path) -> None:
    check_environment(Project(tmp_path))
