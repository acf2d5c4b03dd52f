"""Taking a data file from a path or an address: looked at first, then put under DVC.

DVC's ``import-url`` keeps source and hash in a ``.dvc`` file beside the data. It would replace the
old file before anybody could look at the new one, so the new one is fetched aside, and DVC is told
of it once it is understood.
"""

from __future__ import annotations

from pathlib import Path

from rampflow.data.calling import alone, call_dvc, without_scm
from rampflow.data.checksum import md5_of
from rampflow.data.dvc import DataSet, data_set, ensure
from rampflow.data.fetching import fetch, folder_aside
from rampflow.data.wanted import DataFile, Facts, missing_file, require, wanted_file
from rampflow.errors import DataError, ProblemError, RampflowError
from rampflow.paths import Project


def import_data(project: Project, problem: str, source: str) -> DataSet:
    """Take a file as the data of a problem and pin it to its hash.

    Parameters
    ----------
    project : Project
        Where the problem is.
    problem : str
        A problem whose ``problem.py`` has a ``data_file``.
    source : str
        The path of a file, or an address that DVC can fetch.

    Returns
    -------
    DataSet
        The new data set, verified.

    Raises
    ------
    DataError
        If the file cannot be fetched or is not understood: the old data set is untouched then.
    """
    wanted, target = _target(project, problem)
    source = _absolute(source)
    with alone(project):
        without_scm(project)
        _check_replaceable(project, problem, target)
        with folder_aside(target.parent) as aside:
            fetched = aside / wanted.name
            fetch(project, source, fetched)
            _look_at(wanted, fetched, source)
            _put_in_place(project, source, fetched, target)
    return ensure(project, problem)


def describe_data(project: Project, problem: str, file: Path | None = None) -> Facts:
    """Return what is understood of a file, or of the data set of a problem.

    Parameters
    ----------
    project : Project
        Where the problem is.
    problem : str
        A problem whose ``problem.py`` has a ``data_file``.
    file : Path, optional
        Any file; the one in the problem's ``data/`` if absent, which is fetched if need be.

    Raises
    ------
    DataError
        If there is no file, or it is not understood.
    """
    wanted, target = _target(project, problem)
    if file is None:
        ensure(project, problem)
        if not target.exists():
            raise missing_file(project, problem, wanted)
    return dict(wanted.describe(file or target))


def source_to_bring(project: Project, data: DataSet, configured: str | None) -> str | None:
    """Return what a run imports first: the source that an event names, where there are no data.

    Parameters
    ----------
    project : Project
        Where the problem is.
    data : DataSet
        Its data set.
    configured : str or None
        The event's ``data_source``.

    Raises
    ------
    DataError
        If the problem wants a file, has none, and the event names no source.
    """
    if data.parts:
        return None
    if not configured:
        require(project, data.problem)
    return configured


def bring_data(project: Project, data: DataSet, configured: str | None) -> None:
    """Import what `source_to_bring` names, if anything. For its parameters, see there."""
    if source := source_to_bring(project, data, configured):
        import_data(project, data.problem, from_project(project, source))


def has_data(project: Project, problem: str) -> bool:
    """Return whether a problem has a data set, be it here or only locked."""
    return bool(data_set(project, problem).parts)


def from_project(project: Project, source: str) -> str:
    """Return a source of the configuration: a path counts from the project folder."""
    return source if "://" in source else str(project.root / source)


def _target(project: Project, problem: str) -> tuple[DataFile, Path]:
    """Return what a problem wants and where it goes."""
    wanted = wanted_file(project, problem)
    folder = project.problem(problem)
    if wanted is None:
        raise ProblemError(
            f"the problem {problem} takes no data file",
            where=f"{project.relative(folder / 'problem.py')}: data_file",
            do="add a file with `dvc add`, or define data_file",
        )
    return wanted, folder / "data" / wanted.name


def _absolute(source: str) -> str:
    """Return an address as it is and a path in full."""
    return source if "://" in source else str(Path(source).expanduser().absolute())


def _check_replaceable(project: Project, problem: str, target: Path) -> None:
    """Check that what is there already can be had again: DVC keeps what it has locked.

    Raises
    ------
    DataError
        If it is a file that DVC does not know, or one that was changed since.
    """
    if not target.exists():
        return
    locked = data_set(project, problem).locked.get(project.relative(target))
    if locked is None or md5_of(target) != locked:
        raise DataError(
            "the file that is there was not imported or was changed since: it would be lost",
            where=project.relative(target),
            do="move it away, then import again",
        )


def _look_at(wanted: DataFile, fetched: Path, source: str) -> None:
    """Refuse a file that is not understood; errors name it as the user does."""
    try:
        wanted.describe(fetched)
    except RampflowError as error:
        where = error.where.replace(str(fetched), source)
        raise type(error)(error.what, where=where, do=error.do) from None


def _put_in_place(project: Project, source: str, fetched: Path, target: Path) -> None:
    """Move a file to its place and let DVC lock it; on failure all is as it was."""
    note = target.with_name(f"{target.name}.dvc")
    old_note = note.read_bytes() if note.exists() else None
    old = fetched.with_name("old") if target.exists() else None
    if old is not None:
        target.replace(old)
    try:
        fetched.replace(target)
        where = [project.relative(target), project.relative(note)]
        call_dvc(project, "import-url", "--force", "--no-exec", source, where[0])
        call_dvc(project, "commit", "--force", where[1])
    except BaseException:
        target.unlink(missing_ok=True)
        if old is not None:
            old.replace(target)
        if old_note is None:
            note.unlink(missing_ok=True)
        else:
            note.write_bytes(old_note)
        raise
