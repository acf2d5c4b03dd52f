"""Reuse: who built on whose code, as declared and as the code says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rampflow.board.cells import csv_text
from rampflow.ensemble.contributivity import historical_contributivity
from rampflow.files import read_json, write_text
from rampflow.paths import EventResults
from rampflow.reuse.detection import detect
from rampflow.reuse.fingerprints import of_files

COLUMNS = ("submission", "source", "declared_credit", "similarity", "detected_credit")
CREDIT_COLUMNS = ("submission", "contributivity", "historical_declared", "historical_detected")
MOST_BYTES = 200_000
"""A larger file is data that is written as code."""


def reuse_event(
    folders: dict[str, Path],
    kit: Path,
    results: EventResults,
    *,
    submitted_at: dict[str, datetime],
    builds_on: dict[str, dict[str, float]],
) -> None:
    """Write ``reuse.csv`` and ``credit.csv`` of an event.

    Parameters
    ----------
    folders : dict of str to Path
        Every submission, in the order handed in → its folder.
    kit : Path
        The starting kit of the problem; it need not exist.
    results : EventResults
        Where the blend is, and where the files go.
    submitted_at : dict of str to datetime
        Every submission → when it was handed in.
    builds_on : dict of str to dict
        Submission → the sources that it declares and their credit.
    """
    order = {moment: i for i, moment in enumerate(sorted(set(submitted_at.values())))}
    place = {name: order[moment] for name, moment in submitted_at.items()}
    entries = [(name, of_files(read_code(folder))) for name, folder in folders.items()]
    found = detect(entries, of_files(read_code(kit)), place)
    detected: dict[str, dict[str, float]] = {}
    similar: dict[tuple[str, str], float] = {}
    for reuse in found:
        detected.setdefault(reuse.submission, {})[reuse.source] = reuse.credit
        similar[reuse.submission, reuse.source] = reuse.similarity
    rows: list[list[Any]] = []
    for name in folders:
        declared, seen = builds_on.get(name, {}), detected.get(name, {})
        for source in dict.fromkeys([*declared, *seen]):
            credit = (declared.get(source), similar.get((name, source)), seen.get(source))
            rows.append([name, source, *credit])
    write_text(results.reuse, csv_text(COLUMNS, rows))
    shares = read_json(results.blend_record)
    mean: dict[str, float] = shares["contributivity"]
    passed = historical_contributivity(mean, submitted_at, detected)
    credits = [
        [name, mean.get(name), shares["historical_contributivity"].get(name), passed[name]]
        for name in submitted_at
    ]
    write_text(results.credit, csv_text(CREDIT_COLUMNS, credits))


def read_code(folder: Path) -> Iterator[str]:
    """Yield the Python files of a folder as text, in the order of their names.

    Parameters
    ----------
    folder : Path
        A submission, or a kit; one that does not exist has none.
    """
    for path in sorted(folder.rglob("*.py")) if folder.is_dir() else []:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= MOST_BYTES:
            yield path.read_text("utf-8", "replace")
