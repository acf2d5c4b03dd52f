"""The process that runs a submission: it trains and predicts, and holds no hidden label.

Started by `rampflow.cell.supervise` as ``python -m rampflow.cell.runner CHANNEL CHECK_CHANNEL``,
both inherited sockets. It answers requests (see `Runner`) until the channel is closed. Everything
it sends back is numbers and text.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import os
import random
import socket
import sys
import time
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from rampflow.cell import wire
from rampflow.cell.failure import describe
from rampflow.cell.processes import end_with_parent
from rampflow.data import store
from rampflow.data.growing import Growing
from rampflow.errors import SubmissionError
from rampflow.problems.contract import Problem, load_problem
from rampflow.sandbox.confine import confined


class Runner:
    """What a runner can be asked, one method per request.

    Parameters
    ----------
    channel : socket
        Where it answers.
    check : socket
        Where a sibling made by `fork` answers.
    """

    def __init__(self, channel: socket.socket, check: socket.socket) -> None:
        self.channel, self.check = channel, check
        self.problem: Problem
        self.submission = ""
        self.seed = 0
        self.fold = 0
        self.trained: Any = None
        self.X: Any = None
        self.shown = Growing()

    def setup(
        self, problem: str, submission: str, seed: int, fold: int, entry: list[str] | None = None
    ) -> dict[str, Any]:
        """Load the problem; the submission is loaded by its workflow.

        `entry` lists the files handed in for the workflow; without it, every file is one.
        """
        self.submission, self.seed, self.fold = submission, seed, fold
        preload(Path(submission))
        sys.path.insert(0, submission)
        self.problem = load_problem(Path(problem))
        if self.problem.sequence is not None:  # X will be one of its objects, also in the sibling
            importlib.import_module("xarray")
        _check_entry(self.problem, Path(submission), entry)
        return {}

    def open(self, inputs: str) -> dict[str, Any]:
        """Take a whole X from the prepared data."""
        self.X = store.load(Path(inputs))
        return {}

    def begin(self, template: str) -> dict[str, Any]:
        """Begin a sequence of which nothing is shown yet."""
        self.shown, self.X = Growing(Path(template).read_bytes()), None
        return {}

    def grow(self, names: list[str], *values: Any) -> dict[str, Any]:
        """Show further steps of the sequence."""
        self.shown.add(names, values)
        self.X = None  # whose memory may be used again
        self.X = self.shown.dataset()
        return {}

    def train(self, fold_folder: str, n_rows: int, most_bytes: int) -> tuple[Any, ...]:
        """Train on the fold's training rows; answer the trained submission, pickled.

        What cannot be pickled, or in too many bytes, is answered as nothing.

        Labels of other rows are not known here; where a workflow wants the whole y, they are
        filled with labels drawn from the training rows.
        """
        folder = Path(fold_folder)
        train_is = np.load(folder / "train_is.npy")
        y = _whole_y(store.load(folder / "y_train"), train_is, n_rows)
        self._seed()
        started = time.perf_counter()
        self.trained = self.problem.workflow.train_submission(self.submission, self.X, y, train_is)
        seconds = time.perf_counter() - started
        content = self._pickle(most_bytes)
        return {"seconds": seconds}, np.frombuffer(content, np.uint8)

    def load(self, names: list[str], model: Any) -> dict[str, Any]:
        """Take up what training has answered."""
        self.trained = cloudpickle.loads(model.data)
        return {}

    def fork(self) -> dict[str, Any]:
        """Split off a sibling that knows what this process knows now, and nothing it sees later.

        What the sibling is asked from one ``begin`` to ``end`` is answered by a process that it
        splits off in turn: no answer knows of another one.
        """
        if os.fork() == 0:
            self.channel.close()
            _serve_apart(self)
            os._exit(0)
        self.check.close()
        return {}

    def end(self) -> dict[str, Any]:
        """Answer nothing more: `serve` returns."""
        return {}

    def predict(
        self, *grown: Any, start: int | None = None, stop: int | None = None
    ) -> tuple[Any, ...]:
        """Predict all rows of X; answer those from `start` to `stop`.

        Of a sequence, `grown` are the further steps that are shown before, as to `grow`.

        A workflow whose `test_submission` has a parameter ``fold`` is told its number.
        """
        if grown:
            self.grow(*grown)
        test_submission = self.problem.workflow.test_submission
        wants_fold = "fold" in inspect.signature(test_submission).parameters
        more = {"fold": self.fold} if wants_fold else {}
        self._seed()
        started = time.perf_counter()
        found = test_submission(self.trained, self.X, **more)
        seconds = time.perf_counter() - started
        try:
            y_pred = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise SubmissionError(f"the predictions are not numbers: {error}") from None
        n_rows = len(y_pred) if y_pred.ndim else -1
        return {"seconds": seconds, "n_rows": n_rows}, np.atleast_1d(y_pred)[start:stop]

    def blas(self) -> dict[str, Any]:
        """Say which BLAS and OpenMP libraries are in use, for the run record."""
        with contextlib.suppress(Exception):
            from threadpoolctl import threadpool_info

            keys = ("internal_api", "version", "architecture", "num_threads")
            return {"blas": [{k: p.get(k) for k in keys} for p in threadpool_info()]}
        return {"blas": []}

    def _seed(self) -> None:
        random.seed(self.seed)
        np.random.seed(self.seed % 2**32)

    def _pickle(self, most_bytes: int) -> bytes:
        try:
            content: bytes = cloudpickle.dumps(self.trained)
            if len(content) <= most_bytes:
                return content
            why_not: object = f"{len(content)} bytes, and the limit of disk_mb is {most_bytes}"
        except Exception as error:  # anything can go wrong when a stranger's object is pickled
            why_not = repr(error)
        print(f"the trained submission cannot be kept: {why_not}", file=sys.stderr)
        return b""


def preload(submission: Path) -> None:
    """Import the libraries that a submission imports, so that no fit is timed with an import.

    Only the import statements are read; no code of the submission runs.
    """
    files = sorted(submission.glob("*.py"))
    for file in files:
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue  # the workflow will say so, with the team's own traceback
        for node in tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                if submission / f"{name.partition('.')[0]}.py" not in files:
                    with contextlib.suppress(Exception):
                        importlib.import_module(name)


def _check_entry(problem: Problem, submission: Path, entry: list[str] | None) -> None:
    """Check that a submission hands in the files that the workflow loads."""
    named = [path.name for path in submission.iterdir()] if entry is None else entry
    if missing := [file for file in problem.element_files if file not in named]:
        raise SubmissionError(
            f"the workflow wants {', '.join(problem.element_files)}; the submission names "
            f"{', '.join(sorted(named)) or 'nothing'}",
            where="submission.yaml: entry",
            do=f"hand in {', '.join(missing)}",
        )


def _whole_y(y_train: Any, train_is: Any, n_rows: int) -> Any:
    """Return labels of all rows: those of the training rows, and draws from them elsewhere.

    A row that is trained on several times has one label, so any of its places will do.
    """
    if hasattr(y_train, "iloc"):
        draws = np.random.default_rng(0).integers(len(y_train), size=n_rows)
        draws[train_is] = np.arange(len(train_is))
        return y_train.iloc[draws].reset_index(drop=True)
    values = np.asarray(y_train)
    draws = np.random.default_rng(0).integers(len(values), size=n_rows)
    draws[train_is] = np.arange(len(train_is))
    return values[draws]


OURS = ("open", "begin", "grow", "fork", "blas", "end")
"""Requests that run no code of a submission or a problem."""
REQUESTS = ("setup", "open", "begin", "grow", "train", "load", "fork", "predict", "blas", "end")


def serve(runner: Runner, channel: socket.socket) -> None:
    """Answer requests until the other side closes the channel, or says end, or one fails."""
    while True:
        try:
            header, arrays = wire.receive(channel)
        except wire.Closed:
            return
        request = header.pop("request")
        if request not in REQUESTS:
            raise ValueError(f"no request {request!r}")
        try:
            answer = getattr(runner, request)(
                *([header.pop("names")] if arrays else []), *arrays, **header
            )
        except Exception as error:
            whose = "machine" if request in OURS else "submission"
            if request == "setup" and not isinstance(error, SubmissionError):
                whose = "problem"
            wire.send(channel, {"error": describe(error, runner.submission), "whose": whose})
            return
        if isinstance(answer, tuple):
            wire.send(channel, answer[0], answer[1:])
        else:
            wire.send(channel, answer)
        if request == "end":
            return


SERVED = 86
"""The exit code of a process that has answered to the end; 0 is what ``sys.exit()`` leaves."""


def _serve_apart(runner: Runner) -> None:
    """Answer on the check channel, each time in a process of its own that knows no other time."""
    while runner.check.recv(1, socket.MSG_PEEK):
        child = os.fork()
        if child == 0:
            serve(runner, runner.check)
            os._exit(SERVED)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != SERVED:
            os._exit(1)  # a submission has ended it: the channel closes, and nobody waits


def serve_sockets(*descriptors: int) -> None:
    """Serve the supervisor at the other end of two sockets: channel and check channel."""
    channel, check = (socket.socket(fileno=descriptor) for descriptor in descriptors)
    wire.send(channel, {"armed": True, "confined": confined().as_dict()})
    serve(Runner(channel, check), channel)


def main(arguments: list[str]) -> None:
    """Serve the supervisor that passed the two sockets named in `arguments`."""
    end_with_parent()
    serve_sockets(*map(int, arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
