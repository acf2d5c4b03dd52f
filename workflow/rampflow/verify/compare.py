"""Two results of one event compared: inputs, cells, board, ranks."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rampflow.errors import ResultError
from rampflow.verify.boards import compare_boards
from rampflow.verify.cells import NOT_COMPARED, VERDICTS, CellVerdict, compare_cell
from rampflow.verify.published import Published


@dataclass(frozen=True)
class Comparison:
    """Two results compared.

    Parameters
    ----------
    inputs : tuple of str
        What differs in what the cells were computed from; empty if nothing does.
    cells : tuple of CellVerdict
        One per cell of either side.
    board : tuple of str
        What differs in scores, blend and contributivity of the board, in words.
    ranks : tuple of str
        Submissions whose rank differs, in words.
    """

    inputs: tuple[str, ...]
    cells: tuple[CellVerdict, ...]
    board: tuple[str, ...]
    ranks: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every cell and the board agree within tolerance and no rank differs."""
        found = not (self.board or self.ranks)
        return found and all(c.verdict in VERDICTS[:2] for c in self.cells)

    @property
    def verdict(self) -> str:
        """The verdict on the whole: what agrees from other inputs is no repetition."""
        if not self.agrees:
            return "does not agree"
        return "agrees, from other inputs" if self.inputs else "agrees"

    @property
    def n_not_compared(self) -> int:
        """How many cells have no scores of the same labels and metrics on both sides."""
        return sum(NOT_COMPARED in cell.detail for cell in self.cells)

    def counts(self) -> dict[str, int]:
        """Return how many cells got each verdict."""
        found = Counter(cell.verdict for cell in self.cells)
        return {verdict: found[verdict] for verdict in VERDICTS}

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "agrees": self.agrees,
            "verdict": self.verdict,
            "inputs": list(self.inputs),
            "counts": self.counts(),
            "cells": [asdict(cell) for cell in self.cells],
            "board": list(self.board),
            "ranks": list(self.ranks),
        }


def compare(ours: Published, theirs: Published, tolerance: float) -> Comparison:
    """Compare two results of one event.

    Parameters
    ----------
    ours, theirs : Published
        The results.
    tolerance : float
        Largest relative difference that agrees, see `rampflow.verify.numbers.difference`.

    Returns
    -------
    Comparison
        Inputs first, then cells, then the board, then the ranks.

    Raises
    ------
    ResultError
        If both are the same files, or an index or a board is damaged.
    """
    for mine, other in ((ours.event.folder, theirs.event.folder), (ours.cells, theirs.cells)):
        if mine.samefile(other):
            raise ResultError(
                "a result cannot be verified against itself: both sides are the same files",
                where=str(mine),
                do="name a result that was computed elsewhere, or a copy of it",
            )
    everywhere = sorted({*ours.index, *theirs.index})
    cells = tuple(compare_cell(ours, theirs, where, tolerance) for where in everywhere)
    inputs = Counter(text for cell in cells for text in cell.inputs)
    return Comparison(
        inputs=tuple(
            f"{text} ({count} cell{'s'[: count != 1]})" for text, count in inputs.most_common()
        ),
        cells=cells,
        board=tuple(compare_boards(ours, theirs, tolerance)),
        ranks=tuple(_compare_ranks(ours, theirs)),
    )


def _compare_ranks(ours: Published, theirs: Published) -> list[str]:
    mine, other = ours.ranks(), theirs.ranks()
    return [
        f"{name}: rank {mine.get(name) or 'none'} here, {other.get(name) or 'none'} there"
        for name in sorted({*mine, *other})
        if mine.get(name) != other.get(name)
    ]


def open_results(folder: Path, event: str) -> Published:
    """Return the results of an event, whole enough to be compared.

    Raises
    ------
    ResultError
        If the index or the board is missing.
    """
    published = Published.find(folder, event)
    if not published.event.leaderboard_json.exists():
        raise ResultError("there is no leaderboard.json", where=str(published.event.folder))
    return published
