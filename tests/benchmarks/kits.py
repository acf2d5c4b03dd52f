"""The events on the data of two RAMP kits: their boards, held against the numbers of the issue.

    python tests/benchmarks/kits.py [variable_stars] [drug_spectra]

Needs the reference data ``../shared/data``. Each event is evaluated on a copy of this repository,
as a steward would: the kit's files in one archive, ``rampflow run … --data``. All submissions of
the simulated event take part, unmodified, beside those of the reference desk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]
sys.path.insert(0, str(REPO))

from tests.support.need import SHARED  # noqa: E402
from tests.support.tree import copy_tree  # noqa: E402
from tests.support.zips import zip_files  # noqa: E402


@dataclass(frozen=True)
class Kit:
    """What is evaluated, and between which scores it has to come out.

    Parameters
    ----------
    files : list of str
        The kit's files.
    start, best, blend : tuple of float
        Least and largest bagged test score of the starting submission, of the best one, and of the
        blend.
    start_name : str
        The starting submission.
    """

    files: list[str]
    start_name: str
    start: tuple[float, float]
    best: tuple[float, float]
    blend: tuple[float, float]


KITS = {
    "variable_stars": Kit(
        [f"{p}{s}" for p in ("train", "test") for s in (".csv", "_varlength_features.csv.gz")],
        "paper_boats/catalogue",
        start=(0.90, 0.92),
        best=(0.96, 1.0),
        blend=(0.955, 1.0),
    ),
    "drug_spectra": Kit(
        ["train.csv.bz2", "test.csv.bz2"],
        "paper_boats/all_pixels",
        start=(0.15, 0.40),
        best=(0.0, 0.146),
        blend=(0.0, 0.12),
    ),
}


def evaluate(name: str, kit: Kit, folder: Path) -> dict[str, Any]:
    """Evaluate the observed event of a kit on a copy of the tree and return its board."""
    archive = zip_files(folder / "kit.zip", SHARED / "data" / name, kit.files)
    tree, event = copy_tree(REPO, folder / "tree"), f"{name}_observed"
    for team in (tree / "submissions" / f"{name}_2015").iterdir():
        shutil.copytree(team, tree / "submissions" / event / team.name)
    command = [sys.executable, "-m", "rampflow", "run", event, "--data", str(archive)]
    environment = os.environ | {"PYTHONPATH": str(tree / "workflow")}
    subprocess.run(command, cwd=tree, env=environment, check=True)
    board: dict[str, Any] = json.loads((tree / "results" / event / "leaderboard.json").read_text())
    return board


def check(kit: Kit, board: dict[str, Any]) -> bool:
    """Print the scores that matter and return whether all are where they have to be."""
    scores = {f"{r['team']}/{r['model']}": r["test_score"] for r in board["rows"]}
    best = next(iter(scores.values()))  # rows come in the order of rank
    found = {
        "start": (scores[kit.start_name], kit.start),
        "best": (best, kit.best),
        "blend": (board["blend"]["test_score"], kit.blend),
    }
    for what, (score, (least, largest)) in found.items():
        verdict = "ok" if least <= score <= largest else "NOT"
        print(f"{what:<8}{score:8.4f}   {verdict} between {least} and {largest}")
    return all(least <= score <= largest for score, (least, largest) in found.values())


def main() -> None:
    """Evaluate the kits that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kits", nargs="*", choices=[*KITS, []], help="both, if none is given")
    options = parser.parse_args()
    all_well = True
    for name in options.kits or KITS:
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            board = evaluate(name, KITS[name], Path(folder))
            print(f"\n{name}: {time.monotonic() - started:.0f} s")
            all_well &= check(KITS[name], board)
    sys.exit(0 if all_well else 1)


if __name__ == "__main__":
    main()
