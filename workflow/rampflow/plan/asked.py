"""What the rules ask in every process of Snakemake: paths, and what a job needs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from rampflow.cell.task import SubmissionTask, TaskFile
from rampflow.config.event import load_event_file
from rampflow.config.schemas import Event
from rampflow.paths import AGGREGATES, CHALLENGE, Project
from rampflow.plan import cluster
from rampflow.plan.aggregates import BEFORE, steps_of
from rampflow.plan.packs import Pack

BOARD_MINUTES = 40
"""Of each step; those of the board are one job of a cluster, so that it has some hours."""


class Asked:
    """One event as the rules see it. Paths are relative to the project.

    Parameters
    ----------
    project : Project
        Where everything is.
    event : str
        The event.
    is_cluster : bool
        Whether jobs run on other machines.
    """

    def __init__(self, project: Project, event: str, *, is_cluster: bool) -> None:
        self.project, self.event, self.is_cluster = project, event, is_cluster
        self.results, self.challenge = project.event(event), project.challenge(event)

    @property
    def tasks(self) -> TaskFile:
        """All cells with their keys."""
        raise NotImplementedError

    def pack(self, name: str) -> Pack:
        """Return a pack by its name."""
        raise NotImplementedError

    def path(self, path: Path) -> str:
        """Return a path as the rules write it."""
        return path.relative_to(self.project.root).as_posix()

    @property
    def steps(self) -> tuple[str, ...]:
        """The aggregate steps of the event, in order."""
        return steps_of(self._event)

    @property
    def outputs(self) -> list[str]:
        """The outputs of all aggregate steps: each is wanted, also if only it was removed."""
        return [path for step in self.steps for path in self.made_by(step)]

    def made_by(self, step: str) -> list[str]:
        """Return the files that an aggregate step writes."""
        made = self.challenge.outputs if step in CHALLENGE else self.results.outputs
        return [self.path(path) for path in made(step)]

    def before(self, step: str) -> list[str]:
        """Return what an aggregate step reads of those that it is made from.

        On a cluster they are one job, which has the memory of one: each waits for the one before.
        """
        names = BEFORE[step]
        if self.is_cluster and step in AGGREGATES[1:]:
            names = (AGGREGATES[AGGREGATES.index(step) - 1],)
        return [path for name in names for path in self.made_by(name)[:1]]

    def unless_there(self, path: str) -> list[str]:
        """Return a path as an input only if it does not exist: what exists is finished."""
        return [] if (self.project.root / path).exists() else [path]

    # what a job needs

    @cached_property
    def _found(self) -> dict[str, tuple[SubmissionTask, int]]:
        rows = reversed(list(zip(self.tasks.submissions, self.tasks.keys, strict=True)))
        return {key: (who, fold) for who, keys in rows for fold, key in enumerate(keys)}

    def who(self, key: str) -> str:
        """Return what a cell is, for people: submission and fold."""
        submission, fold = self._found[key]
        where = "refit" if fold == self.tasks.n_folds else f"fold {fold}"
        return f"{submission.name}, {where}"

    def who_packed(self, pack: str) -> str:
        """Return what a pack is, for people: submission and folds."""
        return self.pack(pack).who

    def resource(self, key: str, name: str) -> Any:
        """Return a resource of a cell's steps, in Snakemake's units.

        Parameters
        ----------
        key : str
            The fit key.
        name : str
            ``threads``, ``mem_mb`` (with a margin, so that our verdict comes first),
            ``runtime`` (minutes), ``gres``, or ``gpus_here`` (of this machine).
        """
        submission, _ = self._found[key]
        if name == "mem_mb":
            if self.is_cluster:
                return cluster.memory_of(submission.limits)
            return int(submission.memory_mb * cluster.MARGIN) + 300
        if name == "runtime":
            # twice: a submission that cannot be pickled is trained again when it predicts
            return int(2 * submission.time_s / 60) + 5
        if name == "gres":
            return f"gpu:{submission.gpus}" if submission.gpus and self.is_cluster else ""
        if name == "gpus_here":
            return 0 if self.is_cluster else submission.gpus
        return submission.threads

    def resource_packed(self, name: str, resource: str, attempt: int = 1) -> Any:
        """Return a resource of a pack: that of a cell, and the time of all."""
        pack = self.pack(name)
        if resource != "runtime":
            return self.resource(pack.keys[0], resource)
        if self.is_cluster:
            submission, _ = self._found[pack.keys[0]]
            return cluster.minutes_of(submission.limits, pack, attempt)
        return self.resource(pack.keys[0], resource) * len(pack.keys)

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Where the jobs of this event run on a cluster, as far as the event says so."""
        return cluster.places(self._event.cluster) if self.is_cluster else {}

    @cached_property
    def _event(self) -> Event:
        return load_event_file(self.project, self.event)

    @property
    def board_resources(self) -> Mapping[str, Any]:
        """What a step of the board is given; on a cluster the event's places included."""
        memory = {"mem_mb": lambda _: self.board_mb()}
        if not self.is_cluster:
            return memory
        return {**self.places, **memory, "runtime": BOARD_MINUTES}

    def board_mb(self) -> int:
        """Return the memory that making the board needs, in MB."""
        raise NotImplementedError
