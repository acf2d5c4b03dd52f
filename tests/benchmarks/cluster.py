"""The default event on a real SLURM of four nodes, against the same event on this machine.

    python tests/benchmarks/cluster.py [EVENT] [--submissions N]

Needs root and Debian's slurmctld, slurmd, munge and slurm-client. The event is evaluated twice, on
copies of this repository, and `rampflow verify` compares inputs, cells, boards and ranks. The nodes
are this machine, so the times say what SLURM and Snakemake add, and not what more machines gain.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import yaml  # noqa: E402
from overhead import REPO, copy_tree, rampflow  # noqa: E402

from tests.support.slurm import running_slurm  # noqa: E402


def keep_first(tree: Path, event: str, count: int) -> None:
    """Remove all submissions but those that were handed in first."""
    everyone = (tree / "submissions" / event).glob("*/*/submission.yaml")
    handed_in = {
        path.parent: str(yaml.safe_load(path.read_text())["submitted_at"]) for path in everyone
    }
    for folder in sorted(handed_in, key=handed_in.__getitem__)[count:]:
        shutil.rmtree(folder)


def main() -> None:
    """Evaluate twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("event", nargs="?", help="the default event, if not given")
    parser.add_argument("--submissions", type=int, help="only the first so many")
    options = parser.parse_args()
    defaults = yaml.safe_load((REPO / "config" / "config.yaml").read_text())
    event = options.event or defaults["event"]
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as name:
        here, there, folder = (Path(name) / word for word in ("here", "there", "slurm"))
        copy_tree(REPO, here)
        if options.submissions:
            keep_first(here, event, options.submissions)
        rampflow(here, "step", "data", "--event", event)
        shutil.copytree(here, there, symlinks=True)
        print(f"{event}: on this machine {rampflow(here, 'run', event):.0f} s", flush=True)
        folder.mkdir()
        with running_slurm(folder) as slurm:
            os.environ.update(slurm.environment)
            settings = ("--slurm-init-seconds-before-status-checks", "5")
            wall = rampflow(there, "run", "--profile", "slurm", event, "--", *settings)
            states = [job["state"] for job in slurm.jobs().values()]
        print(f"on SLURM {wall:.0f} s, {len(states)} jobs: {', '.join(sorted(set(states)))}")
        command = [sys.executable, "-m", "rampflow", "verify", event, "--against"]
        environment = os.environ | {"PYTHONPATH": str(there / "workflow")}
        done = subprocess.run(
            [*command, str(here / "results" / event)], cwd=there, env=environment, check=False
        )
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
