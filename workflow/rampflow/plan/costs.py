"""What a run would take: jobs, CPU hours, wall time, memory, disk, from what earlier cells took."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from rampflow.config.event import defaults
from rampflow.files import read_json
from rampflow.plan import cluster
from rampflow.plan.packs import Pack, expected_seconds, pack_cells, reliefs_of
from rampflow.plan.plan import Plan

FILES_PER_CELL = 9
"""Records, predictions, scores and their folders."""
BYTES_PER_CELL = 12_000
"""Of records and scores."""


@dataclass(frozen=True)
class Costs:
    """What the cells that are missing would take.

    Parameters
    ----------
    n_cells : int
        Cells to compute.
    n_guessed : int
        Those of submissions that nobody has run: `Defaults.cell_s` is taken for each.
    jobs_here : int
        Jobs on this machine.
    jobs_cluster : int
        Jobs of a cluster, after packing.
    cpu_hours : float
        Of all cells, on the cores they ask for.
    longest_s : float
        Wall seconds of the longest job of a cluster.
    job_mb : int
        The most memory that a job of a cluster asks for, in MB.
    disk_mb : float
        What the cells will take on disk, in MB.
    files : int
        How many files and folders they will be.
    """

    n_cells: int
    n_guessed: int
    jobs_here: int
    jobs_cluster: int
    cpu_hours: float
    longest_s: float
    job_mb: int
    disk_mb: float
    files: int

    def wall_s(self, at_once: int) -> float:
        """Return the wall seconds with so many at work, without waiting in a queue."""
        return max(self.longest_s, 3600 * self.cpu_hours / at_once)

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return asdict(self)


def costs_of(plan: Plan, cores: int) -> Costs:
    """Return what the missing cells of an event would take.

    Parameters
    ----------
    plan : Plan
        The event; its folds must be prepared.
    cores : int
        The cores of this machine.
    """
    settings = defaults(plan.project)
    first = {cell.key: cell for cell in reversed(plan.missing_scores())}
    cells = [cell for cell in plan.cells if first.get(cell.key) == cell]
    seconds = expected_seconds(plan, cells)
    missing = [cell for cell in cells if not plan.project.cell(cell.key).record.exists()]
    packs = cluster.pack_for_cluster(
        plan.project, cells, seconds, settings.cluster_pack_s, settings.cell_s
    )
    alone, here = pack_cells(cells, seconds, cores, settings.pack_s)
    threads = {s.name: s.threads for s in plan.submissions}
    cpu = sum(_seconds(pack) * threads[pack.submission] for pack in packs)
    mb = [cluster.memory_of(cell.submission.limits) for cell in cells]
    return Costs(
        n_cells=len(missing),
        n_guessed=sum(cell.submission.name not in seconds for cell in missing),
        jobs_here=3 * len(alone) + len(here) + len(reliefs_of(here, cores)),
        jobs_cluster=len(packs),
        cpu_hours=cpu / 3600,
        longest_s=max(map(_seconds, packs), default=0.0),
        job_mb=max(mb, default=0),
        disk_mb=len(missing) * (_bytes_of_a_cell(plan) + BYTES_PER_CELL) / 1e6,
        files=len(missing) * FILES_PER_CELL,
    )


def _seconds(pack: Pack) -> float:
    return len(pack.keys) * pack.seconds_each


def _bytes_of_a_cell(plan: Plan) -> int:
    """Return the bytes of the predictions of one cell, the larger of the folds taken."""
    record = read_json(plan.prepared.record)
    widths = {part: math.prod(shape[1:]) for part, shape in record["shapes"].items()}
    rows = max(fold["n_train"] + fold["n_valid"] for fold in record["folds"])
    numbers: int = rows * widths["train"]
    numbers += record["rows"].get("test", 0) * widths.get("test", 0)
    return 8 * numbers
