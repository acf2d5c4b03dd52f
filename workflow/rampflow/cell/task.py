"""What a step must know of its cell: one entry of the plan file, and nothing of configuration.

The planner writes ``results/<event>/.state/plan.json`` (format: `TaskFile`); the steps read it.
They start thousands of times, so this module imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from rampflow.cell.keys import differences, fit_parts, score_parts
from rampflow.cell.limits import StepLimits
from rampflow.errors import ResultError
from rampflow.files import read_json, write_json
from rampflow.paths import Project

STALE = "its files changed since the evaluation was planned, or another event was planned"


@dataclass(frozen=True)
class SubmissionTask:
    """What the steps must know of a submission.

    Parameters
    ----------
    team, model : str
        Its folders.
    entry : list of str
        The files that the workflow loads.
    files : dict of str to str
        Hash of each file.
    time_s, memory_mb, threads, cpu_s, processes, open_files, output_mb, disk_mb : numbers
        Its limits, see `rampflow.cell.limits.StepLimits`.
    gpus : int
        GPUs that it declares.
    """

    team: str
    model: str
    entry: list[str]
    files: dict[str, str]
    time_s: float
    memory_mb: float
    threads: int
    cpu_s: float | None = None
    processes: int = 256
    open_files: int = 1024
    output_mb: float = 20.0
    disk_mb: float = 1000.0
    gpus: int = 0

    @property
    def name(self) -> str:
        """The name as people write it."""
        return f"{self.team}/{self.model}"

    @property
    def limits(self) -> StepLimits:
        """What a step may take."""
        return StepLimits(**{f.name: getattr(self, f.name) for f in fields(StepLimits)})


@dataclass(frozen=True)
class TaskFile:
    """All cells of an event.

    Parameters
    ----------
    event, problem : str
        Their names.
    seed : int
        Fold k is trained with seed + k.
    keep_models : bool
        Whether a cell keeps what training left.
    prepared : str
        The prepare key.
    problem_files : dict of str to str
        Hash of each file of the problem's code, whole: what is copied is what was hashed.
    common : dict
        The parts of the fit key that all cells share.
    folds : list of dict
        Hashes of what was prepared for each fold.
    submissions : list of SubmissionTask
        In the order of the event.
    keys : list of list of str
        Fit key by submission and fold; the key of the refit, where there is one, is the last.
    score_parts : dict
        What scores depend on beside the fit key.
    score : str
        The score key.
    refit : dict, optional
        Hashes of what was prepared for the refit, one fit on all training rows; None where the
        event has none. It is handled as a fold after the last.
    sandbox : str
        How strongly steps are confined: the event's word.
    """

    event: str
    problem: str
    seed: int
    keep_models: bool
    prepared: str
    problem_files: dict[str, str]
    common: dict[str, Any]
    folds: list[dict[str, str]]
    submissions: list[SubmissionTask]
    keys: list[list[str]]
    score_parts: dict[str, Any]
    score: str
    refit: dict[str, str] | None = None
    sandbox: str = "auto"

    @property
    def n_folds(self) -> int:
        """Number of folds, and so the number of the refit."""
        return len(self.folds)

    def parts(self, submission: SubmissionTask, fold: int) -> dict[str, Any]:
        """Return the parts of a cell's key in clear.

        The number of the fold is one of them, since a workflow may ask for it: events with other
        seeds could reach equal rows and seed at another number.
        """
        given: dict[str, Any]
        if self.refit is not None and fold == self.n_folds:
            given = {"refit": True, **self.refit}
        else:
            given = {**self.folds[fold]}
        return fit_parts(
            self.common,
            submission.files,
            submission.entry,
            {"number": fold, **given},
            self.seed + fold,
            submission.threads,
            submission.gpus,
        )

    def find(self, key: str) -> tuple[SubmissionTask, int]:
        """Return a submission and a fold that have a fit key (the first, if several do).

        Raises
        ------
        ResultError
            If no cell has it: the inputs changed since the DAG was made.
        """
        for submission, keys in zip(self.submissions, self.keys, strict=True):
            if key in keys:
                return submission, keys.index(key)
        raise ResultError(f"no cell of the plan has the key {key}: {STALE}", do="run again")


def check_scoring(project: Project, tasks: TaskFile) -> None:
    """Check that metrics are what they were when the evaluation was planned.

    To be called once the problem is loaded: what was loaded is then what the score key names.

    Raises
    ------
    ResultError
        If the code that scores has changed.
    """
    now = score_parts(project, tasks.problem, tasks.score_parts["truth"])
    if changes := differences(tasks.score_parts, now):
        raise ResultError(
            f"{'; '.join(changes)}: {STALE}",
            where=f"scores of {tasks.event}",
            do="run again",
        )


def write_tasks(project: Project, tasks: TaskFile) -> None:
    """Write the plan file, unless it says the same already."""
    path = project.event(tasks.event).plan
    content = asdict(tasks)
    if not path.exists() or read_json(path) != content:
        write_json(path, content)


def write_packs(project: Project, event: str, packs: dict[str, list[str]]) -> None:
    """Write which cells share a job: name of the pack → fit keys."""
    write_json(project.event(event).packs, packs)


def read_pack(project: Project, event: str, pack: str) -> list[str]:
    """Return the fit keys of a pack.

    Raises
    ------
    ResultError
        If the plan knows no such pack.
    """
    packs: dict[str, list[str]] = read_json(project.event(event).packs)
    if pack not in packs:
        raise ResultError(f"no pack of the plan has the name {pack}: {STALE}", do="run again")
    return packs[pack]


def read_tasks(project: Project, event: str) -> TaskFile:
    """Read the plan file of an event.

    Raises
    ------
    ResultError
        If there is none, or it was written by another version.
    """
    path = project.event(event).plan
    content = read_json(path)
    try:
        submissions = [SubmissionTask(**s) for s in content.pop("submissions")]
        return TaskFile(submissions=submissions, **content)
    except (TypeError, KeyError, AttributeError) as error:
        raise ResultError(
            f"the plan is of another version ({error})",
            where=project.relative(path),
            do="run again",
        ) from None
