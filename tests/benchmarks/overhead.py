"""How much longer an evaluation takes than its fits and predictions, spread over the cores.

    python tests/benchmarks/overhead.py [EVENT] [--cores 2] [--kit variable_stars]
        [--only TEAM/MODEL] [--copies 8]

The event (the default one) is evaluated on a copy of this repository, with the sandbox it asks for,
after its data were made. ``--kit`` takes the observed event of a RAMP kit instead, on the reference
data ``../shared/data``, with all submissions of the simulated one. ``--only`` one of them, handed
in ``--copies`` times, tells what the length of a fit does to the ratio.
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
from pathlib import Path

import yaml

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(Path(__file__).parent)]

from kits import KITS  # noqa: E402

from tests.support.need import SHARED  # noqa: E402
from tests.support.tree import copy_tree  # noqa: E402
from tests.support.zips import zip_files  # noqa: E402


def bring_kit(tree: Path, name: str, folder: Path) -> str:
    """Bring a kit's data and submissions into a copy of the tree and return its event."""
    event = f"{name}_observed"
    for team in (tree / "submissions" / f"{name}_2015").iterdir():
        shutil.copytree(team, tree / "submissions" / event / team.name)
    archive = zip_files(folder / "kit.zip", SHARED / "data" / name, KITS[name].files)
    rampflow(tree, "data", "import", event, str(archive))
    return event


def hand_in_again(submissions: Path, only: str, copies: int) -> None:
    """Keep one submission of an event, handed in several times with a note that differs."""
    chosen = submissions / only
    kept = submissions.with_name(f".{submissions.name}") / chosen.name
    shutil.copytree(chosen, kept)
    shutil.rmtree(submissions)
    content = yaml.safe_load((kept / "submission.yaml").read_text())
    for i in range(copies):
        target = submissions / chosen.parent.name / f"copy_{i}"
        shutil.copytree(kept, target)
        again = {**content, "display_name": f"Copy {i}", "builds_on": []}
        (target / "submission.yaml").write_text(yaml.safe_dump(again))
        for file in target.glob("*.py"):
            file.write_text(f"{file.read_text()}\n\nCOPY = {i}\n")
    shutil.rmtree(kept.parent)


def rampflow(tree: Path, *arguments: str) -> float:
    """Run a command in a copy of the tree and return its wall seconds."""
    environment = os.environ | {"PYTHONPATH": str(tree / "workflow")}
    started = time.perf_counter()
    command = [sys.executable, "-m", "rampflow", *arguments]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def seconds_of(run: dict) -> tuple[float, float]:
    """Return what a cell took to fit and predict, and what its steps took in all."""
    work = run["train"].get("seconds") or 0.0
    work += sum((run.get("predict", {}).get("part_seconds") or {}).values())
    return work, sum(step.get("wall_s") or 0.0 for step in run.values())


def main() -> None:
    """Evaluate and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("event", nargs="?", help="the default event, if not given")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kit", choices=KITS)
    parser.add_argument("--only", metavar="TEAM/MODEL", help="of the submissions, this one")
    parser.add_argument("--copies", type=int, default=8, help="of --only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as name:
        tree = copy_tree(REPO, Path(name) / "tree")
        event = bring_kit(tree, options.kit, Path(name)) if options.kit else options.event
        event = event or yaml.safe_load((tree / "config" / "config.yaml").read_text())["event"]
        if options.only:
            hand_in_again(tree / "submissions" / event, options.only, options.copies)
        rampflow(tree, "step", "data", "--event", event)
        wall = rampflow(tree, "run", "--cores", str(options.cores), event)
        records = (tree / "results" / "cells").glob("*/run.json")
        runs = [seconds_of(json.loads(path.read_text())) for path in records]
    work, steps = (sum(column) for column in zip(*runs, strict=True))
    ideal = work / options.cores
    print(f"{event}: {len(runs)} cells on {options.cores} cores")
    print(f"  fit and predict        {work:9.1f} s of one core")
    print(f"  steps of the cells     {steps:9.1f} s of one core")
    print(f"  wall                   {wall:9.1f} s")
    print(f"  wall ÷ (fit and predict ÷ cores)   {wall / ideal:6.2f}")


if __name__ == "__main__":
    main()
