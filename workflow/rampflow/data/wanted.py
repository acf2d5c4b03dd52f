"""Data that only a data steward can bring: what a problem wants, and that it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rampflow.errors import DataError, ProblemError, RampflowError
from rampflow.paths import Project
from rampflow.problems.contract import error_inside, load_problem

Facts = dict[str, Any]
"""What was understood of a file: words for people → text or numbers."""


@dataclass(frozen=True)
class DataFile:
    """What a ``problem.py`` says of the file that it wants.

    Plain values there (``data_file``) and a function of its own (``describe_data``), so that
    neither is a part of a fit key.

    Parameters
    ----------
    name : str
        The name of the file below the problem's ``data/``.
    what : str
        What it must be, in words.
    sources : tuple of str
        Public sources, by name.
    describe : callable
        ``describe_data(file)`` of the problem, which returns what is understood of a file and
        raises a `DataError` if it is not what the problem needs. Without one any file will do.
    """

    name: str
    what: str
    sources: tuple[str, ...] = ()
    describe: Callable[[Path], Facts] = lambda file: {"bytes": file.stat().st_size}


def wanted_file(project: Project, problem: str) -> DataFile | None:
    """Return what a problem says of the file that it wants, or None if it wants none.

    Raises
    ------
    ProblemError
        If ``problem.py`` cannot be imported, or its ``data_file`` is not understood.
    """
    file = project.problem(problem) / "problem.py"
    module = load_problem(file.parent).module
    said = getattr(module, "data_file", None)
    if said is None:
        return None
    describe = getattr(module, "describe_data", None)
    try:
        found = DataFile(**said)
        if describe is not None:
            found = replace(found, describe=partial(_describe, file, describe))
        plain = Path(found.name).name == found.name
    except TypeError:
        plain = False
    if not plain:
        raise ProblemError(
            f"data_file is {said!r}",
            where=f"{project.relative(file)}: data_file",
            do='write {"name": "FILE", "what": "what it must be", "sources": ("a public source",)}',
        )
    return found


def _describe(problem_file: Path, describe: Callable[[Path], Facts], file: Path) -> Facts:
    """Ask a problem what it understands of a file; a mistake in its code is named as one."""
    try:
        return describe(file)
    except RampflowError:
        raise
    except Exception as error:
        raise error_inside(problem_file, "describe_data failed", error) from error


def look_at(project: Project, problem: str, paths: Iterable[str]) -> None:
    """Look at a file that people have put into ``data/``: before jobs read it, not while they do.

    Parameters
    ----------
    project : Project
        Where the problem is.
    problem : str
        The problem.
    paths : iterable of str
        New files of its data set, relative to the project.

    Raises
    ------
    DataError
        If the problem wants one of them and does not understand it.
    """
    wanted = wanted_file(project, problem)
    target = project.problem(problem) / "data" / wanted.name if wanted else None
    if wanted is not None and target is not None and project.relative(target) in paths:
        wanted.describe(target)


def missing_file(project: Project, problem: str, wanted: DataFile) -> DataError:
    """Return the error of a problem whose data file nobody has brought yet."""
    return DataError(
        f"the problem {problem} has no data yet: it needs {wanted.what}",
        where=project.relative(project.problem(problem) / "data" / wanted.name),
        do="bring one: rampflow data import EVENT FILE_OR_URL"
        + (f" (public sources: {'; '.join(wanted.sources)})" if wanted.sources else ""),
    )


def require(project: Project, problem: str) -> None:
    """Raise an error if a problem wants a file; to be called where it has no data at all.

    Raises
    ------
    DataError
        If it does.
    """
    wanted = wanted_file(project, problem)
    if wanted is not None:
        raise missing_file(project, problem, wanted)
