"""What a challenge adds to the results: the split of its test set, its read entries, two boards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CHALLENGE = ("entries", "public", "public_page", "private", "private_page")
"""The aggregate steps that a challenge adds; the last two only once it is closed."""


@dataclass(frozen=True)
class Split:
    """The test set, split: what belongs to one part lies apart from what belongs to the other.

    Parameters
    ----------
    folder : Path
        ``results/splits/<split key>``.
    """

    folder: Path

    @property
    def record(self) -> Path:
        """The sizes of both parts, and hashes of ids and rows."""
        return self.folder / "split.json"

    def rows(self, part: str) -> Path:
        """Return the rows of the test set that ``public`` or ``private`` is made of."""
        return self.folder / part / "rows.npy"

    def labels(self, part: str) -> Path:
        """Return the folder of the labels of these rows."""
        return self.folder / part / "labels"


@dataclass(frozen=True)
class ReadEntry:
    """Predictions of the whole test set by one entry, as an array, or why there are none.

    Parameters
    ----------
    folder : Path
        ``results/entries``.
    key : str
        The key of the entry: that of its content and of what reads it.
    """

    folder: Path
    key: str

    @property
    def array(self) -> Path:
        """The predictions."""
        return self.folder / f"{self.key}.npy"

    @property
    def errors(self) -> Path:
        """What is wrong with the file; there where there are no predictions."""
        return self.folder / f"{self.key}.json"


@dataclass(frozen=True)
class PartBoard:
    """The board of one part of the test set, in a folder that can be published by itself.

    Parameters
    ----------
    folder : Path
        ``results/<event>/public`` or ``…/private``.
    """

    folder: Path

    @property
    def leaderboard_json(self) -> Path:
        """The teams and the entries, with event, metric and provenance."""
        return self.folder / "leaderboard.json"

    @property
    def leaderboard_csv(self) -> Path:
        """One row per team, and the unranked rows."""
        return self.folder / "leaderboard.csv"

    @property
    def entries(self) -> Path:
        """One row per entry, those that were refused included."""
        return self.folder / "entries.csv"

    @property
    def tables(self) -> tuple[Path, ...]:
        """What the step of the board writes."""
        return self.leaderboard_json, self.leaderboard_csv, self.entries

    @property
    def report(self) -> Path:
        """The folder of the page."""
        return self.folder / "report"

    @property
    def page(self) -> Path:
        """The page."""
        return self.report / "index.html"


@dataclass(frozen=True)
class ChallengeResults:
    """What a challenge adds to the results of its event.

    Parameters
    ----------
    folder : Path
        ``results/<event>``.
    """

    folder: Path

    @property
    def entries(self) -> Path:
        """All entries, code and predictions, with the keys of their predictions."""
        return self.folder / "challenge" / "entries.json"

    def part(self, part: str) -> PartBoard:
        """Return the board of a part of the test set: ``public`` or ``private``."""
        return PartBoard(self.folder / part)

    def outputs(self, step: str) -> tuple[Path, ...]:
        """Return the files that a step of `CHALLENGE` always writes; the first is read on."""
        if step == "entries":
            return (self.entries,)
        part, _, page = step.partition("_")
        return (self.part(part).page,) if page else self.part(part).tables
