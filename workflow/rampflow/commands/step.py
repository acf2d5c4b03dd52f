"""One step of the workflow: what the Snakemake rules call. Not for typing by hand."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from rampflow.errors import Fault
from rampflow.paths import AGGREGATES, CHALLENGE, EventResults, Project

if TYPE_CHECKING:
    from rampflow.board.cells import EventCells
    from rampflow.config.event import LoadedEvent
    from rampflow.problems.contract import Problem

HELP = "run one step of the workflow (the rules call this)"
EXAMPLE = "rampflow step train --event el_nino_2015 --key 0123…"
CELL_STEPS = ("train", "predict", "score", "pack", "relief")
"""Steps of one cell, and all of them for several cells, from one end or from the other."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("step", choices=("data", "prepare", *CELL_STEPS, *AGGREGATES, *CHALLENGE))
    parser.add_argument("--event", required=True, help="the event")
    parser.add_argument("--key", default="", help="a fit key, or the name of a pack")


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Run the step. Each imports only what it needs: cells start thousands of times."""
    step, event, key = arguments.step, arguments.event, arguments.key
    try:
        if step in CELL_STEPS:
            _cell_step(project, step, event, key)
        elif step in AGGREGATES:
            _aggregate(project, step, event)
        elif step in CHALLENGE:
            _challenge(project, step, event)
        else:
            _event_step(project, step, event)
    except Fault as fault:
        print(f"rampflow: a fault of the machine, nothing was stored: {fault}", file=sys.stderr)
        return 75
    return 0


def _cell_step(project: Project, step: str, event: str, key: str) -> None:
    from rampflow.cell.processes import THREAD_VARIABLES

    # a cancelled job leaves no process behind: the supervisor ends its tree on the way out
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # the step itself computes next to nothing, but idle threads of BLAS spin when it is loaded
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    from rampflow.cell.task import read_tasks

    tasks = read_tasks(project, event)
    if step == "train":
        from rampflow.cell.train import train

        train(project, tasks, key)
    elif step == "predict":
        from rampflow.cell.predict import predict

        predict(project, tasks, key)
    elif step in ("pack", "relief"):
        from rampflow.cell.pack import run_pack
        from rampflow.cell.task import read_pack

        keys = read_pack(project, event, key)
        run_pack(project, tasks, key, keys, is_relief=step == "relief")
    else:
        from rampflow.cell.score import score_cells
        from rampflow.problems.contract import load_problem

        score_cells(project, load_problem(project.problem(tasks.problem)), tasks, [key])


def _event_step(project: Project, step: str, event: str) -> None:
    from rampflow.config.event import load_event_file

    configuration = load_event_file(project, event)
    if step == "data":
        from rampflow.data.dvc import ensure

        ensure(project, configuration.problem)
        return
    from rampflow.cell.prepare import prepare
    from rampflow.plan.plan import make_plan
    from rampflow.problems.contract import load_problem

    plan = make_plan(project, event)
    problem = load_problem(project.problem(plan.problem))
    prepare(problem, plan.prepared, plan.prepare_parts, configuration.seed)


def _page(project: Project, event: str) -> None:
    from rampflow.cell.processes import THREAD_VARIABLES

    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # it splits: no threads of BLAS
    from rampflow.files import read_json
    from rampflow.report.details import read_details
    from rampflow.report.page import write_report
    from rampflow.report.shape import as_board

    results = project.event(event)
    board = as_board(read_json(results.leaderboard_json))
    details = read_details(results, board, partial(project.submission, event))
    write_report(board, results.report, details)


def _aggregate(project: Project, step: str, event: str) -> None:
    if step == "page":
        _page(project, event)
        return
    from rampflow.board.cells import EventCells
    from rampflow.cell.task import check_scoring, read_tasks
    from rampflow.config.event import load_event
    from rampflow.problems.contract import load_problem

    loaded, results = load_event(project, event), project.event(event)
    cells = EventCells(project, read_tasks(project, event), loaded.event.phase == "open")
    problem = load_problem(project.problem(cells.tasks.problem))
    check_scoring(project, cells.tasks)
    if step == "bag":
        from rampflow.board.bagging import bag_event

        bag_event(cells, problem, results)
    elif step == "compare":
        from rampflow.board.comparison import compare_event

        compare_event(cells, problem, results, loaded.event.uncertainty)
    elif step in ("blend", "history"):
        _blend(step, cells, problem, results, loaded)
    elif step == "reuse":
        from rampflow.board.reuse import reuse_event

        reuse_event(
            {s.name: project.submission(event, s.team, s.model) for s in loaded.submissions},
            project.starting_kit(cells.tasks.problem),
            results,
            submitted_at=_times(loaded),
            builds_on=loaded.credits(),
        )
    else:
        from rampflow.board.leaderboard import Sources, build_leaderboard
        from rampflow.board.provenance import provenance

        facts = provenance(project, cells.tasks, loaded)
        build_leaderboard(Sources(cells, loaded, problem, results, facts))


def _blend(
    step: str, cells: EventCells, problem: Problem, results: EventResults, loaded: LoadedEvent
) -> None:
    """Blend what there is at the end, or as at every moment of the event."""
    greedy: dict[str, Any] = {
        "max_members": loaded.event.blend.max_members,
        "min_improvement": loaded.event.blend.min_improvement,
    }
    if step == "history":
        from rampflow.board.history import blend_history

        blend_history(cells, problem, results, submitted_at=_times(loaded), **greedy)
        return
    from rampflow.board.blending import blend_event

    blend_event(
        cells,
        problem,
        results,
        uncertainty=loaded.event.uncertainty,
        submitted_at=_times(loaded),
        builds_on=loaded.credits(),
        **greedy,
    )


def _times(loaded: LoadedEvent) -> dict[str, Any]:
    """Return when each submission was handed in."""
    return {s.name: s.file.submitted_at for s in loaded.submissions}


def _challenge(project: Project, step: str, event: str) -> None:
    part, _, is_page = step.partition("_")
    if is_page:
        from rampflow.files import read_json
        from rampflow.report.challenge import write_challenge_page

        board = project.challenge(event).part(part)
        write_challenge_page(read_json(board.leaderboard_json), board.page)
        return
    from rampflow.cell.task import check_scoring, read_tasks
    from rampflow.config.event import load_event
    from rampflow.problems.contract import load_problem

    loaded, tasks = load_event(project, event), read_tasks(project, event)
    problem = load_problem(project.problem(tasks.problem))
    check_scoring(project, tasks)
    if step == "entries":
        from rampflow.board.cells import EventCells
        from rampflow.challenge.entries import gather_entries

        gather_entries(EventCells(project, tasks), problem, loaded, project.challenge(event))
        return
    from rampflow.board.provenance import provenance
    from rampflow.challenge.boards import Sources, build_private, build_public

    sources = Sources(project, loaded, problem, provenance(project, tasks, loaded))
    build_public(sources) if part == "public" else build_private(sources)
