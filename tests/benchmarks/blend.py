"""Blending: ours against that of ramp-workflow 0.7.0, in one run, on the same predictions.

    python tests/benchmarks/blend.py [--submissions 500] [--folds 8] [--rows 5000]

Both are timed from arrays in memory to the selection, one thread each, and must select the same
members. ramp-workflow comes from the package index into an environment of its own, made in a
temporary folder and removed at the end (``--environment FOLDER`` keeps it there for the next run).

The whole takes some ten minutes. Where the reference would take longer than ``--budget`` seconds
for a metric, as many folds as fit are measured and the others follow from a growth law fitted to
measured runs; the output says so.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
os.environ.update(ONE_THREAD)  # before numpy is imported
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "workflow"))

import numpy as np  # noqa: E402

from rampflow.ensemble.blend import blend_fold  # noqa: E402
from rampflow.ensemble.redrawn import redrawn_shares  # noqa: E402
from rampflow.problems.metrics.base import ScoreType  # noqa: E402
from rampflow.problems.metrics.classification import Accuracy  # noqa: E402
from rampflow.problems.metrics.regression import RMSE  # noqa: E402
from rampflow.problems.predictions import make_multiclass, make_regression  # noqa: E402

REFERENCE = "ramp-workflow==0.7.0"
PILOT_SUBMISSIONS = (20, 40, 80)


@dataclass(frozen=True)
class Run:
    """One timed blend of one fold."""

    n_submissions: int
    seconds: float
    selection: list[int]


def make_fold(
    metric: str, fold: int, n_submissions: int, n_rows: int, n_classes: int = 2
) -> tuple[np.ndarray, ...]:
    """Return truth and predictions of one fold: errors share twenty factors, so that blends pay."""
    rng = np.random.default_rng([17, fold])
    quality = rng.uniform(0.3, 1.0, (n_submissions, 1))
    loadings = rng.normal(size=(n_submissions, 20)) / np.sqrt(20)

    def errors() -> np.ndarray:
        found = quality * (loadings @ rng.normal(size=(20, n_rows))) + 0.3 * rng.normal(size=n_rows)
        found += 0.3 * rng.normal(size=(n_submissions, n_rows))
        return found

    if metric == "rmse":
        noise = errors()
        y_true = rng.normal(size=n_rows)
        return y_true, y_true + noise
    if n_classes == 2:
        noise = errors()
        y_true = rng.integers(0, 2, n_rows)
        second = 1 / (1 + np.exp(-2 * (0.8 * (2 * y_true - 1) + 1.3 * noise)))
        return y_true, np.stack([1 - second, second], axis=2)
    y_true = rng.integers(0, n_classes, n_rows)
    y_preds = np.empty((n_submissions, n_rows, n_classes))
    for label in range(n_classes):
        y_preds[:, :, label] = np.exp(2 * (0.8 * (y_true == label) + 1.3 * errors()))
    y_preds /= y_preds.sum(axis=2, keepdims=True)
    return y_true, y_preds


def predictions_of(metric: str, y_preds: np.ndarray) -> Any:
    """Return the type of the predictions of a fold."""
    return make_regression() if metric == "rmse" else make_multiclass([*range(y_preds.shape[2])])


def run_ours(metric: str, y_true: np.ndarray, y_preds: np.ndarray) -> Run:
    """Blend with rampflow."""
    start = time.perf_counter()
    score_type: ScoreType = RMSE() if metric == "rmse" else Accuracy()
    Predictions = predictions_of(metric, y_preds)
    selected = blend_fold(Predictions, score_type, Predictions(y_true=y_true), y_preds)
    return Run(len(y_preds), time.perf_counter() - start, list(selected.selection))


def run_draws(metric: str, y_true: np.ndarray, y_preds: np.ndarray, n_draws: int) -> float:
    """Return the seconds in which rampflow selects the blend anew on draws of the rows."""
    n_rows = len(y_true)
    equal = np.full(n_rows, 1 / n_rows)
    counts = np.random.default_rng(0).multinomial(n_rows, equal, size=n_draws).astype(np.int32)
    start = time.perf_counter()
    score_type: ScoreType = RMSE() if metric == "rmse" else Accuracy()
    Predictions = predictions_of(metric, y_preds)
    redrawn_shares(Predictions, score_type, Predictions(y_true=y_true), y_preds, counts)
    return time.perf_counter() - start


class Reference:
    """ramp-workflow in an environment of its own."""

    def __init__(self, environment: Path, scratch: Path) -> None:
        self.scratch = scratch
        self.python = environment / "bin" / "python"
        if not self.python.exists():
            self._install(environment)

    def _install(self, environment: Path) -> None:
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        if uv:
            make = [uv, "venv", "--quiet", "--python", sys.executable, str(environment)]
            install = [uv, "pip", "install", "--quiet", "--python", str(self.python)]
        else:
            make = [sys.executable, "-m", "venv", str(environment)]
            install = [str(self.python), "-m", "pip", "install", "--quiet"]
        subprocess.run(make, check=True)
        subprocess.run([*install, REFERENCE], check=True)

    def load(self, y_true: np.ndarray, y_preds: np.ndarray) -> None:
        """Store the fold that `run` blends."""
        np.save(self.scratch / "y_true.npy", y_true)
        np.save(self.scratch / "y_preds.npy", y_preds)

    def run(self, metric: str, n_submissions: int) -> Run:
        """Blend the first submissions of the stored fold with ramp-workflow."""
        arrays = [str(self.scratch / name) for name in ("y_true.npy", "y_preds.npy")]
        script = str(HERE / "blend_reference.py")
        done = subprocess.run(
            [str(self.python), script, metric, *arrays, str(n_submissions)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": ""},
        )
        result = json.loads(done.stdout.splitlines()[-1])
        return Run(n_submissions, result["seconds"], result["selection"])


def work(run_or_size: tuple[int, int], n_rows: int) -> tuple[float, float]:
    """Return the terms of the growth law: combinations scored, and values that they combine.

    Each step combines every submission with the m members so far, from scratch.
    """
    n_submissions, n_members = run_or_size
    steps = range(1, n_members + 1)
    return n_submissions * n_members, n_submissions * n_rows * sum(m + 1 for m in steps)


def fit(runs: list[Run], n_rows: int) -> np.ndarray:
    """Fit seconds = a · combinations + b · values, in relative least squares, neither negative."""
    seconds = np.array([run.seconds for run in runs])
    terms = np.array([work((run.n_submissions, len(run.selection)), n_rows) for run in runs])
    relative, ones = terms / seconds[:, None], np.ones(len(runs))
    law = np.linalg.lstsq(relative, ones, rcond=None)[0]
    if law[0] < 0:  # large stacks cost more per value than small ones
        law = np.array([0.0, ones @ relative[:, 1] / np.sum(np.square(relative[:, 1]))])
    return law


def folds(options: argparse.Namespace, metric: str) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield the folds one by one."""
    for fold in range(options.folds):
        yield make_fold(metric, fold, options.submissions, options.rows, options.classes)


def check_same(ours: Run, reference: Run) -> None:
    """Stop if the two selected other members."""
    if ours.selection != reference.selection:
        sys.exit(f"selections differ: ours {ours.selection}, reference {reference.selection}")


def compare(options: argparse.Namespace, metric: str, reference: Reference | None) -> None:
    """Time one metric and print what was found."""
    ours, measured, pilots, predicted, redrawn = [], [], [], 0.0, 0.0
    law = np.zeros(2)
    for y_true, y_preds in folds(options, metric):
        ours.append(run_ours(metric, y_true, y_preds))
        if options.draws:
            redrawn += run_draws(metric, y_true, y_preds, options.draws)
        if reference is None:
            continue
        reference.load(y_true, y_preds)
        if not pilots:
            for size in PILOT_SUBMISSIONS:
                pilots.append(reference.run(metric, min(size, options.submissions)))
                check_same(run_ours(metric, y_true, y_preds[:size]), pilots[-1])
            law = fit(pilots, options.rows)
        expected = float(law @ work((options.submissions, len(ours[-1].selection)), options.rows))
        if sum(run.seconds for run in measured) + expected > options.budget:
            predicted += expected
            continue
        measured.append(reference.run(metric, options.submissions))
        check_same(ours[-1], measured[-1])
        law = fit([*pilots, *measured], options.rows)
    report(options, metric, ours, measured, predicted, law if pilots else None)
    if options.draws:
        print(f"  rampflow, selected anew on {options.draws} draws of the rows  {redrawn:.2f} s")


def report(
    options: argparse.Namespace,
    metric: str,
    ours: list[Run],
    measured: list[Run],
    predicted: float,
    law: np.ndarray | None,
) -> None:
    """Print one metric's result."""
    our_seconds = sum(run.seconds for run in ours)
    members = [len(run.selection) for run in ours]
    print(
        f"{metric}: {options.submissions} submissions x {options.folds} folds x {options.rows} rows"
    )
    print(f"  members per fold     {min(members)} to {max(members)}")
    print(f"  rampflow             {our_seconds:.2f} s")
    if law is None:
        return
    seconds = sum(run.seconds for run in measured) + predicted
    how = "measured, every fold, identical selections"
    if len(measured) < options.folds:
        how = (
            f"{len(measured)} of {options.folds} folds measured (identical selections, as for "
            f"{', '.join(map(str, PILOT_SUBMISSIONS))} submissions), the others by the law\n"
            f"                       s = {law[0]:.2e} * combinations + {law[1]:.2e} * values"
        )
    print(f"  ramp-workflow 0.7.0  {seconds:.1f} s ({how})")
    print(f"  ratio                {seconds / our_seconds:.0f}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--folds", type=int, default=8)
    parser.add_argument("--rows", type=int, default=5000, help="validation rows of each fold")
    parser.add_argument("--metric", choices=["rmse", "accuracy"], action="append")
    parser.add_argument("--classes", type=int, default=2, help="of accuracy")
    parser.add_argument("--budget", type=float, default=900, help="seconds for the reference")
    parser.add_argument("--environment", type=Path, help="keep the reference's environment here")
    parser.add_argument("--draws", type=int, default=0, help="select anew on draws of the rows")
    parser.add_argument("--no-reference", action="store_true", help="time rampflow alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as folder:
        scratch = Path(folder)
        environment = options.environment or scratch / "environment"
        reference = None if options.no_reference else Reference(environment, scratch)
        for metric in options.metric or ["rmse", "accuracy"]:
            compare(options, metric, reference)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of rampflow, data included: {peak:.2f} GiB")


if __name__ == "__main__":
    main()
