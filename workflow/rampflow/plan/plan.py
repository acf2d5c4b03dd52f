"""The plan of an event: the keys it needs against the files that exist.

The Snakefile, ``rampflow plan`` and ``rampflow status`` all ask it, so they cannot disagree.
Making a plan reads configuration, code and the DVC lock; it runs and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rampflow.cell import keys
from rampflow.cell.task import SubmissionTask, TaskFile
from rampflow.config.event import LoadedEvent, load_event, load_event_file, load_submission
from rampflow.data.dvc import DataSet, data_set
from rampflow.errors import ResultError
from rampflow.files import read_json
from rampflow.hashing import key_of
from rampflow.paths import AGGREGATES, CHALLENGE, EventResults, Prepared, Project
from rampflow.plan.aggregates import BEFORE, aggregate_keys, steps_of


@dataclass(frozen=True)
class Cell:
    """One cell of an event.

    Parameters
    ----------
    submission : SubmissionTask
        Who.
    fold : int
        On which fold.
    key : str
        Its fit key.
    is_refit : bool
        Whether it is no fold but the refit, on all training rows; `fold` is then their number.
    """

    submission: SubmissionTask
    fold: int
    key: str
    is_refit: bool = False

    @property
    def where(self) -> str:
        """Its fold in words: ``fold 3``, or ``refit``."""
        return "refit" if self.is_refit else f"fold {self.fold}"


@dataclass(frozen=True)
class Plan:
    """The keys of an event.

    Parameters
    ----------
    project : Project
        Where everything is.
    loaded : LoadedEvent
        The event as people wrote it.
    data : DataSet
        Its data set, as locked.
    prepare_parts : dict
        What preparing depends on.
    common : dict
        What all cells depend on.
    """

    project: Project
    loaded: LoadedEvent
    data: DataSet
    prepare_parts: keys.Parts
    common: keys.Parts

    @property
    def event(self) -> str:
        """The name of the event."""
        return self.loaded.name

    @property
    def problem(self) -> str:
        """The name of its problem."""
        return self.loaded.event.problem

    @property
    def results(self) -> EventResults:
        """Where its results go."""
        return self.project.event(self.event)

    @cached_property
    def prepare_key(self) -> str:
        """The key of the prepared data."""
        return key_of(self.prepare_parts)

    @property
    def prepared(self) -> Prepared:
        """The prepared data, which may not exist yet."""
        return self.project.prepared(self.prepare_key)

    @property
    def is_prepared(self) -> bool:
        """Whether the folds are known, and so the keys of the cells."""
        return self.prepared.record.exists()

    @cached_property
    def tasks(self) -> TaskFile:
        """All cells with their keys.

        Raises
        ------
        ResultError
            If the folds are not prepared yet.
        """
        if not self.is_prepared:
            raise ResultError(
                "the folds are not prepared yet", do=f"run: rampflow run {self.event}"
            )
        record = read_json(self.prepared.record)
        folds = [fold["sha256"] for fold in record["folds"]]
        event = self.loaded.event
        # refits exist exactly where they rank: not while the test set is nobody's to look at
        has_refit = (event.final, event.phase) == ("refit", "closed") and "test" in record["rows"]
        score_parts = keys.score_parts(self.project, self.problem, record["truth"])
        submissions = self.submissions
        tasks = TaskFile(
            event=self.event,
            problem=self.problem,
            seed=event.seed,
            keep_models=event.keep_models,
            prepared=self.prepare_key,
            problem_files=keys.problem_files(self.project.problem(self.problem)),
            common=self.common,
            folds=folds,
            submissions=submissions,
            keys=[],
            score_parts=score_parts,
            score=keys.score_key(score_parts),
            refit=record["refit"]["sha256"] if has_refit else None,
            sandbox=event.sandbox,
        )
        for submission in submissions:
            parts = (tasks.parts(submission, fold) for fold in range(len(folds) + has_refit))
            tasks.keys.append([key_of(p) for p in parts])
        return tasks

    @cached_property
    def submissions(self) -> list[SubmissionTask]:
        """What the steps must know of each submission."""
        found = []
        for s in self.loaded.submissions:
            folder = self.project.submission(self.event, s.team, s.model)
            found.append(
                SubmissionTask(
                    team=s.team,
                    model=s.model,
                    entry=list(s.file.entry),
                    files=keys.submission_parts(folder),
                    threads=s.threads,
                    gpus=s.gpus,
                    **s.limits.model_dump(),
                )
            )
        return found

    @property
    def cells(self) -> list[Cell]:
        """All cells, submission by submission, fold by fold, the refit last."""
        tasks = self.tasks
        return [
            Cell(submission, fold, key, fold == tasks.n_folds)
            for submission, row in zip(tasks.submissions, tasks.keys, strict=True)
            for fold, key in enumerate(row)
        ]

    def missing_cells(self) -> list[Cell]:
        """Return the cells that do not exist."""
        return [cell for cell in self.cells if not self.project.cell(cell.key).record.exists()]

    def missing_scores(self) -> list[Cell]:
        """Return the cells that have no scores of the current score key, missing cells included."""
        score, folder = self.tasks.score, self.project.cell
        return [
            cell
            for cell in self.cells
            if not folder(cell.key).scores(score).exists() or not folder(cell.key).record.exists()
        ]

    @property
    def steps(self) -> tuple[str, ...]:
        """The aggregate steps of the event, in order."""
        return steps_of(self.loaded.event)

    def outputs(self, step: str) -> tuple[Path, ...]:
        """Return the files that an aggregate step writes; the next step reads the first."""
        if step in CHALLENGE:
            return self.project.challenge(self.event).outputs(step)
        return self.results.outputs(step)

    @cached_property
    def aggregate_keys(self) -> dict[str, str]:
        """The key of each aggregate step. Each holds those before, so a change goes downwards."""
        return aggregate_keys(self)

    def stale_aggregates(self) -> list[str]:
        """Return the aggregate steps whose output is missing or older than its stamp.

        All are where a score is missing: they are made from it, even if it comes out the same.
        """
        if self.missing_scores():
            return list(self.steps)
        stale: list[str] = []
        for step in self.steps:
            stamp = self.results.stamp(step, self.aggregate_keys[step])
            made = [_mtime(output) for output in self.outputs(step)]
            if {*BEFORE[step]} & {*stale} or not stamp.exists() or min(made) < _mtime(stamp):
                stale.append(step)
        return stale

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing to do."""
        return self.is_prepared and not self.missing_scores() and not self.stale_aggregates()


def _mtime(path: Path) -> int:
    """Return the modification time of a file in ns, or -1 if it does not exist."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return -1


def forget_aggregates(project: Project) -> None:
    """Let every event make its aggregates again: a cell was removed, and may come out otherwise."""
    for state in project.results.glob("*/.state"):
        forget_stamps(project.event(state.parent.name))


def forget_stamps(results: EventResults) -> None:
    """Let all aggregate steps of an event be made again.

    Were it the first step alone, a run that ended after it would leave the others as they are, each
    newer than its own stamp.
    """
    for step in (*AGGREGATES, *CHALLENGE):
        for stamp in results.stamps(step):
            stamp.unlink(missing_ok=True)


def make_plan(project: Project, event: str, only: tuple[str, str] | None = None) -> Plan:
    """Read an event and compute its keys.

    Parameters
    ----------
    project : Project
        Where everything is.
    event : str
        The event.
    only : (str, str), optional
        Team and model of the one submission to plan for; errors of others do not matter then.

    Raises
    ------
    ConfigError, ProblemError, DataError
        If something that people wrote is wrong: before anything runs.
    """
    if only is None:
        loaded = load_event(project, event)
    else:
        file = load_event_file(project, event)
        loaded = LoadedEvent(event, file, (load_submission(project, event, file, *only),), {})
    problem = loaded.event.problem
    data = data_set(project, problem)
    return Plan(
        project=project,
        loaded=loaded,
        data=data,
        prepare_parts=keys.prepare_parts(project, problem, data.parts, loaded.event.seed),
        common=keys.common_fit_parts(project, problem, data.parts),
    )
