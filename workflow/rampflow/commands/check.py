"""``rampflow check``: a participant's check of one submission: its files, then one fold."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from rampflow.commands.common import show
from rampflow.config.schemas import NAME
from rampflow.errors import ConfigError
from rampflow.paths import Project

HELP = "check one submission: its files, then one fold with its scores; or a file of predictions"
EXAMPLE = "rampflow check submissions/el_nino_2015/paper_boats/climatology"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "submission",
        type=Path,
        metavar="SUBMISSION",
        help="the folder of the submission; in a challenge also a file of predictions, ENTRY.csv",
    )
    parser.add_argument("--fold", type=int, default=0, help="the fold to try (default: 0)")


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Try one fold; exit with 0 only if it succeeds. The test score is not shown."""
    if arguments.submission.name.endswith((".csv", ".csv.gz")):
        from rampflow.commands.check_predictions import check_predictions

        return check_predictions(project, arguments.submission)
    from rampflow.cell.predict import predict
    from rampflow.cell.record import read_cell, retire
    from rampflow.cell.score import score_cell
    from rampflow.cell.train import train
    from rampflow.config.event import load_event_file
    from rampflow.data.dvc import ensure
    from rampflow.plan.plan import forget_aggregates, make_plan
    from rampflow.problems.contract import load_problem

    event, team, model = submission_of(project, arguments.submission)
    ensure(project, load_event_file(project, event).problem)
    plan = make_plan(project, event, only=(team, model))
    problem = load_problem(project.problem(plan.problem))
    if not plan.is_prepared:
        from rampflow.cell.prepare import prepare

        prepare(problem, plan.prepared, plan.prepare_parts, plan.loaded.event.seed)
    n_folds = len(plan.tasks.folds)
    if not 0 <= arguments.fold < n_folds:
        raise ConfigError(f"there is no fold {arguments.fold}: folds are 0 to {n_folds - 1}")
    key = plan.tasks.keys[0][arguments.fold]
    cell = project.cell(key)
    is_new = not cell.record.exists()
    show(f"{team}/{model}: the files are in order; fold {arguments.fold} of {n_folds} …")
    if is_new:
        train(project, plan.tasks, key)
        predict(project, plan.tasks, key)
    record = read_cell(cell)
    if record["status"] != "ok":
        show(f"failed ({record['status']}) in {record['step']}: {record['reason']}")
        if record["traceback"]:
            show(record["traceback"])
        if is_new:  # a check leaves no failure behind that an evaluation would take for a result
            shutil.rmtree(retire(project, key))
            forget_aggregates(project)
        return 1
    scores = score_cell(problem, plan.prepared, cell, arguments.fold)
    for metric in problem.score_types:
        values = ", ".join(f"{part} {scores[part][metric.name]}" for part in ("train", "valid"))
        show(f"  {metric.name}: {values}")
    _show_times(cell.run)
    show("ok: the test score is shown on the board only")
    return 0


def _show_times(run_file: Path) -> None:
    from rampflow.files import read_json

    run = read_json(run_file)
    train_run, predict_run = run["train"], run["predict"]
    peak = max(train_run["peak_memory_mb"], predict_run["peak_memory_mb"])
    show(
        f"  fit {train_run['seconds']:.3g} s, predict {predict_run['part_seconds']['train']:.3g} s "
        f"(training set), memory {peak:.0f} MB"
    )


def submission_of(project: Project, folder: Path) -> tuple[str, str, str]:
    """Return event, team and model of a submission's folder.

    Raises
    ------
    ConfigError
        If the folder is not ``submissions/<event>/<team>/<model>`` of this project.
    """
    path = folder.resolve()
    root = (project.root / "submissions").resolve()
    parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
    if len(parts) != 3 or not path.is_dir() or not NAME.fullmatch(parts[0]):
        raise ConfigError(
            "this is not the folder of a submission",
            where=str(folder),
            do="name a folder submissions/EVENT/TEAM/MODEL of this project",
        )
    return parts[0], parts[1], parts[2]
