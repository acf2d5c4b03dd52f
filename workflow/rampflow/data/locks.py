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


def upstream(project: Project, stage: str) -> list[str]:
    """Return a stage and all that make what it reads, as ``dvc.lock`` has them; itself first."""
    entries = _locked(project)
    makers = {
        str(out["path"]): name for name, entry in entries.items() for out in entry.get("outs") or []
    }
    found = [stage]
    for name in found:  # which grows
        read = [str(dep["path"]) for dep in (entries.get(name) or {}).get("deps") or []]
        for out, maker in makers.items():
            related = any(_lies_in(path, out) or _lies_in(out, path) for path in read)
            if related and maker not in found:
                found.append(maker)
    return found


def recipe(project: Project, stage: str) -> dict[str, Any]:
    """Return what people wrote of a stage and of all before it: commands, code, parameters.

    Taken from ``dvc.lock``. What another stage makes is not among it.
    """
    entries, found = _locked(project), {}
    made = stages_locked(project)
    for name in upstream(project, stage):
        entry = dict(entries.get(name) or {})
        entry.pop("outs", None)
        entry["deps"] = [
            dep
            for dep in entry.get("deps") or []
            if not any(_lies_in(str(dep["path"]), out) for out in made)
        ]
        found[name] = entry
    return found


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


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
