"""Where the time of an evaluated event went, from the run records of its cells.

    python tests/benchmarks/event.py [EVENT]

Wall seconds, summed over all cells: divide by the cores for the time of an evaluation. What
Snakemake, the aggregates and the page take is not in the records of cells.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from rampflow.config.event import default_event
from rampflow.paths import Project
from rampflow.plan.plan import make_plan

PARTS = ("start", "fit", "predict", "reveal, messages, the rest", "all")


def seconds_of(run: dict[str, Any]) -> dict[str, float]:
    """Return part → wall seconds of one cell."""
    train, predict = run["train"], run.get("predict", {})
    found = {
        "start": (train.get("ready_s") or 0.0) + (predict.get("ready_s") or 0.0),
        "fit": train.get("seconds") or 0.0,
        "predict": sum((predict.get("part_seconds") or {}).values()),
        "all": train["wall_s"] + predict.get("wall_s", 0.0),
    }
    found["reveal, messages, the rest"] = 2 * found["all"] - sum(found.values())
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("event", nargs="?", help="the default event, if not given")
    options = parser.parse_args()
    project = Project.find(Path.cwd())
    plan = make_plan(project, options.event or default_event(project))
    table: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(PARTS, 0.0))
    for cell in plan.cells:
        run = json.loads(project.cell(cell.key).run.read_text())
        for part, seconds in seconds_of(run).items():
            table[cell.submission.name][part] += seconds
            table["all"][part] += seconds
    print(f"{plan.event:<36}" + "".join(f"{part.split(',')[0]:>10}" for part in PARTS))
    for name in [*sorted(set(table) - {"all"}), "all"]:
        print(f"{name:<36}" + "".join(f"{table[name][part]:10.2f}" for part in PARTS))


if __name__ == "__main__":
    main()
