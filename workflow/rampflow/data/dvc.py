"""Data sets under DVC: what is locked, making what is missing, verifying what is there.

The lock files (``dvc.lock``, ``*.dvc``) are read as YAML; DVC itself is called only to make or
fetch a data set, always from one process on the submit node, never from a compute job.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rampflow.errors import DataError
from rampflow.files import read_json, write_bytes, write_json, write_text
from rampflow.hashing import file_sha256, files_of, key_of
from rampflow.paths import Project

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class DataSet:
    """The data of one problem: everything below ``problems/<problem>/data``.

    Parameters
    ----------
    problem : str
        The problem.
    locked : dict of str to str
        Path (relative to the project) → MD5 that DVC has locked. A folder's ends in ``.dir``.
    loose : dict of str to str
        Files that DVC does not track → their SHA-256.
    """

    problem: str
    locked: dict[str, str]
    loose: dict[str, str]

    @property
    def parts(self) -> dict[str, str]:
        """Path → hash of everything, for keys and pages."""
        return {**self.locked, **{path: f"sha256:{digest}" for path, digest in self.loose.items()}}

    @property
    def key(self) -> str:
        """One key for the whole data set."""
        return key_of(self.parts)


def data_set(project: Project, problem: str) -> DataSet:
    """Return what a problem's data set is according to the DVC lock. Runs nothing.

    Raises
    ------
    DataError
        If a DVC stage writes into the data folder but was never run, so nothing is locked.
    """
    folder = project.problem(problem) / "data"
    prefix = project.relative(folder)
    locked = {
        path: md5
        for path, md5 in sorted(_locked_outs(project, folder).items())
        if path == prefix or path.startswith(prefix + "/")
    }
    for path, stage in _stage_outs(project).items():
        if (path == prefix or path.startswith(prefix + "/")) and path not in locked:
            raise DataError(
                f"the data set {path} was never made, so its hash is not known",
                where="dvc.lock",
                do=f"run: dvc repro {stage}",
            )
    loose = {}
    if folder.is_dir() and prefix not in locked:
        for name in files_of(folder):
            path = f"{prefix}/{name}"
            if path.endswith(".dvc") or any(path == p or path.startswith(p + "/") for p in locked):
                continue
            loose[path] = file_sha256(folder / name)
    return DataSet(problem, locked, loose)


def _yaml(path: Path, project: Project) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506 (safe)
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError):
        raise DataError("the file is not valid YAML", where=project.relative(path)) from None
    return content if isinstance(content, dict) else {}


def _locked_outs(project: Project, folder: Path) -> dict[str, str]:
    """Return path → MD5 of every output in ``dvc.lock`` and in the ``*.dvc`` files of a folder."""
    found = _stages_locked(project)
    for file in [*folder.parent.glob("*.dvc"), *folder.rglob("*.dvc")]:
        for out in _yaml(file, project).get("outs") or []:
            if "md5" in out:
                found[project.relative(file.parent / out["path"])] = str(out["md5"])
    return found


def _stages_locked(project: Project) -> dict[str, str]:
    """Return path → MD5 of every output in ``dvc.lock``."""
    stages = (_yaml(project.root / "dvc.lock", project).get("stages") or {}).values()
    outs = [out for stage in stages for out in stage.get("outs") or []]
    return {str(out["path"]): str(out.get("md5") or out.get("hash")) for out in outs}


def _stage_outs(project: Project) -> dict[str, str]:
    """Return path → stage of every output that ``dvc.yaml`` makes."""
    stages = (_yaml(project.root / "dvc.yaml", project).get("stages") or {}).items()
    return {
        str(next(iter(out)) if isinstance(out, dict) else out): str(name)
        for name, stage in stages
        for out in stage.get("outs") or []
    }


def ensure(project: Project, problem: str) -> DataSet:
    """Make or fetch what is missing of a problem's data set, and verify all of it.

    Returns
    -------
    DataSet
        The data set as it is locked now: a stage whose dependencies changed is run again by
        nobody but the steward.

    Raises
    ------
    DataError
        If DVC fails, or the files are not the ones that are locked.
    """
    if _missing(project, problem):
        with _alone(project):
            if missing := _missing(project, problem):  # unless another process made it meanwhile
                _make(project, missing)
    found = data_set(project, problem)
    verify(project, found)
    return found


def _missing(project: Project, problem: str) -> list[str]:
    try:
        wanted = data_set(project, problem)
    except DataError:
        prefix = project.relative(project.problem(problem) / "data")
        outs = _stage_outs(project)
        return [path for path in outs if path == prefix or path.startswith(prefix + "/")]
    return [path for path in wanted.locked if not (project.root / path).exists()]


@contextlib.contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Let one process at a time call DVC, which gives up where another one runs the same stage."""
    project.data_lock.parent.mkdir(parents=True, exist_ok=True)
    with project.data_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(project: Project, missing: list[str]) -> None:
    _without_scm(project)
    stages = _stage_outs(project)
    made = [path for path in missing if path in stages]
    fetched = [path for path in missing if path not in stages]
    if fetched:
        _dvc(project, "pull", *fetched)
    if made:
        lock, locked = project.root / "dvc.lock", _stages_locked(project)
        before = lock.read_bytes() if lock.exists() else b""
        _dvc(project, "repro", *dict.fromkeys(stages[path] for path in made))
        now = _stages_locked(project)
        if all(path in locked for path in made):
            write_bytes(lock, before)  # DVC may have noted other dependencies or another layout
        if any(locked.get(path, now.get(path)) != now.get(path) for path in made):
            write_bytes(lock, before)
            raise DataError(
                f"this machine made other bytes of {', '.join(made)} than those that are locked",
                where="dvc.lock (kept as it was)",
                do="either fetch the locked data (dvc pull), or run `dvc repro` yourself and "
                "commit the new dvc.lock: scores then belong to the new data set",
            )


def _without_scm(project: Project) -> None:
    """Tell DVC that a source archive has no git. In a clone this changes nothing."""
    local = project.root / ".dvc" / "config.local"
    if (project.root / ".dvc").is_dir() and not (project.root / ".git").exists():
        text = local.read_text(encoding="utf-8") if local.exists() else ""
        if "no_scm" not in text:
            write_text(local, f"{text}[core]\n    no_scm = true\n")


def _dvc(project: Project, command: str, *targets: str) -> None:
    here = str(Path(sys.executable).parent)
    result = subprocess.run(
        [sys.executable, "-m", "dvc", "--wait-for-lock", command, *targets],
        cwd=project.root,
        env={**os.environ, "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        last = "\n".join(result.stdout.strip().splitlines()[-12:])
        raise DataError(
            f"dvc {command} failed:\n{last}",
            where=", ".join(targets),
            do=f"try it yourself: dvc {command} {' '.join(targets)}",
        )


def verify(project: Project, data: DataSet) -> None:
    """Check that the files are the ones that are locked; remember it by size and time.

    Files whose size and modification time are those of the last check are not read again.

    Raises
    ------
    DataError
        If a file is missing or was changed by hand.
    """
    marker = project.data_marker(data.problem, data.key)
    seen = {path: _stat(project.root / path) for path in data.locked}
    if marker.exists() and read_json(marker).get("seen") == seen:
        return
    for path, md5 in data.locked.items():
        target = project.root / path
        if not target.exists():
            raise DataError(
                f"the data set {path} is missing", where="dvc.lock", do=f"run: dvc pull {path}"
            )
        found = md5_of(target)
        if found != md5:
            raise DataError(
                f"the data set was changed by hand: its MD5 is {found}, locked is {md5}",
                where=path,
                do=f"restore it (dvc checkout --force {path}) or accept it as a new version "
                f"(dvc commit --force {path}, and commit dvc.lock)",
            )
    write_json(marker, {"seen": seen, "parts": data.parts})


def _stat(path: Path) -> list[int]:
    """Return size and modification time of a file, or of all files of a folder together."""
    if path.is_dir():
        stats = [(path / name).stat() for name in files_of(path)]
        return [
            sum(s.st_size for s in stats),
            max((s.st_mtime_ns for s in stats), default=0),
            len(stats),
        ]
    if not path.exists():
        return [-1]
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def md5_of(path: Path) -> str:
    """Return the MD5 that DVC gives a file or a folder.

    A folder's is the MD5 of the JSON list of its files' MD5s and paths, followed by ``.dir``.
    """
    if not path.is_dir():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "md5").hexdigest()
    entries = [
        {"md5": md5_of(file), "relpath": file.relative_to(path).as_posix()}
        for file in path.rglob("*")
        if file.is_file()
    ]
    entries.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(entries).encode()).hexdigest() + ".dir"  # noqa: S324
