"""What planning and a run with nothing to do cost, for many submissions whose cells are ready.

    python tests/benchmarks/scale.py [--submissions 500] [--folds 8] [--seconds 10] [--mb 1000]

A project with generated submissions, cells and scores is made in a temporary folder; its keys are
those of the plan, so nothing is left to train. Whole processes are timed, children included, and
held against the limits. ``--profile`` says where the time of the plan goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "workflow"))

import numpy as np  # noqa: E402

from rampflow.cell.record import host_record  # noqa: E402
from rampflow.hashing import file_sha256  # noqa: E402
from rampflow.paths import Project  # noqa: E402
from rampflow.plan.plan import Cell, Plan, make_plan  # noqa: E402

EVENT = "many_2015"
PROBLEM = """
import numpy as np

from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.problems.workflows import Regressor

problem_title = "Noise"
Predictions = make_regression()
workflow = Regressor()
score_types = [RMSE()]


def get_cv(X, y):
    rows = np.arange(len(y))
    return [(rows[rows % {folds} != k], rows[rows % {folds} == k]) for k in range(max(2, {folds}))]


def get_train_data(path="."):
    y = np.random.default_rng(1).normal(size={rows})
    return y[:, None], y


def get_test_data(path="."):
    y = np.random.default_rng(2).normal(size={rows})
    return y[:, None], y
"""
SUBMISSION = """
import helper


class Regressor:
    def fit(self, X, y):
        self.number = {number}

    def predict(self, X):
        return helper.times(X[:, 0], self.number)
"""
HELPER = "def times(x, number):\n    return x * number\n"


@dataclass(frozen=True)
class Cost:
    """What a process and its children took: wall and CPU seconds, and the largest one's memory."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def make_project(root: Path, n_submissions: int, n_folds: int, n_rows: int) -> Project:
    """Write a project whose rules are those of this repository, and prepare its folds."""
    for name in ("rules", "profiles"):
        shutil.copytree(REPO / name, root / name)
    for name in ("Snakefile", "requirements.lock"):
        if (REPO / name).exists():
            shutil.copy(REPO / name, root / name)
    write(root / "config" / "config.yaml", f"event: {EVENT}\n")
    write(
        root / "config" / "events" / f"{EVENT}.yaml", "title: Many\nproblem: noise\nphase: closed\n"
    )
    write(root / "problems" / "noise" / "problem.py", PROBLEM.format(folds=n_folds, rows=n_rows))
    for number in range(n_submissions):
        add_submission(root, number)
    measure(root, "step", "prepare", "--event", EVENT)
    return Project(root)


def write(path: Path, text: str) -> None:
    """Write a file and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add_submission(root: Path, number: int) -> None:
    """Write one submission; teams have ten each."""
    folder = root / "submissions" / EVENT / f"team_{number // 10}" / f"model_{number}"
    write(folder / "regressor.py", SUBMISSION.format(number=number))
    write(folder / "helper.py", HELPER)
    hour, second = divmod(number, 3600)
    write(
        folder / "submission.yaml",
        f"team: {folder.parent.name}\n"
        f"submitted_at: 2015-05-{1 + hour:02d}T10:{second // 60:02d}:{second % 60:02d}+00:00\n"
        "entry: [regressor.py]\n",
    )


def make_cells(plan: Plan) -> None:
    """Write every cell of a plan and its scores: what their steps would have left."""
    record = json.loads(plan.prepared.record.read_text())
    draw = np.random.default_rng(3)
    for cell in plan.cells:
        fold = record["folds"][cell.fold]
        sizes = {"train": fold["n_train"], "valid": fold["n_valid"], "test": record["rows"]["test"]}
        _make_cell(plan, cell, {part: draw.normal(size=(n, 1)) for part, n in sizes.items()})


def _make_cell(plan: Plan, cell: Cell, predictions: dict[str, Any]) -> None:
    folder = plan.project.cell(cell.key)
    folder.scores_folder.mkdir(parents=True)
    for part, values in predictions.items():
        np.save(folder.predictions(part), values)
    content = {
        "key": cell.key,
        "parts": plan.tasks.parts(cell.submission, cell.fold),
        "status": "ok",
        "step": "",
        "reason": "",
        "traceback": "",
        "one_process": False,
        "predictions": {part: file_sha256(folder.predictions(part)) for part in predictions},
    }
    step = {**host_record(), "seconds": 0.5, "wall_s": 2.0, "peak_memory_mb": 100.0, "log": ""}
    scores = {
        "fit_key": cell.key,
        "parts": plan.tasks.score_parts,
        "status": "ok",
        "scores": {part: {"rmse": float(values.std())} for part, values in predictions.items()},
    }
    for path, value in (
        (folder.record, content),
        (folder.run, {"train": step, "predict": step}),
        (folder.scores(plan.tasks.score), scores),
    ):
        path.write_text(json.dumps(value, indent=2, sort_keys=True))


def measure(root: Path, *command: str) -> Cost:
    """Run a command of rampflow, or ``snakemake``, to its end."""
    module = ["snakemake"] if command[0] == "snakemake" else ["rampflow", *command[:1]]
    environment = {**os.environ, "PYTHONPATH": str(REPO / "workflow")}
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *module, *command[1:]],
            cwd=root,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{output.read()}")
    wall = time.perf_counter() - started
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--folds", type=int, default=8)
    parser.add_argument("--rows", type=int, default=400, help="of each part")
    parser.add_argument("--seconds", type=float, default=10, help="limit of what has nothing to do")
    parser.add_argument("--mb", type=float, default=1000, help="limit of its memory")
    parser.add_argument("--profile", action="store_true", help="profile the plan and the status")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as folder:
        root = Path(folder)
        project = make_project(root, options.submissions, options.folds, options.rows)
        make_cells(make_plan(project, EVENT))
        compare(root, options)
        if options.profile:
            profile(project)


def compare(root: Path, options: argparse.Namespace) -> None:
    """Time every command and print the table."""
    print(f"{options.submissions} submissions x {options.folds} folds, ready")
    print(f"{'':44}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    show("rampflow run: the aggregates", measure(root, "run"))
    limits = (options.seconds, options.mb)
    show("rampflow plan", measure(root, "plan"), limits)
    show("rampflow status", measure(root, "status"), limits)
    show("rampflow run, nothing to do", measure(root, "run"), limits)
    quiet = ("snakemake", "--cores", "2", "--quiet", "all")
    show("snakemake --cores 2, nothing to do", measure(root, *quiet), limits)
    for step in ("bag", "blend", "leaderboard", "page"):
        show(f"  step {step}", measure(root, "step", step, "--event", EVENT))
    add_submission(root, options.submissions)
    show("snakemake -n, one submission added", measure(root, *quiet, "-n"), limits)
    show("rampflow plan, one submission added", measure(root, "plan"), limits)


def show(title: str, cost: Cost, limits: tuple[float, float] | None = None) -> None:
    """Print one line, with a verdict where there is a limit."""
    verdict = ""
    if limits:
        kept = cost.wall_s <= limits[0] and cost.peak_mb <= limits[1]
        verdict = "  within the limit" if kept else f"  OVER {limits[0]:g} s or {limits[1]:g} MB"
    print(f"{title:44}{cost.wall_s:8.2f}{cost.cpu_s:8.2f}{cost.peak_mb:9.0f}{verdict}", flush=True)


def profile(project: Project) -> None:
    """Print what dominates the plan and the state of an event."""
    from rampflow.plan.state import event_state

    profiler = cProfile.Profile()
    profiler.runcall(lambda: event_state(make_plan(project, EVENT)).jobs())
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(30)


if __name__ == "__main__":
    main()
