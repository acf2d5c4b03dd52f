"""``rampflow plan``: what a run would do, and why. Runs nothing."""

from __future__ import annotations

import argparse

from rampflow.commands.common import add_event, add_json, event_of, plural, show, show_json
from rampflow.paths import Project

HELP = "say what a run would do, and why"
EXAMPLE = "rampflow plan el_nino_2015"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_event(parser)
    add_json(parser)


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Print the jobs of the next run."""
    from rampflow.plan.plan import make_plan
    from rampflow.plan.state import event_state

    state = event_state(make_plan(project, event_of(project, arguments)))
    if arguments.json:
        show_json(state.jobs())
        return 0
    jobs = state.jobs()
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
    for reason, count in state.reasons():
        show(f"  because {reason} ({plural(count, 'cell')})")
    return 0
