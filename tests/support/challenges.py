"""Challenges for tests: prediction entries handed in, and both boards made in this process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from rampflow.board.cells import EventCells
from rampflow.challenge.boards import Sources, build_private, build_public
from rampflow.challenge.entries import gather_entries
from rampflow.paths import ChallengeResults
from rampflow.report.challenge import write_challenge_page
from tests.support.evaluated import Evaluated
from tests.support.toy_code import TEST
from tests.support.toys import EVENT, Toy

TRUTH = [float(line.split(",")[-1]) for line in TEST.split()]
CHALLENGE = {"public_share": 0.5, "seed": 57, "prizes": 1}


def hand_in(
    toy: Toy, team: str, name: str, values: Sequence[Any] | str | bytes, /, **keys: Any
) -> None:
    """Hand in predictions: their values, or the content of the file; `keys` go to its YAML."""
    if not isinstance(values, str | bytes):
        lines = [f"{row},{value}" for row, value in enumerate(values)]
        values = "\n".join(["Id,prediction", *lines]) + "\n"
    usual = {"team": team, "submitted_at": "2015-05-22T10:00:00Z"}
    toy.write(f"submissions/{EVENT}/{team}/{name}.csv", values)
    toy.write(f"submissions/{EVENT}/{team}/{name}.yaml", yaml.safe_dump({**usual, **keys}))


def results_of(made: Evaluated) -> ChallengeResults:
    """Return where the boards of a challenge are."""
    return made.project.challenge(EVENT)


def sources_of(made: Evaluated) -> Sources:
    """Return what its boards are made of."""
    facts = {
        "data": [],
        "lock_sha256": "",
        "folds_sha256": "",
        "code": {"commit": None, "clean": None},
        "python": "3.11",
        "rampflow": "0",
        "command": "rampflow run",
        "threads": 1,
    }
    return Sources(made.project, made.plan.loaded, made.problem, facts)


def make_boards(made: Evaluated) -> None:
    """Gather the entries; make the public board, and the private one if the event is closed."""
    plan, results = made.plan, results_of(made)
    gather_entries(EventCells(plan.project, plan.tasks), made.problem, plan.loaded, results)
    build_public(sources_of(made))
    parts = ["public"]
    if plan.loaded.event.phase == "closed":
        build_private(sources_of(made))
        parts.append("private")
    for part in parts:
        write_challenge_page(board_of(made, part), results.part(part).page)


def board_of(made: Evaluated, part: str) -> dict[str, Any]:
    """Return the ``leaderboard.json`` of a part."""
    path = results_of(made).part(part).leaderboard_json
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def entries_of(made: Evaluated, part: str) -> dict[str, dict[str, Any]]:
    """Return ``team/name`` → its line of the entries of a part."""
    return {f"{row['team']}/{row['name']}": row for row in board_of(made, part)["entries"]}


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return the content of every file of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
