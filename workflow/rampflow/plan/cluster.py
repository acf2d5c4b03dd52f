"""What a cluster is asked for: how long a job may take, how much memory, and where it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby

from rampflow.cell.limits import StepLimits
from rampflow.config.schemas import Cluster
from rampflow.files import read_json
from rampflow.paths import Project
from rampflow.plan.packs import Pack, parts_of
from rampflow.plan.plan import Cell, Plan

ATTEMPTS = 3
"""A job is tried so often: once, and the `retries` of the rules."""
STARTING_S = 300
"""For starting Python, on a slow file system, and for what is done between the steps."""
MARGIN = 1.25
"""So much more memory than the limit of a step, so that our verdict comes before SLURM's."""
SUPERVISOR_MB = 900
"""For Snakemake, twice, and the supervisor, which share the memory of a job with the step."""
SCORING_S = 0.2
"""A cell that only lacks scores."""


def pack_for_cluster(
    project: Project,
    cells: Sequence[Cell],
    seconds: Mapping[str, float],
    pack_s: float,
    stated_s: float,
) -> list[Pack]:
    """Divide missing cells into jobs of about a length; each holds cells of one submission.

    Every cell is in one, also alone: a job of a cluster is worth three steps.

    Parameters
    ----------
    project : Project
        Where finished cells are: one that only lacks scores takes no time to speak of.
    cells : sequence of Cell
        Cells that lack their scores, submission by submission.
    seconds : mapping of str to float
        What a cell of a submission is known to take, in wall seconds of all its steps.
    pack_s : float
        Seconds that a job aims at. A cell that takes longer has a job of its own.
    stated_s : float
        Seconds that are taken for a cell of a submission that nobody has run.
    """

    def kind(cell: Cell) -> tuple[str, bool]:
        return cell.submission.name, project.cell(cell.key).record.exists()

    packs = []
    for (name, is_there), group in groupby(cells, kind):
        each = SCORING_S if is_there else seconds.get(name) or stated_s
        for part in parts_of(list(group), max(1, int(pack_s / each))):
            packs.append(Pack.of(name, part, each))
    return packs


def minutes_of(limits: StepLimits, pack: Pack, attempt: int = 1) -> int:
    """Return the minutes that a job of some cells asks for.

    It is enough for any one cell, and for all of them where they take three times as long as
    expected. A job that is ended goes on where it was with its next attempt; the last one has
    time for the worst.

    Parameters
    ----------
    limits : StepLimits
        What a step may take.
    pack : Pack
        The cells.
    attempt : int
        1 for the first.
    """
    one = 3 * limits.time_s  # train, predict, and train again what cannot be pickled
    worst = len(pack.keys) * one + STARTING_S
    hoped = attempt * (one + 3 * len(pack.keys) * pack.seconds_each) + STARTING_S
    return math.ceil((worst if attempt >= ATTEMPTS else min(worst, hoped)) / 60)


def memory_of(limits: StepLimits) -> int:
    """Return the MB that a job asks for: a step, its files in memory, and who looks after it."""
    return int(limits.memory_mb * MARGIN + limits.disk_mb) + SUPERVISOR_MB


def board_memory(n_predictions: int) -> int:
    """Return the MB that making the board asks for.

    Parameters
    ----------
    n_predictions : int
        Numbers that all cells have predicted together.
    """
    return 2000 + int(n_predictions * 8 * 2 / 1e6)


def n_predictions(plan: Plan) -> int:
    """Return how many numbers the cells of an event predict together."""
    if not plan.is_prepared:
        return 0
    record = read_json(plan.prepared.record)
    outputs = {part: math.prod(shape[1:]) for part, shape in record["shapes"].items()}
    each: int = sum(fold["n_valid"] for fold in record["folds"]) * outputs["train"]
    each += len(record["folds"]) * record["rows"].get("test", 0) * outputs.get("test", 0)
    return each * len(plan.submissions)


def places(cluster: Cluster) -> dict[str, str]:
    """Return what an event says of where its jobs run, in the words of Snakemake's plugin."""
    words = {
        "slurm_partition": cluster.partition,
        "slurm_account": cluster.account,
        "constraint": cluster.constraint,
        "qos": cluster.qos,
    }
    return {name: word for name, word in words.items() if word is not None}
