"""``rampflow plan``: what a run would do, and why. Runs nothing."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from rampflow.commands.common import (
    add_event,
    add_json,
    duration,
    event_of,
    plural,
    show,
    show_json,
)
from rampflow.paths import Project

if TYPE_CHECKING:
    from rampflow.plan.costs import Costs

HELP = "say what a run would do, and why"
EXAMPLE = "rampflow plan el_nino_2015"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_event(parser)
    add_json(parser)


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Print the jobs of the next run."""
    from rampflow.plan.costs import costs_of
    from rampflow.plan.plan import make_plan
    from rampflow.plan.state import event_state

    plan = make_plan(project, event_of(project, arguments))
    state = event_state(plan)
    jobs = state.jobs()
    costs = costs_of(plan, os.cpu_count() or 1) if plan.is_prepared else None
    if arguments.json:
        show_json({**jobs, "costs": costs.facts() if costs else None})
        return 0
    if not any(jobs["counts"].values()):
        show(f"{state.event}: nothing to do")
        return 0
    show(f"{state.event}: a run would do")
    for step, count in jobs["counts"].items():
        if count:
            show(f"  {step:<12}{count:>7,}")
    if state.to_import:
        show(f"  there are no data yet: {state.to_import} is imported first")
    if not state.is_prepared:
        show("  the folds are not prepared yet: the cells are counted when they are")
    seconds = jobs["estimated_seconds"]
    if seconds is not None:
        show(f"  fit and predict: about {seconds:.0f} s of one core, from earlier cells")
    if costs and costs.n_cells:
        _show_costs(costs)
    for reason, count in state.reasons():
        show(f"  because {reason} ({plural(count, 'cell')})")
    return 0


def _show_costs(costs: Costs) -> None:
    guessed = f", {costs.n_guessed:,} of them guessed" if costs.n_guessed else ""
    cores = os.cpu_count() or 1
    show(f"  computing:   {costs.cpu_hours:.2g} CPU hours for {costs.n_cells:,} cells{guessed}")
    show(
        f"  here:        {plural(costs.jobs_here, 'job')}, "
        f"about {duration(costs.wall_s(cores))} on {plural(cores, 'core')}"
    )
    show(
        f"  on SLURM:    {plural(costs.jobs_cluster, 'job')} of {costs.job_mb / 1000:.1f} GB, "
        f"at least {duration(costs.longest_s)}, {duration(costs.wall_s(10))} with 10 at once"
    )
    show(f"  on disk:     {costs.disk_mb:,.0f} MB in {costs.files:,} files")
