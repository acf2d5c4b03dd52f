"""``rampflow status``: what is done, missing and failed, and why something is stale."""

from __future__ import annotations

import argparse

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
from rampflow.plan.pace import Pace
from rampflow.plan.state import CellState, EventState

HELP = "say what is done, missing and failed, and why something is stale"
EXAMPLE = "rampflow status el_nino_2015"
MAX_LINES = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_event(parser)
    add_json(parser)
    parser.add_argument("--all", action="store_true", help="name all that is not done")


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Print the state; exit with 0 only if nothing is missing or stale."""
    from dataclasses import asdict

    from rampflow.plan.pace import pace_of
    from rampflow.plan.plan import make_plan
    from rampflow.plan.slurm import queue
    from rampflow.plan.state import event_state

    plan = make_plan(project, event_of(project, arguments))
    state = event_state(plan)
    pace, jobs = pace_of(plan), None if state.is_finished else queue(project.root)
    if arguments.json:
        slurm = asdict(jobs) if jobs else None
        show_json({**state.facts(), "pace": asdict(pace), "slurm": slurm})
    else:
        _show(state, None if arguments.all else MAX_LINES)
        _show_pace(pace)
        if jobs and (jobs.states or pace.is_under_way):
            show(f"  SLURM: {jobs.words}")
    return 0 if state.is_finished else 1


def _show(state: EventState, most: int | None) -> None:
    counts = state.counts()
    done = ", ".join(f"{n:,} {name}" for name, n in counts.items())
    show(f"{state.event}: {plural(len(state.cells), 'cell')}" + (f": {done}" if done else ""))
    if state.n_predictions:
        show(f"  predictions: {state.n_predictions:,} files, read by the step entries")
    for line in state.refused[:most]:
        show(f"  refused  {line}")
    if most is not None and len(state.refused) > most:
        show(f"  … and {len(state.refused) - most:,} more refused (--all)")
    if state.to_import:
        show(f"  data: none yet; a run imports {state.to_import} first")
    if not state.is_prepared:
        show("  folds: not prepared" + "".join(f"; {why}" for why in state.why_not_prepared))
    for reason, count in state.reasons():
        show(f"  stale: {reason} ({plural(count, 'cell')})")
    lines = _open_cells(state)
    for line in lines[:most]:
        show(f"  {line}")
    if most is not None and len(lines) > most:
        show(f"  … and {plural(len(lines) - most, 'line')} more (--all)")
    if state.stale_aggregates:
        show(f"  to be made again: {', '.join(state.stale_aggregates)}")
    if state.is_finished:
        show("  everything is up to date")


def _show_pace(pace: Pace) -> None:
    if not pace.is_under_way and not pace.running:
        return
    show(f"  under way: {plural(pace.running, 'cell')} running, {pace.waiting:,} waiting")
    if pace.per_hour:
        left = f", {duration(pace.seconds_left)} left" if pace.seconds_left else ""
        show(f"  pace: {pace.per_hour:,.0f} cells an hour{left}")


def _open_cells(state: EventState) -> list[str]:
    """Return a line per submission and state, with its folds and the first reason."""
    groups: dict[tuple[str, str], list[CellState]] = {}
    for cell in state.cells:
        if cell.state != "done":
            groups.setdefault((cell.state, cell.submission), []).append(cell)
    lines = []
    for (name, submission), cells in groups.items():
        why = f": {cells[0].why}" if cells[0].why else ""
        lines.append(f"{name:<9}{submission} {_folds(cells)}{why}")
    return lines


def _folds(cells: list[CellState]) -> str:
    """Name the folds of some cells: ``fold 0, 1``, ``fold 0, 1 and refit``, ``refit``."""
    folds = ", ".join(str(cell.fold) for cell in cells if not cell.is_refit)
    refit = "refit" if any(cell.is_refit for cell in cells) else ""
    return " and ".join(part for part in (f"fold {folds}" if folds else "", refit) if part)
