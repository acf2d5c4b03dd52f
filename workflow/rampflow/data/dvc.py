"""Data sets under DVC: what is locked, making what is missing, verifying what is there.

The lock files (``dvc.lock``, ``*.dvc``) are read as YAML; DVC itself is called only to make or
fetch a data set, always from one process on the submit node, never from a compute job.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field

from rampflow.data.calling import alone, without_scm
from rampflow.data.checksum import md5_of as md5_of
from rampflow.data.checksum import stat_of
from rampflow.data.fetching import pull
from rampflow.data.locks import locked_outs, stage_outs
from rampflow.data.made import made_instead, make_stage
from rampflow.data.unfinished import is_unfinished
from rampflow.data.wanted import look_at, require
from rampflow.errors import DataError
from rampflow.files import read_json, write_json
from rampflow.hashing import file_sha256, files_of, key_of
from rampflow.paths import Project

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class DataSet:
    """The data of one problem: everything below ``problems/<problem>/data``.

    Parameters
    ----------
    problem : str
        The problem.
    locked : dict of str to str
        Path (relative to the project) → MD5 that DVC has locked. A folder's ends in ``.dir``.
        Where this machine made other bytes, it is theirs.
    loose : dict of str to str
        Files that DVC does not track → their SHA-256.
    instead_of : dict of str to str
        Path → MD5 that DVC has locked, of files that this machine made with other bytes.
    """

    problem: str
    locked: dict[str, str]
    loose: dict[str, str]
    instead_of: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, str]:
        """Path → hash of everything, for keys and pages."""
        return {**self.locked, **{path: f"sha256:{digest}" for path, digest in self.loose.items()}}

    @property
    def key(self) -> str:
        """One key for the whole data set."""
        return key_of(self.parts)

    @property
    def remarks(self) -> list[str]:
        """A sentence for each file that is not the one that DVC has locked."""
        return [
            f"this machine made other bytes of {path} (MD5 {self.locked[path][:8]}…) than those "
            f"that are locked ({md5[:8]}…). They are used: all cells and scores belong to the data "
            f"made here, not to the locked data set. For that one: dvc pull {path}"
            for path, md5 in self.instead_of.items()
        ]


def data_set(project: Project, problem: str) -> DataSet:
    """Return what a problem's data set is according to the DVC lock. Runs nothing.

    Raises
    ------
    DataError
        If a DVC stage writes into the data folder but was never run, so nothing is locked.
    """
    folder = project.problem(problem) / "data"
    prefix = project.relative(folder)
    locked, stages = _inside(project, problem)
    for path, stage in stages.items():
        if path not in locked:
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
    instead = made_instead(project, locked)
    return DataSet(problem, locked | instead, loose, {path: locked[path] for path in instead})


def ensure(project: Project, problem: str) -> DataSet:
    """Make or fetch what is missing of a problem's data set, and verify all of it.

    Returns
    -------
    DataSet
        The data set as it is locked now: a stage whose dependencies changed is run again by
        nobody but the steward. Where this machine makes other bytes than those that are locked,
        they are used and a warning is logged.

    Raises
    ------
    DataError
        If DVC fails, the files are not the ones that are locked, or there is no file at all where
        the problem wants one.
    """
    found = None
    if not is_unfinished(project):
        with contextlib.suppress(DataError):
            found = _verified(project, problem)
    if found is None:  # or it is being made by another process: then all is well afterwards
        with alone(project):
            _make_missing(project, problem)
            found = _verified(project, problem)
    for remark in found.remarks:
        LOG.warning("rampflow: %s", remark)
    return found


def _verified(project: Project, problem: str) -> DataSet:
    found = data_set(project, problem)
    if not found.parts:
        require(project, problem)
    verify(project, found)
    return found


def _inside(project: Project, problem: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what lies in the data folder of a problem: path → MD5 as locked, path → stage."""
    folder = project.problem(problem) / "data"
    prefix = project.relative(folder)
    locked, stages = sorted(locked_outs(project, folder).items()), stage_outs(project).items()
    return (
        {path: md5 for path, md5 in locked if f"{path}/".startswith(f"{prefix}/")},
        {path: stage for path, stage in stages if f"{path}/".startswith(f"{prefix}/")},
    )


def _make_missing(project: Project, problem: str) -> None:
    """Fetch or make what is missing; what is there must be as it should be, and stays."""
    locked, stages = _inside(project, problem)
    instead = made_instead(project, locked)
    wanted = dict.fromkeys(stages, "") | locked | instead
    there = {path: md5 for path, md5 in wanted.items() if (project.root / path).exists() and md5}
    missing = [path for path in wanted if path not in there]
    if not missing:
        return
    _check(project, DataSet(problem, there, {}, {path: locked[path] for path in instead}))
    without_scm(project)
    fetched = [path for path in missing if path not in stages]
    if fetched:
        pull(project, fetched)
    for stage in dict.fromkeys(stages[path] for path in missing if path in stages):
        make_stage(project, stage, wanted)


def verify(project: Project, data: DataSet, *, write: bool = True) -> None:
    """Check that the files are the ones that keys name; remember it by size and time.

    Files whose size and modification time are those of the last check are not read again. One that
    DVC does not track is looked at by the problem, once.

    Parameters
    ----------
    project : Project
        Where the files are.
    data : DataSet
        What they should be.
    write : bool
        Whether it is remembered.

    Raises
    ------
    DataError
        If a file is missing, was changed by hand, is of an earlier version or is not understood.
    """
    marker = project.data_marker(data.problem, data.key)
    seen = {path: stat_of(project.root / path) for path in data.locked}
    if marker.exists() and read_json(marker).get("seen") == seen:
        return
    _check(project, data)
    if data.loose:
        look_at(project, data.problem, data.loose)
    if write:
        write_json(marker, {"seen": seen, "parts": data.parts})


def _check(project: Project, data: DataSet) -> None:
    """Compare the bytes of all files with those that are wanted."""
    for path, md5 in data.locked.items():
        target = project.root / path
        if not target.exists():
            raise DataError(
                f"the data set {path} is missing", where="dvc.lock", do=f"run: dvc pull {path}"
            )
        found = md5_of(target)
        if found != md5:
            raise _wrong(project, data, path, found)


def _wrong(project: Project, data: DataSet, path: str, found: str) -> DataError:
    """Return the error of a file that is not the one that is wanted."""
    again = [f"dvc checkout --force {path}", f"dvc pull {path}"]
    wanted = f"locked is {data.locked[path]}"
    if path in stage_outs(project):
        again.append(f"remove {path} and run again: it is made again")
    if path in data.instead_of:  # DVC knows of the locked bytes only, which were not here before
        again.insert(0, again.pop())
        wanted = f"made here was {data.locked[path]}, locked is {data.instead_of[path]}"
    markers = project.data_marker(data.problem, data.key).parent.glob("*.json")
    if any(read_json(marker)["parts"].get(path) == found for marker in markers):
        return DataError(
            f"the data set is of another version: its MD5 is {found}, {wanted}",
            where=path,
            do=f"bring the wanted one: {'; or '.join(again)}",
        )
    return DataError(
        f"the data set was changed by hand: its MD5 is {found}, {wanted}",
        where=path,
        do=f"{'; or '.join(again)}; or accept it as a new version (dvc commit --force {path}, "
        "and commit dvc.lock)",
    )
