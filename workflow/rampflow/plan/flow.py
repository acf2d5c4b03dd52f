"""What the Snakefile asks: paths, keys and resources, as strings and numbers."""

from __future__ import annotations

import atexit
import contextlib
from functools import cached_property
from pathlib import Path
from typing import Any

from rampflow.cell.task import SubmissionTask, write_tasks
from rampflow.data.dvc import verify
from rampflow.paths import AGGREGATES, Project
from rampflow.plan.hold import hold_event
from rampflow.plan.plan import Plan, make_plan


class Flow:
    """One event as the rules see it. Paths are relative to the project.

    Parameters
    ----------
    root : Path
        The project folder.
    event : str
        The event.

    Raises
    ------
    RampflowError
        If anything that people wrote is wrong: before any job runs.
    """

    def __init__(self, root: Path, event: str) -> None:
        self.project = Project(root)
        self.event = event
        self.plan: Plan = make_plan(self.project, event)
        self.is_held = False
        if self._has_data:
            verify(self.project, self.plan.data)

    @property
    def _has_data(self) -> bool:
        return all((self.project.root / path).exists() for path in self.plan.data.locked)

    def hold(self) -> None:
        """Hold the event until this process ends; only then is anything written.

        Raises
        ------
        ResultError
            If another evaluation of it is under way.
        """
        stack = contextlib.ExitStack()
        stack.enter_context(hold_event(self.project, self.event))
        atexit.register(stack.close)
        self.is_held = True
        if not self._has_data:  # the note that it is there is not true any more
            self.project.data_marker(self.plan.problem, self.plan.data.key).unlink(missing_ok=True)

    def path(self, path: Path) -> str:
        """Return a path as the rules write it."""
        return path.relative_to(self.project.root).as_posix()

    @property
    def outputs(self) -> list[str]:
        """The outputs of all aggregate steps: each is wanted, also if only it was removed."""
        return [path for step in AGGREGATES for path in self.made_by(step)]

    @property
    def prepared(self) -> str:
        """The record of the prepared data."""
        return self.path(self.plan.prepared.record)

    @property
    def data_marker(self) -> str:
        """The note that the data set is there and verified."""
        return self.path(self.project.data_marker(self.plan.problem, self.plan.data.key))

    def made_by(self, step: str) -> list[str]:
        """Return the files that an aggregate step writes."""
        return [self.path(path) for path in self.plan.results.outputs(step)]

    def stamp(self, step: str) -> str:
        """Return the stamp of an aggregate step. The folds must be prepared."""
        return self.path(self.plan.results.stamp(step, self.plan.aggregate_keys[step]))

    @property
    def stamps(self) -> list[str]:
        """The stamps of all aggregate steps. The folds must be prepared."""
        return [self.stamp(step) for step in AGGREGATES]

    def before(self, step: str) -> list[str]:
        """Return the outputs of the aggregate step before this one."""
        position = AGGREGATES.index(step)
        return self.made_by(AGGREGATES[position - 1])[:1] if position else []

    def missing_scores(self) -> list[str]:
        """Return the files of cells that do not exist yet, and leave the plan for the steps."""
        if self.is_held:
            write_tasks(self.project, self.plan.tasks)
        cells = [self.project.cell(k) for k in sorted({c.key for c in self.plan.missing_scores()})]
        scores = [cell.scores(self.plan.tasks.score) for cell in cells]
        # scores without their cell, left by hand: both are made again
        records = [c.record for c, s in zip(cells, scores, strict=True) if s.exists()]
        return [self.path(path) for path in [*scores, *records]]

    def unless_there(self, path: str) -> list[str]:
        """Return a path as an input only if it does not exist: what exists is finished."""
        return [] if (self.project.root / path).exists() else [path]

    @cached_property
    def _by_key(self) -> dict[str, tuple[SubmissionTask, int]]:
        return {c.key: (c.submission, c.fold) for c in reversed(self.plan.cells)}

    def who(self, key: str) -> str:
        """Return what a cell is, for people: submission and fold."""
        submission, fold = self._by_key[key]
        return f"{submission.name}, fold {fold}"

    def resource(self, key: str, name: str) -> Any:
        """Return a resource of a cell's steps, in Snakemake's units.

        Parameters
        ----------
        key : str
            The fit key.
        name : str
            ``threads``, ``mem_mb`` (with a margin, so that our verdict comes first) or
            ``runtime`` (minutes).
        """
        submission, _ = self._by_key[key]
        if name == "mem_mb":
            return int(submission.memory_mb * 1.25) + 300
        if name == "runtime":
            # twice: a submission that cannot be pickled is trained again when it predicts
            return int(2 * submission.time_s / 60) + 5
        return submission.threads
