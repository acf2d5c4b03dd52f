"""Thousands of trivial cells, end to end: does a cell cost the same at the end as at the beginning?

    python tests/benchmarks/many.py [--submissions 625] [--folds 8] [--cores 2]

A project with generated submissions is evaluated from nothing, with the sandbox; the times of its
cells tell how many were finished in each tenth of the run. Then one submission is added.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from scale import EVENT, add_submission, make_project, measure, show


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=625)
    parser.add_argument("--folds", type=int, default=8)
    parser.add_argument("--rows", type=int, default=400, help="of each part")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    n_cells = options.submissions * options.folds
    cores = ("--cores", str(options.cores))
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as name:
        root = Path(name)
        make_project(root, options.submissions, options.folds, options.rows)
        print(f"{options.submissions} submissions x {options.folds} folds, from nothing")
        print(f"{'':44}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
        cost = measure(root, "run", *cores, EVENT)
        show("rampflow run", cost)
        records = (root / "results" / "cells").glob("*/cell.json")
        times = sorted(path.stat().st_mtime for path in records)
        assert len(times) == n_cells, f"{len(times)} cells"
        print(f"  a cell: {1000 * cost.wall_s / n_cells:.0f} ms wall of all")
        edges = [times[(n_cells - 1) * i // 10] for i in range(11)]
        parts = [10_000 * (b - a) / n_cells for a, b in zip(edges, edges[1:], strict=False)]
        print("  by tenths of the cells, ms: " + "  ".join(f"{part:.0f}" for part in parts))
        print(f"  largest tenth ÷ smallest    {max(parts) / min(parts):.2f}")
        add_submission(root, options.submissions)
        show("rampflow run, one submission added", measure(root, "run", *cores, EVENT))
        show("rampflow run, nothing to do", measure(root, "run", *cores, EVENT))


if __name__ == "__main__":
    main()
