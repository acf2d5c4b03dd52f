"""An event as it stands in the files: its configuration, its submissions in order, its teams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from rampflow.config.limits import capped, problem_limits
from rampflow.config.loading import read_yaml, validate
from rampflow.config.predictions import PredictionEntry, load_predictions
from rampflow.config.rules import HandedIn, refusals
from rampflow.config.schemas import (
    NAME,
    NAME_RULE,
    Defaults,
    Event,
    Limits,
    SubmissionFile,
    Team,
)
from rampflow.errors import ConfigError, RampflowError, Several, raise_all
from rampflow.paths import SUBMISSION_FILE, Project

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Submission:
    """One submission: who handed in what, when.

    Parameters
    ----------
    team, model : str
        The names of its folders.
    file : SubmissionFile
        Its ``submission.yaml``.
    limits : Limits
        What a step may take: its own wish, capped by the problem and the event.
    threads : int
        BLAS and OpenMP threads of its steps.
    gpus : int
        GPUs that it declares.
    """

    team: str
    model: str
    file: SubmissionFile
    limits: Limits
    threads: int
    gpus: int = 0

    @property
    def name(self) -> str:
        """The name as people write it: ``team/model``."""
        return f"{self.team}/{self.model}"

    @property
    def display_name(self) -> str:
        """What people read."""
        return self.file.display_name or self.model

    @property
    def order(self) -> tuple[datetime, str, str]:
        """The order of submissions everywhere, and so of ties: time, then team, then model."""
        return (self.file.submitted_at, self.team, self.model)


@dataclass(frozen=True)
class LoadedEvent:
    """An event with everything people wrote about it.

    Parameters
    ----------
    name : str
        The name of its file.
    event : Event
        Its configuration.
    submissions : tuple of Submission
        Those that keep the rules, in the order of `Submission.order`.
    teams : dict of str to Team
        Teams that are described; a team may be missing.
    refused : tuple of (Submission, str)
        Those that do not, with the reason: they are listed and not evaluated.
    predictions : tuple of PredictionEntry
        Prediction entries of a challenge, refused ones included.
    """

    name: str
    event: Event
    submissions: tuple[Submission, ...]
    teams: dict[str, Team]
    refused: tuple[tuple[Submission, str], ...] = ()
    predictions: tuple[PredictionEntry, ...] = ()

    def credits(self) -> dict[str, dict[str, float]]:
        """Return submission → its sources and their credit, without sources that are refused."""
        names = {s.name for s in self.submissions}
        return {
            s.name: {c.submission: c.credit for c in s.file.builds_on if c.submission in names}
            for s in self.submissions
        }


def default_event(project: Project) -> str:
    """Return the event that is evaluated when none is named (``config/config.yaml``)."""
    return defaults(project).event


def defaults(project: Project) -> Defaults:
    """Read ``config/config.yaml``."""
    shown = project.relative(project.defaults)
    return validate(Defaults, read_yaml(project.defaults, shown), shown)


def load_event(project: Project, name: str) -> LoadedEvent:
    """Read an event, its submissions and the teams, and check them all.

    Raises
    ------
    ConfigError
        If one thing is wrong.
    Several
        If several are: all are reported at once.
    """
    event = load_event_file(project, name)
    errors: list[RampflowError] = []
    submissions = _collect(errors, lambda: _load_submissions(project, name, event)) or []
    teams = _collect(errors, lambda: load_teams(project)) or {}
    raise_all(errors)
    submissions = sorted(submissions, key=lambda s: s.order)
    raise_all(list(_check_sources(project, name, submissions)))
    predictions = load_predictions(project, name) if event.kind == "challenge" else []
    broken = refusals(event, [*map(_handed_in, submissions), *_described(predictions)])
    return LoadedEvent(
        name,
        event,
        tuple(s for s in submissions if s.name not in broken),
        teams,
        tuple((s, broken[s.name]) for s in submissions if s.name in broken),
        tuple(p.refused(broken.get(p.full_name, "")) for p in predictions),
    )


def load_event_file(project: Project, name: str) -> Event:
    """Read the configuration of an event and check that its problem exists.

    Its limits are made narrower where the problem asks for less.
    """
    path = project.event_file(name)
    shown = project.relative(path)
    if not NAME.fullmatch(name) or not path.is_file():
        known = sorted(p.stem for p in project.events.glob("*.yaml"))
        raise ConfigError(
            f"there is no event {name!r}",
            where=project.relative(project.events),
            do=f"events: {', '.join(known) or 'none yet'}",
        )
    event = validate(Event, read_yaml(path, shown), shown)
    if not (project.problem(event.problem) / "problem.py").is_file():
        known = sorted(p.parent.name for p in (project.root / "problems").glob("*/problem.py"))
        raise ConfigError(
            f"there is no problem {event.problem!r}",
            where=f"{shown}: problem",
            do=f"problems: {', '.join(known) or 'none yet'}",
        )
    code = project.problem(event.problem) / "problem.py"
    wish = problem_limits(code, project.relative(code))
    return event.model_copy(update={"limits": capped(event.limits, wish)})


def load_teams(project: Project) -> dict[str, Team]:
    """Read ``config/teams.yaml``; no file means that no team is described."""
    if not project.teams.exists():
        return {}
    shown = project.relative(project.teams)
    errors: list[RampflowError] = []
    teams: dict[str, Team] = {}
    for name, content in read_yaml(project.teams, shown).items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            errors.append(
                ConfigError(f"not a valid team name: {NAME_RULE}", where=f"{shown}: {name}")
            )
        elif not isinstance(content, dict):
            errors.append(ConfigError("must hold keys and values", where=f"{shown}: {name}"))
        elif team := _collect(errors, partial(validate, Team, content, f"{shown}: {name}")):
            teams[name] = team
    raise_all(errors)
    return teams


def load_submission(
    project: Project, event_name: str, event: Event, team: str, model: str
) -> Submission:
    """Read and check one submission of an event.

    Raises
    ------
    ConfigError
        If its names, its ``submission.yaml`` or its files are not as they must be.
    """
    folder = project.submission(event_name, team, model)
    for kind, name in (("team", team), ("model", model)):
        if not NAME.fullmatch(name):
            raise ConfigError(
                f"the {kind} folder {name!r} has no valid name: {NAME_RULE}",
                where=project.relative(folder),
                do="rename the folder; what people read is display_name in submission.yaml",
            )
    shown = project.relative(folder / SUBMISSION_FILE)
    file = validate(SubmissionFile, read_yaml(folder / SUBMISSION_FILE, shown), shown)
    if file.team != team:
        raise ConfigError(
            f"the team is {file.team!r} but the folder is {team!r}", where=f"{shown}: team"
        )
    for name in file.entry:
        if not (folder / name).is_file():
            raise ConfigError(f"the file {name!r} is not in the folder", where=f"{shown}: entry")
    if links := [p for p in folder.rglob("*") if p.is_symlink()]:
        raise ConfigError(
            "links are not allowed in a submission",
            where=project.relative(links[0]),
            do="hand in the file itself",
        )
    wish = file.resources
    limits = capped(event.limits, wish)
    threads = min(wish.threads or event.threads, event.threads)
    return Submission(team, model, file, limits, threads, min(wish.gpus, event.cluster.gpus))


def _load_submissions(project: Project, name: str, event: Event) -> list[Submission]:
    root = project.submissions(name)
    if not root.is_dir():
        raise ConfigError(
            "the event has no folder of submissions",
            where=project.relative(root),
            do="make it: one folder per team, in it one per model",
        )
    errors: list[RampflowError] = []
    found = []
    for folder in sorted(p for p in root.glob("*/*") if p.is_dir() and _visible(p.parent, p)):
        where = (folder.parent.name, folder.name)
        loaded = _collect(errors, partial(load_submission, project, name, event, *where))
        if loaded:
            found.append(loaded)
    raise_all(errors)
    return found


def _handed_in(submission: Submission) -> HandedIn:
    sources = tuple(credit.submission for credit in submission.file.builds_on)
    return HandedIn(submission.team, submission.model, submission.file.submitted_at, sources)


def _described(predictions: list[PredictionEntry]) -> list[HandedIn]:
    """Return the prediction entries that the rules can judge: those with a time, and in order."""
    return [
        HandedIn(p.team, p.name, p.file.submitted_at)
        for p in predictions
        if p.file is not None and not p.refusal
    ]


def _visible(*folders: object) -> bool:
    return not any(getattr(f, "name", "").startswith((".", "__")) for f in folders)


def _check_sources(
    project: Project, name: str, submissions: list[Submission]
) -> list[RampflowError]:
    by_name = {s.name: s for s in submissions}
    errors: list[RampflowError] = []
    for submission in submissions:
        path = project.submission(name, submission.team, submission.model) / SUBMISSION_FILE
        for position, credit in enumerate(submission.file.builds_on):
            where = f"{project.relative(path)}: builds_on[{position}].submission"
            source = by_name.get(credit.submission)
            if source is None:
                errors.append(
                    ConfigError(f"there is no submission {credit.submission!r}", where=where)
                )
            elif source.file.submitted_at >= submission.file.submitted_at:
                errors.append(
                    ConfigError(f"{credit.submission!r} was not handed in earlier", where=where)
                )
    return errors


def _collect(errors: list[RampflowError], load: Callable[[], Loaded]) -> Loaded | None:
    """Run a loader; keep its user errors and return None instead of raising them."""
    try:
        return load()
    except Several as several:
        errors.extend(several.errors)
    except RampflowError as error:
        errors.append(error)
    return None
