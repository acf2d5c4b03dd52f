"""Side by side with ramp-workflow's `ramp-test`: the same problem, data, folds and submissions.

    python tests/benchmarks/ramp_test.py [--submissions 7] [--cores 2] [--environment FOLDER]

Real variable stars, from the reference data ``../shared/data``. `ramp-test`, in an environment of
its own, takes one submission after the other; `rampflow run`, sandbox on, all of them, to the board
and its page. Then one submission is added. `ramp-test` keeps nothing, so all are run again for a
board; what the new one takes alone is printed as well. The kit's `problem.py` takes data and folds
from the problem of this repository, so both read and split alike. Bagged accuracies are printed.
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

import yaml

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
LEFT_OUT = ("fog_horns",)
"""A team whose submissions fail on purpose."""
FIT = '\n\nif not hasattr({name}, "fit"):\n    {name}.fit = lambda self, X, y: None\n'
"""What ramp-workflow wants of a feature extractor that has nothing to learn."""


def make_kit(kit: Path, tree: Path) -> None:
    """Write a RAMP kit of the problem."""
    kit.mkdir()
    folder = tree / "problems" / f"{NAME}_observed"
    values = {"package": str(tree / "workflow"), "folder": str(folder)}
    text = PROBLEM.format(file=str(folder / "problem.py"), **values)
    (kit / "problem.py").write_text(text)


def handed_in(submission: Path) -> str:
    """Return when a submission was handed in: those it builds on came earlier."""
    return str(yaml.safe_load((submission / "submission.yaml").read_text())["submitted_at"])


def forget_left_out(submissions: list[Path]) -> None:
    """Take out of submissions what they build on, if that is left out."""
    for submission in submissions:
        file = submission / "submission.yaml"
        content = yaml.safe_load(file.read_text())
        built_on = content.get("builds_on", [])
        kept = [one for one in built_on if one["submission"].split("/")[0] not in LEFT_OUT]
        file.write_text(yaml.safe_dump({**content, "builds_on": kept}))


def hand_in(kit: Path, submission: Path) -> str:
    """Copy a submission into a kit and return its name there."""
    name = f"{submission.parent.name}_{submission.name}"
    target = kit / "submissions" / name
    shutil.copytree(submission, target, ignore=shutil.ignore_patterns("submission.yaml"))
    with (target / "feature_extractor.py").open("a") as stream:
        stream.write(FIT.format(name="FeatureExtractor"))
    return name


def ramp_test(python: Path, kit: Path, name: str) -> float:
    """Run `ramp-test` on a submission, print its bagged accuracy, and return its wall seconds."""
    started = time.perf_counter()
    command = [str(python.parent / "ramp-test"), "--submission", name, "--ramp-kit-dir", str(kit)]
    # modules beside the entry files are not found otherwise
    environment = os.environ | {"PYTHONPATH": str(kit / "submissions" / name)}
    done = subprocess.run(command, cwd=kit, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"ramp-test ended with {done.returncode}\n{done.stdout}{done.stderr}")
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).partition("Bagged scores")[2]
    score = re.search(r"test\s+([\d.]+)", said)
    print(f"    {name:<36}{seconds:7.1f} s   {score[1] if score else '?'}", flush=True)
    return seconds


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as name:
        yield Path(name)


def main() -> None:
    """Run both and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=7, help="at the start")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--environment", type=Path, help="of ramp-workflow, kept for the next run")
    options = parser.parse_args()
    with scratch() as folder:
        tree, kit = copy_tree(REPO, folder / "tree"), folder / "kit"
        event = bring_kit(tree, NAME, folder)
        make_kit(kit, tree)
        everyone = sorted((tree / "submissions" / event).glob("*/*"), key=handed_in)
        submissions = [path for path in everyone if path.parent.name not in LEFT_OUT]
        submissions = submissions[: options.submissions + 1]
        forget_left_out(submissions)
        for path in everyone:
            if path not in submissions[:-1]:
                shutil.move(path, folder / f"{path.parent.name}.{path.name}")
        names = [hand_in(kit, path) for path in submissions[:-1]]
        reference = Reference(options.environment or folder / "environment", folder)
        print(f"{NAME}, {len(names)} submissions x 8 folds, {options.cores} cores")
        ours = rampflow(tree, "run", "--cores", str(options.cores), event)
        theirs = [ramp_test(reference.python, kit, name) for name in names]
        show("from nothing", sum(theirs), ours)
        last = submissions[-1]
        shutil.move(folder / f"{last.parent.name}.{last.name}", last)
        again = rampflow(tree, "run", "--cores", str(options.cores), event)
        new = ramp_test(reference.python, kit, hand_in(kit, last))
        show("one submission added, all again", sum(theirs) + new, again)
        show("one submission added, the new one alone", new, again)
        board = (tree / "results" / event / "leaderboard.csv").read_text().splitlines()
        print("    " + "\n    ".join(",".join(row.split(",")[:5]) for row in board))


def show(title: str, theirs: float, ours: float) -> None:
    """Print a line."""
    print(f"{title:<42}ramp-test {theirs:7.1f} s   rampflow {ours:7.1f} s   {theirs / ours:5.1f} x")


if __name__ == "__main__":
    main()
