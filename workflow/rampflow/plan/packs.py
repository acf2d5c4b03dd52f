"""Which missing cells share a job: short ones of one submission, so that they share a start."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rampflow.errors import RampflowError
from rampflow.files import read_json
from rampflow.hashing import key_of
from rampflow.paths import CellFolder, EventResults, Project
from rampflow.plan.plan import Cell, Plan

FEW_PER_CORE = 20
"""Up to so many packs per core, the last of them may be a good part of the whole: it gets help."""


@dataclass(frozen=True)
class Pack:
    """Cells of one submission that one job computes.

    Parameters
    ----------
    submission : str
        ``team/model``.
    folds : tuple of int
        Their folds, in order.
    keys : tuple of str
        Their fit keys, and that of the refit at the end.
    has_refit : bool
        Whether the refit is among them.
    seconds_each : float
        What a cell is expected to take, where somebody has said so.
    """

    submission: str
    folds: tuple[int, ...]
    keys: tuple[str, ...]
    has_refit: bool = False
    seconds_each: float = 0.0

    @classmethod
    def of(cls, submission: str, cells: Sequence[Cell], seconds_each: float = 0.0) -> Pack:
        """Return the pack of some cells of a submission."""
        folds = tuple(cell.fold for cell in cells if not cell.is_refit)
        keys = tuple(cell.key for cell in cells)
        return cls(submission, folds, keys, len(folds) < len(cells), seconds_each)

    @property
    def reversed(self) -> Pack:
        """The same cells from the other end."""
        return replace(self, keys=self.keys[::-1])

    @property
    def name(self) -> str:
        """Its name: the same cells in the same order have the same."""
        return key_of(self.keys)

    @property
    def who(self) -> str:
        """What it is, for people: submission, folds and refit."""
        if not self.folds:
            return f"{self.submission}, refit"
        first, last = self.folds[0], self.folds[-1]
        is_run = len(self.folds) == last - first + 1 > 2
        folds = f"{first} to {last}" if is_run else ", ".join(map(str, self.folds))
        word = "folds" if len(self.folds) > 1 else "fold"
        return f"{self.submission}, {word} {folds}{' and refit' if self.has_refit else ''}"


def pack_cells(
    cells: Sequence[Cell], seconds: Mapping[str, float], cores: int, pack_s: float
) -> tuple[list[Cell], list[Pack]]:
    """Divide missing cells into those that get jobs of their own and packs.

    Parameters
    ----------
    cells : sequence of Cell
        Missing cells, submission by submission.
    seconds : mapping of str to float
        What a cell of a submission is known to take, in wall seconds of all its steps.
    cores : int
        How many jobs can run at once.
    pack_s : float
        Seconds that a job aims at; 0 for a job of its own for every step of every cell.

    Returns
    -------
    alone : list of Cell
        Cells that would be in a pack with nobody.
    packs : list of Pack
        All others.
    """
    alone: list[Cell] = []
    packs: list[Pack] = []
    most = len(cells) // cores
    for name, group in groupby(cells, lambda cell: cell.submission.name):
        size = most
        if known := seconds.get(name):
            size = min(size, int(pack_s / known))
        members = list(group)
        if size < 2 or not pack_s:
            alone += members
            continue
        packs += [Pack.of(name, part) for part in parts_of(members, size)]
    return alone, packs


def reliefs_of(packs: Sequence[Pack], cores: int) -> list[Pack]:
    """Return the packs that help others: the same cells from the other end.

    They begin when every pack has begun, and take what nobody has taken yet: so no core is idle
    while another one has a long pack to itself. Nobody has to know what takes long. Of many packs,
    one is a small part, and no help is worth its start.

    Parameters
    ----------
    packs : sequence of Pack
        The packs of a run.
    cores : int
        How many jobs can run at once.
    """
    if cores == 1 or len(packs) > FEW_PER_CORE * cores:
        return []
    return [pack.reversed for pack in packs if len(pack.keys) > 1]


def parts_of(members: list[Cell], size: int) -> Iterator[list[Cell]]:
    """Yield as few parts of at most `size` as there can be, of nearly equal length."""
    n_parts = -(-len(members) // size)
    edges = [len(members) * i // n_parts for i in range(n_parts + 1)]
    for start, stop in zip(edges, edges[1:], strict=False):
        yield members[start:stop]


def known_seconds(project: Project, results: EventResults) -> dict[str, float]:
    """Return what a cell of each submission took in the last evaluation of an event.

    Returns
    -------
    dict of str to float
        ``team/model`` → wall seconds of all steps of its last fold, the longest as a rule.
    """
    if not results.index.exists():
        return {}
    with results.index.open(newline="", encoding="utf-8") as stream:
        last = {f"{row['team']}/{row['model']}": row["key"] for row in csv.DictReader(stream)}
    found = {}
    for name, key in last.items():
        if seconds := cell_seconds(project.cell(key)):
            found[name] = seconds
    return found


def expected_seconds(plan: Plan, cells: Sequence[Cell]) -> dict[str, float]:
    """Return what a cell of the submissions of some cells is known to take.

    Other cells of the same plan say it, such as those that a killed run has finished, else the last
    evaluation does.

    Returns
    -------
    dict of str to float
        ``team/model`` → wall seconds of all steps.
    """
    if not cells:
        return {}
    found = known_seconds(plan.project, plan.results)
    wanted = {cell.submission.name for cell in cells}
    for submission, keys in zip(plan.tasks.submissions, plan.tasks.keys, strict=True):
        if submission.name in wanted:
            known = (cell_seconds(plan.project.cell(key)) for key in reversed(keys))
            if seconds := next(filter(None, known), None):
                found[submission.name] = seconds
    return found


def cell_seconds(cell: CellFolder) -> float | None:
    """Return the wall seconds of all steps of a cell, or None if nobody knows."""
    try:
        run = read_json(cell.run)
    except RampflowError:
        return None
    return float(sum(step.get("wall_s") or 0.0 for step in run.values()))
