"""What the sandbox adds to a step: bare, under Landlock and under bubblewrap, in one run.

    python tests/benchmarks/sandbox.py [--rounds 15] [--import numpy]

A step that does nothing is started by the supervisor, asked to load its problem, and ended. The
tiers take turns, so that what else the machine does falls on all alike; the medians are compared.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from rampflow.cell.limits import StepLimits
from rampflow.cell.start import WarmStart
from rampflow.cell.supervise import Supervised
from rampflow.sandbox.arrange import Access
from rampflow.sandbox.policy import Tier
from rampflow.sandbox.probe import probe

LIMITS = StepLimits(time_s=60, memory_mb=2000, threads=1)
MOST_MS = 100
"""The median cost that a sandbox may add to a step."""
PROBLEM = """
problem_title = "Does nothing"
Predictions = None
score_types = [1]
get_cv = get_train_data = print


class Workflow:
    train_submission = test_submission = print


workflow = Workflow()
"""


def make_cell(folder: Path, library: str) -> Path:
    """Make the working folder of a cell that does nothing."""
    for name in ("problem", "submission"):
        (folder / name).mkdir(parents=True)
    (folder / "problem" / "problem.py").write_text(PROBLEM)
    (folder / "submission" / "entry.py").write_text(f"import {library}\n")
    return folder


def run_step(work: Path, tier: Tier, warm: WarmStart | None = None) -> float:
    """Run one step and return its wall milliseconds, from its start until all of it is gone."""
    read = (work / "problem", work / "submission")
    started = time.perf_counter()
    with Supervised(work, LIMITS, work / "log", warm, Access(tier, read)) as step:
        step.wait_until_armed()
        problem, submission = map(str, read)
        request = {"request": "setup", "problem": problem, "submission": submission}
        step.ask({**request, "seed": 1, "fold": 0})
    return 1000 * (time.perf_counter() - started)


def measure(folder: Path, rounds: int, library: str) -> dict[tuple[Tier, str], float]:
    """Return the median milliseconds of a step, by tier and by how it was started."""
    tiers = [tier for tier in Tier if tier is Tier.NONE or probe(tier).works]
    work = make_cell(folder / "cell", library)
    spent: dict[tuple[Tier, str], list[float]] = {}
    for number in range(rounds + 1):
        for tier in tiers:
            found = run_step(work, tier)
            if number:  # the first round fills the caches
                spent.setdefault((tier, "fresh"), []).append(found)
    for tier in tiers:
        start = folder / f"start-{tier}"
        start.mkdir()
        sources = [work / "submission"]
        reads = [folder]
        with WarmStart(start, 1, sources, needs_xarray=False, tier=tier, reads=reads) as warm:
            if warm.why_not:
                print(f"no warm start under {tier}: {warm.why_not}", file=sys.stderr)
                continue
            spent[tier, "warm"] = [run_step(work, tier, warm) for _ in range(rounds + 1)][1:]
    return {which: statistics.median(values) for which, values in spent.items()}


def main() -> int:
    """Measure and print; return 0 only if no tier adds more than is allowed."""
    parser = argparse.ArgumentParser(description="What the sandbox adds to a step.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--import", dest="library", default="numpy", metavar="LIBRARY")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        found = measure(folder, arguments.rounds, arguments.library)
    worst = 0.0
    print(f"{'start':6} {'tier':9} {'ms':>7} {'added':>7} {'ratio':>6}")
    for (tier, start), spent in sorted(found.items(), key=lambda item: item[0][1]):
        bare = found[Tier.NONE, start]
        worst = max(worst, spent - bare)
        print(f"{start:6} {tier:9} {spent:7.0f} {spent - bare:7.0f} {spent / bare:6.2f}")
    return 0 if worst <= MOST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
