"""Side by side with ramp-workflow's `ramp-test`: the same problem, data, folds and submissions.

    python tests/benchmarks/ramp_test.py [--submissions 4] [--cores 2] [--environment FOLDER]

Real variable stars, from the reference data ``../shared/data``. `ramp-test --submission ALL` in an
environment of its own against `rampflow run`, sandbox on, each from nothing; then one submission is
added, and both are run again. The kit's `problem.py` takes data and folds from the problem of this
repository, so both read and split alike. The bagged test scores of both are printed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from blend import Reference  # noqa: E402
from overhead import REPO, bring_kit, copy_tree, rampflow  # noqa: E402

NAME = "variable_stars"
PROBLEM = """
import importlib.util
import sys

import rampwf as rw

sys.path.insert(0, {package!r})
spec = importlib.util.spec_from_file_location("ours", {file!r})
ours = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ours)

problem_title = "Variable stars"
Predictions = rw.prediction_types.make_multiclass(label_names=list(ours.CLASSES))
workflow = rw.workflows.FeatureExtractorClassifier()
score_types = [
    rw.score_types.Accuracy(name="accuracy", precision=3),
    rw.score_types.NegativeLogLikelihood(name="nll", precision=3),
]


def get_cv(X, y):
    return ours.get_cv(X, y)


def get_train_data(path="."):
    return ours.get_train_data({folder!r})


def get_test_data(path="."):
    return ours.get_test_data({folder!r})
"""
FIT = '\n\nif not hasattr({name}, "fit"):\n    {name}.fit = lambda self, X, y: None\n'
"""What ramp-workflow wants of a feature extractor that has nothing to learn."""


def make_kit(kit: Path, tree: Path) -> None:
    """Write a RAMP kit of the problem."""
    kit.mkdir()
    folder = tree / "problems" / f"{NAME}_observed"
    values = {"package": str(tree / "workflow"), "folder": str(folder)}
    text = PROBLEM.format(file=str(folder / "problem.py"), **values)
    (kit / "problem.py").write_text(text)


def hand_in(kit: Path, submission: Path) -> None:
    """Copy a submission into a kit."""
    target = kit / "submissions" / f"{submission.parent.name}_{submission.name}"
    shutil.copytree(submission, target, ignore=shutil.ignore_patterns("submission.yaml"))
    with (target / "feature_extractor.py").open("a") as stream:
        stream.write(FIT.format(name="FeatureExtractor"))


def ramp_test(python: Path, kit: Path) -> tuple[float, str]:
    """Run `ramp-test` on all submissions of a kit; return its wall seconds and what it printed."""
    started = time.perf_counter()
    command = [python.parent / "ramp-test", "--submission", "ALL", "--ramp-kit-dir", kit]
    environment = os.environ | {"PYTHONPATH": ""}
    done = subprocess.run(
        [str(word) for word in command], cwd=kit, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"ramp-test ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started, done.stdout


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as name:
        yield Path(name)


def main() -> None:
    """Run both and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=4, help="at the start")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--environment", type=Path, help="of ramp-workflow, kept for the next run")
    options = parser.parse_args()
    with scratch() as folder:
        tree, kit = copy_tree(REPO, folder / "tree"), folder / "kit"
        event = bring_kit(tree, NAME, folder)
        make_kit(kit, tree)
        everyone = sorted((tree / "submissions" / event).glob("*/*"))
        submissions = [path for path in everyone if (path / "feature_extractor.py").exists()]
        submissions = submissions[: options.submissions + 1]
        for path in everyone:
            if path not in submissions[:-1]:
                shutil.move(path, folder / f"{path.parent.name}.{path.name}")
        for path in submissions[:-1]:
            hand_in(kit, path)
        reference = Reference(options.environment or folder / "environment", folder)
        print(f"{NAME}, {len(submissions) - 1} submissions x 8 folds, {options.cores} cores")
        compare("from nothing", tree, event, kit, reference.python, options.cores)
        last = submissions[-1]
        shutil.move(folder / f"{last.parent.name}.{last.name}", last)
        hand_in(kit, last)
        compare("one submission added", tree, event, kit, reference.python, options.cores)


def compare(title: str, tree: Path, event: str, kit: Path, python: Path, cores: int) -> None:
    """Run both once and print a line."""
    theirs, said = ramp_test(python, kit)
    ours = rampflow(tree, "run", "--cores", str(cores), event)
    print(f"{title:<24}ramp-test {theirs:7.1f} s   rampflow {ours:7.1f} s   {theirs / ours:5.1f} x")
    board = (tree / "results" / event / "leaderboard.csv").read_text().splitlines()
    words = re.sub(r"\x1b\[[0-9;]*m", "", said)
    for name, line in re.findall(r"Testing (\w+)|^\s*(test\s+[\d.]+.*)$", words, re.MULTILINE):
        print(f"    ramp-test {name or line.strip()}")
    print("    " + "\n    ".join(",".join(row.split(",")[:6]) for row in board))


if __name__ == "__main__":
    main()
