"""What people write, and where what rampflow writes begins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rampflow.errors import ConfigError
from rampflow.paths.challenge import ChallengeResults, ReadEntry, Split
from rampflow.paths.results import CellFolder, EventResults, Prepared, Work

SUBMISSION_FILE = "submission.yaml"


@dataclass(frozen=True)
class Project:
    """A project folder: the clone, or any folder with the same names at its top.

    Parameters
    ----------
    root : Path
        The folder that holds ``Snakefile``, ``config/``, ``problems/``, ``submissions/``.
    private : str
        Added to the names of working folders, which are then nobody else's.
    """

    root: Path
    private: str = ""

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """Return the project that `start` (the current folder if None) lies in.

        Raises
        ------
        ConfigError
            If no folder upwards holds a Snakefile and ``config/events``.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "Snakefile").is_file() and (folder / "config" / "events").is_dir():
                return cls(folder)
        raise ConfigError(
            "this is not a rampflow project: no Snakefile with config/events here or above",
            where=str(here),
            do="change to the folder of your clone",
        )

    def relative(self, path: Path) -> str:
        """Return a path as users write it: relative to the project where it lies inside."""
        return os.path.relpath(path, self.root) if path.is_relative_to(self.root) else str(path)

    # what people write
    @property
    def lock(self) -> Path:
        """The hash-pinned list of packages."""
        return self.root / "requirements.lock"

    @property
    def defaults(self) -> Path:
        """The file that names the default event."""
        return self.root / "config" / "config.yaml"

    @property
    def teams(self) -> Path:
        """Names and members of teams."""
        return self.root / "config" / "teams.yaml"

    @property
    def events(self) -> Path:
        """The folder of event files."""
        return self.root / "config" / "events"

    def event_file(self, event: str) -> Path:
        """Return the configuration of one event."""
        return self.events / f"{event}.yaml"

    def problem(self, problem: str) -> Path:
        """Return the folder of one problem."""
        return self.root / "problems" / problem

    def starting_kit(self, problem: str) -> Path:
        """Return the folder of the code that teams begin with; it need not exist."""
        return self.problem(problem) / "starting_kit"

    def submissions(self, event: str) -> Path:
        """Return the folder of an event's submissions: ``<team>/<model>/`` below it."""
        return self.root / "submissions" / event

    def submission(self, event: str, team: str, model: str) -> Path:
        """Return the folder of one submission."""
        return self.submissions(event) / team / model

    def prediction_file(self, event: str, team: str, entry: str, suffix: str) -> Path:
        """Return a file of a prediction entry: its ``.csv``, or the ``.yaml`` that describes it."""
        return self.submissions(event) / team / f"{entry}{suffix}"

    def profile(self, name: str) -> Path:
        """Return the folder of a profile of Snakemake."""
        return self.root / "profiles" / name

    # what rampflow writes
    @property
    def results(self) -> Path:
        """Everything that is computed."""
        return self.root / "results"

    @property
    def site(self) -> Path:
        """The page of all events."""
        return self.results / "index.html"

    def data_marker(self, problem: str, data_key: str) -> Path:
        """Return the note that a problem's data files were verified against the DVC lock."""
        return self.results / "data" / problem / f"{data_key}.json"

    @property
    def data_made(self) -> Path:
        """The note of data that this machine made with other bytes than those that are locked."""
        return self.results / "data" / "made_here.json"

    @property
    def data_being_made(self) -> Path:
        """The note of what lock and data were before DVC began to make some."""
        return self.results / "data" / "being_made.json"

    @property
    def data_lock(self) -> Path:
        """Held by the one process that makes or fetches data."""
        return self.results / "data" / ".lock"

    def prepared(self, key: str) -> Prepared:
        """Return the prepared data of one prepare key."""
        return Prepared(self.results / "prepared" / key)

    @property
    def cells(self) -> Path:
        """The folder of all cells, shared by all events."""
        return self.results / "cells"

    def cell(self, key: str) -> CellFolder:
        """Return the cell of one fit key."""
        return CellFolder(self.cells / key)

    @property
    def machines(self) -> Path:
        """The folder of notes on what the machines offer that steps ran on."""
        return self.results / ".machines"

    def gpu_lock(self, node: str, name: str) -> Path:
        """Return the lock file of a GPU of a machine, while a step uses it."""
        return self.machines / f"gpu.{node}.{name}.lock"

    @property
    def works(self) -> Path:
        """The folder of all working folders."""
        return self.results / "work"

    def work(self, key: str) -> Work:
        """Return the working folder of a cell that is being computed."""
        return Work(self.works / f"{key}{self.private}")

    def retired(self, key: str, count: int) -> Path:
        """Return where a failed cell goes when it is tried again."""
        return self.results / "retired" / f"{key}.{count}"

    def split(self, key: str) -> Split:
        """Return the split of a test set."""
        return Split(self.results / "splits" / key)

    def read_entry(self, key: str) -> ReadEntry:
        """Return the predictions of one entry, shared by all events."""
        return ReadEntry(self.results / "entries", key)

    def event(self, event: str) -> EventResults:
        """Return the result folder of one event."""
        return EventResults(self.results / event)

    def challenge(self, event: str) -> ChallengeResults:
        """Return what a challenge adds to the result folder of its event."""
        return ChallengeResults(self.results / event)
