"""What the Snakefile asks: paths, keys and resources, as strings and numbers."""

from __future__ import annotations

import atexit
import contextlib
import math
from functools import cached_property
from pathlib import Path

from rampflow.cell.task import TaskFile, write_packs, write_tasks
from rampflow.config.event import defaults
from rampflow.data.dvc import ensure, verify
from rampflow.data.importing import bring_data, source_to_bring
from rampflow.data.unfinished import is_unfinished
from rampflow.errors import ConfigError
from rampflow.paths import Project
from rampflow.plan.asked import Asked
from rampflow.plan.cluster import board_memory, n_predictions, pack_for_cluster
from rampflow.plan.hold import hold_event
from rampflow.plan.packs import Pack, expected_seconds, pack_cells, reliefs_of
from rampflow.plan.plan import Cell, Plan, forget_stamps, make_plan


class Flow(Asked):
    """One event as the rules see it where it is evaluated from.

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
    is_cluster : bool
        Whether jobs run on other machines: then every cell is in a pack.

    Raises
    ------
    RampflowError
        If anything that people wrote is wrong: before any job runs.
    """

    def __init__(
        self,
        root: Path,
        event: str,
        cores: int | None = None,
        pack_s: float | str | None = None,
        *,
        is_cluster: bool = False,
    ) -> None:
        super().__init__(Project(root), event, is_cluster=is_cluster)
        self.cores = cores
        self.settings = defaults(self.project)
        stated = self.settings.cluster_pack_s if is_cluster else self.settings.pack_s
        self.pack_s = _pack_seconds(stated if pack_s is None else pack_s)
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
        else:
            # the note that it is there is not true any more
            self.project.data_marker(data.problem, data.key).unlink(missing_ok=True)
            if ensure(self.project, data.problem) != data:
                self.plan = make_plan(self.project, self.event)
        if self.is_prepared:  # before Snakemake looks at files
            _ = self.missing

    @property
    def tasks(self) -> TaskFile:
        """All cells with their keys. The folds must be prepared."""
        return self.plan.tasks

    @property
    def is_prepared(self) -> bool:
        """Whether the folds are known, and so the keys of the cells."""
        return self.plan.is_prepared

    @property
    def problem(self) -> str:
        """The name of the problem."""
        return self.plan.problem

    @property
    def before_prepare(self) -> list[str]:
        """What preparing waits for."""
        return self.unless_there(self.prepared) and self.unless_there(self.data_marker)

    @property
    def prepared(self) -> str:
        """The record of the prepared data."""
        return self.path(self.plan.prepared.record)

    @property
    def data_marker(self) -> str:
        """The note that the data set is there and verified."""
        return self.path(self.project.data_marker(self.plan.problem, self.plan.data.key))

    def stamp(self, step: str) -> str:
        """Return the stamp of an aggregate step. The folds must be prepared."""
        return self.path(self.plan.results.stamp(step, self.plan.aggregate_keys[step]))

    @property
    def stamps(self) -> list[str]:
        """The stamps of all aggregate steps. The folds must be prepared."""
        return [self.stamp(step) for step in self.plan.steps]

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
        alone, packs, reliefs = self._divided([cell for cell in cells if cell not in odd])
        self._packs = {pack.name: pack for pack in [*packs, *reliefs]}
        if self.is_held:
            write_tasks(self.project, self.plan.tasks)
            if packs:
                written = {name: list(pack.keys) for name, pack in self._packs.items()}
                write_packs(self.project, self.event, written)
        paths = [folder(cell.key).scores(score) for cell in sorted([*alone, *odd], key=_key)]
        paths += [folder(cell.key).record for cell in odd]
        paths += [self.plan.results.pack_done(pack.name) for pack in packs]
        paths += [self.plan.results.relief_done(pack.name) for pack in reliefs]
        if self.is_held and paths:
            # nothing else would ask for cells that are lost: a pack has no output that stays, so
            # Snakemake runs it only for a step that runs
            forget_stamps(self.plan.results)
        return [self.path(path) for path in paths]

    @property
    def missing_files(self) -> list[str]:
        """The same without the markers of packs: what is there to stay; in a dry run, all."""
        missing = self.missing
        if not self.is_held:
            return missing
        results = self.plan.results
        paths = [
            made(name) for name in self._packs for made in (results.pack_done, results.relief_done)
        ]
        markers = {self.path(path) for path in paths}
        return [path for path in missing if path not in markers]

    def _divided(self, cells: list[Cell]) -> tuple[list[Cell], list[Pack], list[Pack]]:
        """Divide cells into those that have jobs of their own and packs; say which packs help."""
        seconds = expected_seconds(self.plan, cells)
        if self.is_cluster:
            stated = self.settings.cell_s
            return [], pack_for_cluster(self.project, cells, seconds, self.pack_s, stated), []
        cores = self.cores or len(cells) or 1
        alone, packs = pack_cells(cells, seconds, cores, self.pack_s)
        return alone, packs, reliefs_of(packs, cores)

    def pack(self, name: str) -> Pack:
        """Return a pack by its name."""
        return self._packs[name]

    def board_mb(self) -> int:
        """Return the memory that making the board needs, in MB."""
        return board_memory(n_predictions(self.plan))


def _pack_seconds(value: float | str) -> float:
    """Return seconds as they stand in the configuration or were given to Snakemake."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ConfigError(f"not a number of seconds: {value}", where="config: pack_s")
    return seconds


def _key(cell: Cell) -> str:
    return cell.key
