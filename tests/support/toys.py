"""Whole toy projects from strings, evaluated for real: the real rules, in processes of their own.

A toy has the Snakefile, the rules and the profile of this repository; its problem, its event and
its submissions are a few lines each and need numpy only, so that an evaluation takes seconds.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rampflow.commands.main import main
from tests.support.toy_code import LINE, MEAN, PROBLEM, READING, SLOPES, TEST, TRAIN

REPO = Path(__file__).parents[2]
EVENT = "toy_2015"
RUN_SECONDS = 1500
"""After this a command is ended and its test fails: no toy takes so long."""


@dataclass(frozen=True)
class Answer:
    """What a command answered.

    Parameters
    ----------
    code : int
        Its exit code.
    out, err : str
        Standard output and standard error.
    """

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both outputs, for looking for words."""
        return self.out + self.err

    def ok(self) -> Answer:
        """Return the answer, or fail with all of its words unless the exit code is 0."""
        assert self.code == 0, f"exit code {self.code}\n{self.text}"
        return self


@dataclass(frozen=True)
class Toy:
    """A toy project.

    Parameters
    ----------
    root : Path
        Its folder.
    package : Path
        The folder that holds the package `rampflow` it is evaluated with.
    """

    root: Path
    package: Path = REPO / "workflow"

    # writing

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the project; its folder is made."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the only `old` in a file by `new`."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        (self.root / path).write_text(text.replace(old, new), encoding="utf-8")

    def add_submission(
        self, team: str, model: str, code: str | dict[str, str] = MEAN, **keys: Any
    ) -> None:
        """Hand in a submission.

        Parameters
        ----------
        team, model : str
            Its folders.
        code : str or dict of str to str
            The content of ``regressor.py``, or file name → content.
        **keys
            Keys of its ``submission.yaml`` that differ from the usual ones.
        """
        files = {"regressor.py": code} if isinstance(code, str) else code
        folder = f"submissions/{EVENT}/{team}/{model}"
        for name, content in files.items():
            self.write(f"{folder}/{name}", content)
        usual = {"team": team, "submitted_at": "2015-05-21T10:00:00Z", "entry": [*files][:1]}
        self.write(f"{folder}/submission.yaml", yaml.safe_dump({**usual, **keys}))

    def configure(self, **keys: Any) -> None:
        """Set keys of the event; None takes a key away."""
        path = f"config/events/{EVENT}.yaml"
        file = self.root / path
        usual = {"title": "Toy", "problem": "toy", "phase": "closed"}
        content = yaml.safe_load(file.read_text()) if file.exists() else usual
        kept = {name: value for name, value in {**content, **keys}.items() if value is not None}
        self.write(path, yaml.safe_dump(kept))

    def copy(self, target: Path, *, with_results: bool = True) -> Toy:
        """Copy the project, with the times of its files, to a new folder."""
        left_out = shutil.ignore_patterns(".snakemake", *([] if with_results else ["results"]))
        shutil.copytree(self.root, target, symlinks=True, ignore=left_out)
        return Toy(target, self.package)

    # running

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start ``python -m …`` in the project, as leader of a session of its own."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.package),
            "NO_COLOR": "1",
            "DVC_NO_ANALYTICS": "1",
        }
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def module(self, *command: str) -> Answer:
        """Run ``python -m …`` in the project and return its answer."""
        process = self.start(*command)
        try:
            out, err = process.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Answer(process.returncode, out, err)

    def run(self, command: str, *arguments: str) -> Answer:
        """Run ``rampflow COMMAND``; an evaluation takes two cores."""
        cores = ["--cores", "2"] if command == "run" else []
        return self.module("rampflow", command, *cores, *arguments)

    def ask(self, command: str, *arguments: str) -> Answer:
        """Run ``rampflow COMMAND`` in this process: for commands that only read files."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--root", str(self.root), command, *arguments])
        return Answer(code, out.getvalue(), err.getvalue())

    def use_dvc(self) -> None:
        """Make a DVC repository without git and track the training data."""
        self.module("dvc", "init", "--no-scm", "--quiet").ok()
        self.module("dvc", "add", "--quiet", "problems/toy/data/train.csv").ok()

    def snakemake(self, *arguments: str) -> Answer:
        """Run plain ``snakemake --cores 2``."""
        return self.module("snakemake", "--cores", "2", *arguments)

    # reading

    @property
    def results(self) -> Path:
        """The results of its event."""
        return self.root / "results" / EVENT

    def board(self) -> dict[str, Any]:
        """Return ``leaderboard.json``."""
        found: dict[str, Any] = json.loads((self.results / "leaderboard.json").read_text())
        return found

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return ``team/model`` → its row of the board, in the order of the board."""
        return {f"{row['team']}/{row['model']}": row for row in self.board()["rows"]}

    def index(self) -> dict[tuple[str, int], Path]:
        """Return submission and fold → the folder of its cell, from ``cells.csv``."""
        with (self.results / "cells.csv").open(newline="") as stream:
            return {
                (f"{row['team']}/{row['model']}", int(row["fold"])): self.cells / row["key"]
                for row in csv.DictReader(stream)
            }

    @property
    def cells(self) -> Path:
        """The folder of all cells."""
        return self.root / "results" / "cells"

    def keyed_files(self) -> dict[str, str]:
        """Return the SHA-256 of every file of every cell but the run record: what a key names.

        Hidden files are no part of a cell: a writer that was killed leaves the one it had begun.
        """
        files = (
            path
            for path in self.cells.rglob("*")
            if path.is_file() and path.name != "run.json" and not path.name.startswith(".")
        )
        return {
            path.relative_to(self.cells).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    def identities(self, folder: str = "results") -> dict[str, tuple[int, int]]:
        """Return inode and modification time of every file: both stay only if nobody wrote it.

        Hidden files are none: locks, and what a killed writer had begun.
        """
        base = self.root / folder
        found = {}
        for parent, _, names in os.walk(base):  # which bears that folders go meanwhile
            for path in (Path(parent, name) for name in names):
                if path.name != "lock" and not path.name.startswith("."):
                    with contextlib.suppress(FileNotFoundError):
                        stat = path.stat()
                        found[path.relative_to(base).as_posix()] = (stat.st_ino, stat.st_mtime_ns)
        return found


def make_toy(folder: Path, problem: str = PROBLEM, *, submissions: bool = True) -> Toy:
    """Make a toy project in a new folder.

    Parameters
    ----------
    folder : Path
        Where; not there yet.
    problem : str
        The content of ``problem.py``.
    submissions : bool
        Whether two submissions are handed in: ``ants/line`` and ``bees/mean``.

    Returns
    -------
    Toy
        Two folds, ten training rows and six test rows unless `problem` says otherwise.
    """
    toy = Toy(folder)
    for name in ("Snakefile", "rules", "profiles"):
        source = REPO / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        folder.mkdir(parents=True, exist_ok=True)
        copy(source, folder / name)
    toy.write("requirements.lock", "numpy==2.4.6\n")
    toy.write("config/config.yaml", f"event: {EVENT}\n")
    toy.write("config/teams.yaml", "ants: {display_name: The Ants}\n")
    toy.configure(limits={"time_s": 120, "memory_mb": 2000})
    toy.write("problems/toy/problem.py", problem)
    if problem == PROBLEM:
        toy.write("problems/toy/reading.py", READING)
        toy.write("problems/toy/data/train.csv", TRAIN)
        toy.write("problems/toy/data/test.csv", TEST)
    if submissions:
        toy.add_submission("bees", "mean", MEAN)
        toy.add_submission(
            "ants",
            "line",
            {"regressor.py": LINE, "slopes.py": SLOPES},
            submitted_at="2015-05-21T11:00:00Z",
            builds_on=[{"submission": "bees/mean", "credit": 0.5}],
        )
    return toy
