"""What a report shows beside the board: folds, code, tables.

Read from the files of a result folder, so that a report can be made from them alone; the code of
the entries comes from the folders of the submissions.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rampflow.paths import EventResults
from rampflow.report import words
from rampflow.report.reuse import Use, read_uses
from rampflow.report.shape import Board, Row, scored

MOST_CODE = 64_000
"""Characters of a file that is shown."""


@dataclass(frozen=True)
class Fold:
    """How an entry did on one fold: its validation score there, seconds, and memory in 10⁶ B."""

    status: str = ""
    score: float | None = None
    train_s: float | None = None
    test_s: float | None = None
    peak_memory_mb: float | None = None


@dataclass(frozen=True)
class Details:
    """What stands beside a board.

    Parameters
    ----------
    folds : mapping of str to sequence of Fold
        ``team/model`` → its folds in order; an entry may be missing.
    tables : mapping of str to str
        Name of a CSV file → its content, to be downloaded.
    uses : sequence of Use
        Who has code of whom.
    code_of : callable
        Row → names and texts of its files; none where the code is not shown.
    """

    folds: Mapping[str, Sequence[Fold]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    uses: Sequence[Use] = ()
    code_of: Callable[[Row], Sequence[tuple[str, str]]] = lambda row: ()

    def of(self, row: Row) -> Sequence[Fold]:
        """Return the folds of an entry, none where they are unknown."""
        return self.folds.get(f"{row['team']}/{row['model']}", ())


@dataclass(frozen=True)
class Standing:
    """How the scored entries stand on every fold.

    Parameters
    ----------
    board : Board
    details : Details
    """

    board: Board
    details: Details

    @property
    def n_folds(self) -> int:
        """Number of folds, the refit not counted."""
        return self.board["event"]["n_folds"]

    @cached_property
    def losses(self) -> list[list[float]]:
        """Losses of the scored entries on every fold, best first."""
        found: list[list[float]] = [[] for _ in range(self.n_folds)]
        for row in scored(self.board):
            for k, fold in enumerate(self.details.of(row)[: self.n_folds]):
                if fold.score is not None:
                    found[k].append(self._sign * fold.score)
        return [sorted(losses) for losses in found]

    def rank(self, fold: int, score: float) -> int:
        """Return the rank of a score on a fold among the scored entries."""
        return bisect_left(self.losses[fold], self._sign * score) + 1

    def scores(self, fold: int, most: int) -> list[float]:
        """Return at most so many scores of a fold, evenly spread over their ranks."""
        losses = self.losses[fold]
        step = max(1, -(-len(losses) // most))
        return [self._sign * loss for loss in losses[::step]]

    @property
    def _sign(self) -> float:
        return 1.0 if self.board["metric"]["is_lower_the_better"] else -1.0


def read_details(
    results: EventResults, board: Board, submission: Callable[[str, str], Path] | None = None
) -> Details:
    """Read what stands beside a board.

    The code of the entries is shown once the event is closed: until then it is their teams' own.

    Parameters
    ----------
    results : EventResults
        The result folder; a table that is not there is left out.
    board : Board
        The content of its ``leaderboard.json``.
    submission : callable, optional
        Team and model → the folder of the submission. Without it no code is shown.
    """
    paths = (
        results.leaderboard_csv,
        results.fold_scores,
        results.fold_runs,
        results.contributivity,
        results.comparison_csv,
        results.blend_history,
        results.reuse,
        results.credit,
        results.references,
    )
    tables = {path.name: path.read_text("utf-8") for path in paths if path.is_file()}
    scores, runs = (tables.get(path.name, "") for path in (results.fold_scores, results.fold_runs))
    folds = _folds(scores, runs, board["metric"]["name"])
    uses = read_uses(tables.get(results.reuse.name, ""))
    if submission is None or board["event"]["phase"] == "open":
        return Details(folds, tables, uses)
    where = submission

    def code_of(row: Row) -> list[tuple[str, str]]:
        return list(read_code(where(row["team"], row["model"])))

    return Details(folds, tables, uses, code_of)


def _folds(scores: str, runs: str, metric: str) -> dict[str, list[Fold]]:
    """Return the folds of every entry; rows come in the order of the folds."""
    valid: dict[tuple[str, str], float] = {}
    reader = csv.reader(scores.splitlines())
    next(reader, None)
    for name, number, step, which, value in reader:
        if step == "valid" and which == metric and value:
            valid[name, number] = float(value)
    found: dict[str, list[Fold]] = {}
    reader = csv.reader(runs.splitlines())
    next(reader, None)
    for name, number, status, train, test, peak in reader:
        times = [float(value) if value else None for value in (train, test, peak)]
        found.setdefault(name, []).append(Fold(status, valid.get((name, number)), *times))
    return found


def read_code(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every file of a submission that can be shown.

    Parameters
    ----------
    folder : Path
        ``submissions/<event>/<team>/<model>``.

    Yields
    ------
    (str, str)
        Name relative to the folder, and its text, cut to `MOST_CODE` characters. Hidden files,
        ``submission.yaml`` and files that are not text are left out.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name == "submission.yaml" or path.is_symlink() or not path.is_file():
            continue
        if any(part.startswith((".", "__pycache__")) for part in name.split("/")):
            continue
        with path.open("rb") as stream:
            content = stream.read(4 * MOST_CODE + 1)
        if b"\0" in content:
            continue
        text = content.decode("utf-8", "replace")
        yield name, words.shorten(text, MOST_CODE)
