"""What the Snakefile asks: paths, keys and resources, as strings and numbers."""

from __future__ import annotations

import atexit
import contextlib
import math
from functools import cached_property
from pathlib import Path
from typing import Any

from rampflow.cell.task import write_packs, write_tasks
from rampflow.config.schemas import Defaults
from rampflow.data.dvc import ensure, verify
from rampflow.data.importing import bring_data, source_to_bring
from rampflow.data.unfinished import is_unfinished
from rampflow.errors import ConfigError
from rampflow.paths import Project
from rampflow.plan.aggregates import BEFORE
from rampflow.plan.hold import hold_event
from rampflow.plan.packs import Pack, known_seconds, pack_cells
from rampflow.plan.plan import Cell, Plan, make_plan


class Flow:
    """One event as the rules see it. Paths are relative to the project.

    Parameters
    ----------
    root : Path
        The project folder.
    event : str
        The event.
    cores : int, optional
        How many jobs can run at once. Without it no cells are packed.
    pack_s : number or text, optional
        Seconds that a job of several cells aims at; 0 packs nothing.

    Raises
    ------
    RampflowError
        If anything that people wrote is wrong: before any job runs.
    """

    def __init__(
        self, root: Path, event: str, cores: int | None = None, pack_s: float | str | None = None
    ) -> None:
        self.project = Project(root)
        self.event = event
        self.cores, self.pack_s = cores, _pack_seconds(pack_s)
        self._packs: dict[str, Pack] = {}
        self.plan: Plan = make_plan(self.project, event)
        self.is_held = False

    @property
    def _has_data(self) -> bool:
        """Whether the data set is there as a whole, and nobody is making it."""
        data = self.plan.data
        are_there = all((self.project.root / path).exists() for path in data.locked)
        return bool(data.parts) and are_there and not is_unfinished(self.project)

    def look(self) -> None:
        """Check the data as far as they are there, and write nothing: for a dry run.

        Raises
        ------
        DataError
            If they are not as they should be, or there are none and nobody has named a source.
        """
        source_to_bring(self.project, self.plan.data, self.plan.loaded.event.data_source)
        if self._has_data:
            verify(self.project, self.plan.data, write=False)

    def hold(self) -> None:
        """Hold the event until this process ends; only then is anything written.

        A data set that is missing is imported, made or fetched now, not by a job: this machine may
        make other bytes than those that are locked, and all keys hold the hash of what was made.

        Raises
        ------
        ResultError
            If another evaluation of it is under way.
        DataError
            If the data set cannot be had.
        """
        stack = contextlib.ExitStack()
        stack.enter_context(hold_event(self.project, self.event))
        atexit.register(stack.close)
        self.is_held = True
        for marker in self.plan.results.packs_done():  # a killed run may have left some
            marker.unlink(missing_ok=True)
        data, source = self.plan.data, self.plan.loaded.event.data_source
        bring_data(self.project, data, source)
        if self._has_data:
            verify(self.project, data)
            return
        # the note that it is there is not true any more
        self.project.data_marker(data.problem, data.key).unlink(missing_ok=True)
        if ensure(self.project, data.problem) != data:
            self.plan = make_plan(self.project, self.event)

    def path(self, path: Path) -> str:
        """Return a path as the rules write it."""
        return path.relative_to(self.project.root).as_posix()

    @property
    def outputs(self) -> list[str]:
        """The outputs of all aggregate steps: each is wanted, also if only it was removed."""
        return [path for step in self.plan.steps for path in self.made_by(step)]

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
        return [self.path(path) for path in self.plan.outputs(step)]

    def stamp(self, step: str) -> str:
        """Return the stamp of an aggregate step. The folds must be prepared."""
        return self.path(self.plan.results.stamp(step, self.plan.aggregate_keys[step]))

    @property
    def stamps(self) -> list[str]:
        """The stamps of all aggregate steps. The folds must be prepared."""
        return [self.stamp(step) for step in self.plan.steps]

    def before(self, step: str) -> list[str]:
        """Return the outputs of the aggregate step before this one."""
        return self.made_by(BEFORE[step])[:1] if BEFORE[step] else []

    @cached_property
    def missing(self) -> list[str]:
        """What cells that do not exist yet are asked for by; the plan is left for the steps.

        The scores of a cell that has jobs of its own, the marker of a pack.
        """
        score, folder = self.plan.tasks.score, self.project.cell
        first = {cell.key: cell for cell in reversed(self.plan.missing_scores())}
        cells = [cell for cell in self.plan.cells if first.get(cell.key) == cell]
        # scores without their cell, left by hand: both are made again
        odd = [cell for cell in cells if folder(cell.key).scores(score).exists()]
        alone, packs = pack_cells(
            [cell for cell in cells if cell not in odd],
            known_seconds(self.project, self.plan.results),
            self.cores or len(cells) or 1,
            self.pack_s,
        )
        if self.is_held:
            write_tasks(self.project, self.plan.tasks)
            if packs:
                written = {pack.name: list(pack.keys) for pack in packs}
                write_packs(self.project, self.event, written)
        paths = [folder(cell.key).scores(score) for cell in sorted([*alone, *odd], key=_key)]
        paths += [folder(cell.key).record for cell in odd]
        paths += [self.plan.results.pack_done(pack.name) for pack in packs]
        self._packs = {pack.name: pack for pack in packs}
        return [self.path(path) for path in paths]

    @property
    def missing_files(self) -> list[str]:
        """The same without the markers of packs: what is there to stay."""
        missing = self.missing
        markers = {self.path(self.plan.results.pack_done(name)) for name in self._packs}
        return [path for path in missing if path not in markers]

    def unless_there(self, path: str) -> list[str]:
        """Return a path as an input only if it does not exist: what exists is finished."""
        return [] if (self.project.root / path).exists() else [path]

    @cached_property
    def _by_key(self) -> dict[str, Cell]:
        return {cell.key: cell for cell in reversed(self.plan.cells)}

    def who(self, key: str) -> str:
        """Return what a cell is, for people: submission and fold."""
        cell = self._by_key[key]
        return f"{cell.submission.name}, {cell.where}"

    def who_packed(self, pack: str) -> str:
        """Return what a pack is, for people: submission and folds."""
        return self._packs[pack].who

    def resource_packed(self, pack: str, name: str) -> Any:
        """Return a resource of a pack: that of a cell, and the time of all."""
        keys = self._packs[pack].keys
        return self.resource(keys[0], name) * (len(keys) if name == "runtime" else 1)

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
        submission = self._by_key[key].submission
        if name == "mem_mb":
            return int(submission.memory_mb * 1.25) + 300
        if name == "runtime":
            # twice: a submission that cannot be pickled is trained again when it predicts
            return int(2 * submission.time_s / 60) + 5
        return submission.threads


def _pack_seconds(value: float | str | None) -> float:
    """Return seconds as they stand in the configuration or were given to Snakemake."""
    if value is None:
        return float(Defaults.model_fields["pack_s"].default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ConfigError(f"not a number of seconds: {value}", where="config: pack_s")
    return seconds


def _key(cell: Cell) -> str:
    return cell.key
