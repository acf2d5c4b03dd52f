"""What DVC's files say: which outputs are locked, which stage makes what. Read as YAML only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rampflow.errors import DataError
from rampflow.paths import Project

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def locked_outs(project: Project, folder: Path) -> dict[str, str]:
    """Return path → MD5 of every output in ``dvc.lock`` and in the ``*.dvc`` files of a folder.

    Raises
    ------
    DataError
        If a file is not valid YAML.
    """
    found = stages_locked(project)
    for file in [*folder.parent.glob("*.dvc"), *folder.rglob("*.dvc")]:
        for out in _yaml(file, project).get("outs") or []:
            if "md5" in out:
                found[project.relative(file.parent / out["path"])] = str(out["md5"])
    return found


def stages_locked(project: Project) -> dict[str, str]:
    """Return path → MD5 of every output in ``dvc.lock``."""
    outs = [out for stage in _locked(project).values() for out in stage.get("outs") or []]
    return {str(out["path"]): str(out.get("md5") or out.get("hash")) for out in outs}


def stage_outs(project: Project) -> dict[str, str]:
    """Return path → stage of every output that ``dvc.yaml`` makes."""
    stages = (_yaml(project.root / "dvc.yaml", project).get("stages") or {}).items()
    return {
        str(next(iter(out)) if isinstance(out, dict) else out): str(name)
        for name, stage in stages
        for out in stage.get("outs") or []
    }


def imported_from(project: Project, path: str) -> str | None:
    """Return where a file was imported from, or None if it was not (``dvc import-url``).

    Parameters
    ----------
    project : Project
        Where the file belongs.
    path : str
        The file, relative to the project.

    Returns
    -------
    str or None
        An address, or a full path.
    """
    note = project.root / f"{path}.dvc"
    sources = [str(dep["path"]) for dep in _yaml(note, project).get("deps") or [] if "path" in dep]
    if len(sources) != 1:
        return None
    # a path may count from the folder of the note
    return sources[0] if "://" in sources[0] else str(note.parent / sources[0])


def recipe(project: Project, stage: str) -> dict[str, Any]:
    """Return what people wrote of a stage, as ``dvc.lock`` has it: command, code, parameters.

    What another stage makes is not among it.
    """
    entry, made = dict(_locked(project).get(stage) or {}), stage_outs(project)
    entry.pop("outs", None)
    entry["deps"] = [dep for dep in entry.get("deps") or [] if dep.get("path") not in made]
    return entry


def _locked(project: Project) -> dict[str, Any]:
    return dict(_yaml(project.root / "dvc.lock", project).get("stages") or {})


def _yaml(path: Path, project: Project) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506 (safe)
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError):
        raise DataError("the file is not valid YAML", where=project.relative(path)) from None
    return content if isinstance(content, dict) else {}
