"""What rampflow writes: prepared data, cells, working folders, the results of an event."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

AGGREGATES = ("bag", "compare", "blend", "history", "reuse", "leaderboard", "page")
"""The aggregate steps of an event, each built from the one before."""


@dataclass(frozen=True)
class Prepared:
    """Data as the steps read it: folds, X, labels. Only `labels` holds hidden labels.

    Parameters
    ----------
    folder : Path
        ``results/prepared/<prepare key>``.
    """

    folder: Path

    @property
    def record(self) -> Path:
        """Sizes, hashes of folds and labels, and the parts of the key."""
        return self.folder / "prepared.json"

    @property
    def shown(self) -> tuple[Path, ...]:
        """The folders of which the steps of a submission are shown parts: all but the labels."""
        return self.folder / "inputs", self.folder / "folds"

    def inputs(self, part: str) -> Path:
        """Return the folder that holds X of a part, ``train`` or ``test``."""
        return self.folder / "inputs" / part

    def labels(self, part: str) -> Path:
        """Return the folder that holds all labels of a part: never shown to a submission."""
        return self.folder / "labels" / part

    def fold(self, fold: int) -> Path:
        """Return a fold's folder: its row indices and the labels of its training rows.

        The folder after that of the last fold is the refit's.
        """
        return self.folder / "folds" / str(fold)


@dataclass(frozen=True)
class CellFolder:
    """One submission on one fold, once computed and never changed.

    Parameters
    ----------
    folder : Path
        ``results/cells/<fit key>``.
    """

    folder: Path

    @property
    def record(self) -> Path:
        """What the cell is: key parts in clear, status, hashes. It exists when the cell does."""
        return self.folder / "cell.json"

    @property
    def run(self) -> Path:
        """How it was computed: times, host, memory, logs. Never part of a key."""
        return self.folder / "run.json"

    def predictions(self, part: str) -> Path:
        """Return the predictions of a part: ``train``, ``valid`` or ``test``."""
        return self.folder / f"{part}.npy"

    @property
    def scores_folder(self) -> Path:
        """The folder of all scores of this cell, by score key."""
        return self.folder / "scores"

    def scores(self, key: str) -> Path:
        """Return the scores of one score key."""
        return self.scores_folder / f"{key}.json"

    @property
    def model(self) -> Path:
        """What training left, where the event keeps it. Opened only beside the submission."""
        return self.folder / "model"


@dataclass(frozen=True)
class Work:
    """Where one cell is computed. Removed when the cell is published.

    Parameters
    ----------
    folder : Path
        ``results/work/<fit key>``.
    """

    folder: Path

    @property
    def trained(self) -> Path:
        """The outcome of training: what predict needs to go on."""
        return self.folder / "trained.json"

    @property
    def lock(self) -> Path:
        """Held by the process that computes the cell, also in a folder that is nobody else's."""
        return self.folder.with_suffix(".lock")

    @property
    def submission(self) -> Path:
        """The copy of the submission that is run: what was hashed is what runs."""
        return self.folder / "submission"

    @property
    def problem(self) -> Path:
        """The copy of the problem's code that is run."""
        return self.folder / "problem"

    @property
    def model(self) -> Path:
        """The trained submission, as the submission's own process pickled it. Never opened here."""
        return self.folder / "model" / "model.pkl"

    @property
    def scratch(self) -> Path:
        """What a step may write, and its current folder; removed after every step."""
        return self.folder / "tmp"

    def scratch_below(self, folder: Path) -> Path:
        """Return the same in a folder that is this node's, and may be shared by users."""
        return folder / f"rampflow-{os.geteuid()}" / self.folder.name

    @property
    def cell(self) -> Path:
        """The cell before it is published."""
        return self.folder / "cell"

    def log(self, step: str) -> Path:
        """Return what the submission printed in a step."""
        return self.folder / f"{step}.log"


@dataclass(frozen=True)
class EventResults:
    """The results of one event: projections of its cells.

    Parameters
    ----------
    folder : Path
        ``results/<event>``.
    """

    folder: Path

    @property
    def state(self) -> Path:
        """Hidden files that steer the workflow: the plan and the stamps."""
        return self.folder / ".state"

    @property
    def lock(self) -> Path:
        """Held by the process that evaluates the event."""
        return self.state / "lock"

    @property
    def plan(self) -> Path:
        """The cells of the event and the parts of their keys, for the steps to read."""
        return self.state / "plan.json"

    def stamp(self, step: str, key: str) -> Path:
        """Return the stamp of an aggregate step: newer than its output when that is stale."""
        return self.state / f"{step}.{key}"

    def stamps(self, step: str) -> list[Path]:
        """Return the stamps of an aggregate step that exist, the newest last."""
        found = self.state.glob(f"{step}.*")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    @property
    def packs(self) -> Path:
        """The cells that share a job, by the name of their pack."""
        return self.state / "packs.json"

    def pack_done(self, pack: str) -> Path:
        """Return the marker of a pack; gone at the end of the run."""
        return self.state / f"pack.{pack}"

    def relief_done(self, pack: str) -> Path:
        """Return the marker of a pack that helped another one; gone at the end of the run."""
        return self.state / f"relief.{pack}"

    def packs_done(self) -> list[Path]:
        """Return the markers that exist."""
        return sorted([*self.state.glob("pack.*"), *self.state.glob("relief.*")])

    @property
    def index(self) -> Path:
        """Team, model, fold → fit key."""
        return self.folder / "cells.csv"

    @property
    def leaderboard_csv(self) -> Path:
        """One row per submission."""
        return self.folder / "leaderboard.csv"

    @property
    def leaderboard_json(self) -> Path:
        """The same with the event, the metric, the blend and the provenance."""
        return self.folder / "leaderboard.json"

    @property
    def fold_scores(self) -> Path:
        """Every metric of every submission on every fold and step."""
        return self.folder / "fold_scores.csv"

    @property
    def comparison(self) -> Path:
        """Which differences between the entries the data support."""
        return self.folder / "comparison.json"

    @property
    def comparison_csv(self) -> Path:
        """Interval, ties and ranks of each entry that is ranked."""
        return self.folder / "comparison.csv"

    @property
    def references(self) -> Path:
        """Every metric of the problem's references."""
        return self.folder / "references.csv"

    @property
    def bagged(self) -> Path:
        """Bagged scores of every submission that finished."""
        return self.folder / "bagged_scores.json"

    @property
    def blend(self) -> Path:
        """The folder of the blend."""
        return self.folder / "blend"

    @property
    def blend_record(self) -> Path:
        """Selections, scores and contributivities."""
        return self.blend / "blend.json"

    def blended(self, part: str) -> Path:
        """Return the blended predictions of a part: ``valid``, ``test``, or ``refit`` (of test)."""
        return self.blend / f"{part}.npy"

    @property
    def contributivity(self) -> Path:
        """Contributivity of every submission, with its share in every fold."""
        return self.folder / "contributivity.csv"

    @property
    def blend_history(self) -> Path:
        """The score of the blend at every moment of the event."""
        return self.folder / "blend_history.csv"

    @property
    def reuse(self) -> Path:
        """Who built on whose code."""
        return self.folder / "reuse.csv"

    @property
    def credit(self) -> Path:
        """Contributivity before and after it is passed on to sources."""
        return self.folder / "credit.csv"

    @property
    def fold_runs(self) -> Path:
        """Status, times and memory of every submission on every fold."""
        return self.folder / "fold_runs.csv"

    @property
    def report(self) -> Path:
        """The folder of the report."""
        return self.folder / "report"

    @property
    def page(self) -> Path:
        """The report's first page."""
        return self.report / "index.html"

    def outputs(self, step: str) -> tuple[Path, ...]:
        """Return the files that an aggregate step always writes; the next step reads the first."""
        return {
            "bag": (self.bagged, self.index, self.fold_scores, self.fold_runs),
            "compare": (self.comparison, self.comparison_csv),
            "blend": (self.blend_record, self.contributivity),
            "history": (self.blend_history,),
            "reuse": (self.reuse, self.credit),
            "leaderboard": (self.leaderboard_json, self.leaderboard_csv, self.references),
            "page": (self.page,),
        }[step]
