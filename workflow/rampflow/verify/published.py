"""A result folder to compare with, wherever it lies: its index, its cells, its board."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rampflow.cell.record import PARTS
from rampflow.errors import ResultError
from rampflow.files import read_json
from rampflow.hashing import KEY_LENGTH
from rampflow.paths import CellFolder, EventResults

Where = tuple[str, int]
"""Submission (``team/model``) and fold."""
KEY = re.compile(f"[0-9a-f]{{{KEY_LENGTH}}}")
"""What a key looks like: it becomes part of a path."""


@dataclass(frozen=True)
class Published:
    """The results of one event.

    Parameters
    ----------
    event : EventResults
        ``results/<event>``.
    cells : Path
        The folder of cells its index points into.
    """

    event: EventResults
    cells: Path

    @classmethod
    def find(cls, folder: Path, event: str) -> Published:
        """Return the results of an event in a folder.

        Parameters
        ----------
        folder : Path
            A project, its ``results`` folder, or ``results/<event>``.
        event : str
            The event.

        Raises
        ------
        ResultError
            If there is no index with cells beside it.
        """
        tried = [folder / "results" / event, folder / event, folder]
        for candidate in tried:
            results = EventResults(candidate)
            cells = candidate.parent / "cells"
            if results.index.is_file() and cells.is_dir():
                return cls(results, cells)
        raise ResultError(
            f"no results of {event} here: wanted are cells.csv of the event and the folder cells/",
            where=str(folder),
            do="name a project folder, its results/ or results/<event>; to verify an evaluation, "
            "run it first",
        )

    @cached_property
    def index(self) -> dict[Where, str]:
        """Submission and fold → fit key.

        Raises
        ------
        ResultError
            If the index is damaged.
        """
        try:
            with self.event.index.open(newline="", encoding="utf-8") as stream:
                rows = csv.DictReader(stream)
                if missing := {"team", "model", "fold", "key"} - {*(rows.fieldnames or ())}:
                    raise KeyError(f"no column {min(missing)}")
                found: dict[Where, str] = {}
                for row in rows:
                    where = (f"{row['team']}/{row['model']}", int(row["fold"]))
                    if where in found:
                        raise ValueError(f"{where[0]} fold {where[1]} is there twice")
                    if not KEY.fullmatch(row["key"] or ""):
                        raise ValueError(f"{row['key']!r} is no key")
                    found[where] = row["key"]
                return found
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            raise ResultError(
                f"the index is damaged ({error})", where=str(self.event.index)
            ) from None

    def cell(self, key: str) -> CellFolder:
        """Return one cell, which may be missing."""
        return CellFolder(self.cells / key)

    def record(self, key: str) -> dict[str, Any] | None:
        """Return the record of a cell, or None if it is missing or damaged."""
        try:
            record: dict[str, Any] = read_json(self.cell(key).record)
            parts = {*record["predictions"]}
        except (ResultError, TypeError, KeyError):
            return None
        is_known = (
            isinstance(record["predictions"], dict)
            and isinstance(record.get("parts"), dict)
            and "status" in record
            and parts <= {*PARTS}
        )
        return record if is_known else None

    @cached_property
    def board(self) -> dict[str, Any]:
        """The content of ``leaderboard.json``.

        Raises
        ------
        ResultError
            If there is none, or it is damaged.
        """
        path = self.event.leaderboard_json
        board: dict[str, Any] = read_json(path)
        try:
            for row in board["rows"]:
                _ = row["team"], row["model"], row["rank"]
            for row in board.get("references") or ():
                _ = row["name"]
        except (TypeError, KeyError) as error:
            raise ResultError(f"the board is damaged ({error})", where=str(path)) from None
        return board

    @property
    def score_key(self) -> str | None:
        """The key of the scores that the board was made from; None where it does not say."""
        key: str | None = (self.board.get("provenance") or {}).get("score_key")
        return key

    def ranks(self) -> dict[str, int | None]:
        """Return submission → rank.

        Raises
        ------
        ResultError
            If there is no board.
        """
        return {f"{row['team']}/{row['model']}": row["rank"] for row in self.board["rows"]}
