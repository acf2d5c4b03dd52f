"""A submission may do what it likes: the run ends well, and its row says what happened."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psutil
import pytest

from tests.support.toy_code import LINE, MEAN, SLOPES
from tests.support.toys import Toy, make_toy


def regressor(fit: str = "pass", predict: str = "return np.zeros(len(X))", head: str = "") -> str:
    """Return a submission made of two statements."""
    return f"""
import os, signal, sys, threading, time
import numpy as np
{head}

class Regressor:
    def fit(self, X, y):
        {fit}

    def predict(self, X):
        {predict}
"""


DAEMON = """
def detach(seconds):
    '''Leave a process that belongs to nobody: fork, setsid, fork.'''
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writing, b".")
            os.execvp("sleep", ["sleep", seconds])
        os._exit(0)
    os.wait()
    assert os.read(reading, 1) == b"."
"""
FAILING = {
    # model: (code, status, words of the reason)
    "raises": (regressor('raise ValueError("no fit today")'), "error", "ValueError: no fit today"),
    "one_fold": (regressor("assert X[0, 0] == 1, X[0, 0]"), "error", "fold 1, train: Assertion"),
    "exits": (regressor("sys.exit(0)"), "error", "ended with exit code 0 before it answered"),
    "killed": (regressor("os.kill(os.getpid(), signal.SIGKILL)"), "signal", "SIGKILL"),
    "crashes": (
        regressor(predict="os.kill(os.getpid(), signal.SIGSEGV)"),
        "signal",
        "predict: ended by SIGSEGV",
    ),
    "loops": (regressor("while True: pass"), "timeout", "its limit of 2 s"),
    "eats": (
        regressor("while not time.sleep(0.01): HELD.append(np.ones(10**6))", head="HELD = []"),
        "memory",
        "its limit of 300 MB",
    ),
    "prints": (regressor("while True: print('x' * 10**5)"), "output", "printed more than"),
    "wide": (regressor(predict="return np.zeros((len(X), 2))"), "bad_predictions", "have shape"),
    "nan": (
        regressor(predict="return np.where(X[:, 0] == 4, np.nan, 0)"),
        "bad_predictions",
        "hold 1 values that are not finite, first in row 4",
    ),
    "words": (regressor(predict="return ['many'] * len(X)"), "error", "are not numbers"),
    "short": (regressor(predict="return np.zeros(3)"), "error", "returned 3 rows; 6 were expected"),
    "no_python": ("class Regressor(:\n", "error", "SyntaxError"),
    "no_class": ("class Regresor:\n    pass\n", "error", "it defines Regresor"),
    "socket_held": (
        regressor("os.fork() or time.sleep(600); os._exit(3)"),
        "error",
        "ended with exit code 3 before it answered",
    ),
}
WORKING = ("honest", "unpicklable", "daemon", "thread")
RESOURCES = {"loops": {"time_s": 2.0}, "eats": {"memory_mb": 300}}


SECONDS = f"600.{os.getpid()}"
"""By this the daemons of this test are known: their numbers are other ones inside a sandbox."""


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    toy = make_toy(tmp_path_factory.mktemp("failures") / "toy", submissions=False)
    working: dict[str, str | dict[str, str]] = {
        "honest": {"regressor.py": LINE, "slopes.py": SLOPES},
        "unpicklable": MEAN.replace("self.mean =", "self.rows = (row for row in X); self.mean ="),
        "daemon": regressor(f"detach({SECONDS!r})", head=DAEMON),
        "thread": regressor("threading.Thread(target=time.sleep, args=(600,)).start()"),
    }
    for model, code in working.items():
        toy.add_submission("good", model, code)
    for model, (bad_code, _, _) in FAILING.items():
        toy.add_submission("bad", model, bad_code, resources=RESOURCES.get(model, {}))
    toy.run("run").ok()
    return toy


@pytest.mark.slow
class TestOneRun:
    """All of them in one event."""

    def test_the_board_is_complete(self, evaluated: Toy) -> None:
        names = {f"bad/{model}" for model in FAILING} | {f"good/{model}" for model in WORKING}
        assert set(evaluated.rows()) == names
        ranks = {name: row["rank"] for name, row in evaluated.rows().items() if row["rank"]}
        assert set(ranks) == {f"good/{model}" for model in WORKING}
        assert sorted(ranks.values()) == [1, 2, 3, 4]
        assert ranks["good/honest"] == 1

    @pytest.mark.parametrize("model", FAILING)
    def test_a_failure_is_a_row_that_says_what_happened(self, evaluated: Toy, model: str) -> None:
        _, status, words = FAILING[model]
        row = evaluated.rows()[f"bad/{model}"]
        assert (row["rank"], row["score"], row["contributivity"]) == (None, None, None)
        assert row["status"] == status, row["reason"]
        assert words in row["reason"]
        assert row["n_folds_failed"] == (1 if model == "one_fold" else 2)

    def test_a_traceback_holds_the_teams_own_frames_only(self, evaluated: Toy) -> None:
        log = evaluated.rows()["bad/raises"]["log"]
        assert 'File "regressor.py", line 8, in fit' in log
        assert 'raise ValueError("no fit today")' in log
        assert log.count("File ") == 1
        assert str(evaluated.root) not in json.dumps(evaluated.board())

    def test_a_failure_is_never_blended(self, evaluated: Toy) -> None:
        blend = json.loads((evaluated.results / "blend" / "blend.json").read_text())
        assert blend["candidates"] == [f"good/{model}" for model in sorted(WORKING)]
        assert all("bad/" not in name for fold in blend["folds"] for name in fold["selection"])

    def test_a_fold_that_worked_keeps_its_predictions(self, evaluated: Toy) -> None:
        cell = evaluated.index()["bad/one_fold", 0]
        assert (cell / "test.npy").exists()
        assert not (evaluated.index()["bad/one_fold", 1] / "test.npy").exists()

    def test_what_cannot_be_pickled_trains_and_predicts_in_one_process(
        self, evaluated: Toy
    ) -> None:
        for model, expected in (("unpicklable", True), ("honest", False)):
            record = json.loads((evaluated.index()[f"good/{model}", 0] / "cell.json").read_text())
            assert (record["status"], record["one_process"]) == ("ok", expected)

    def test_nothing_is_left_behind(self, evaluated: Toy) -> None:
        # that they were there once is what the rank of good/daemon says: it waits for a word
        commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
        assert not [words for words in commands if SECONDS in words]
        # known by where they live: the system may have given their numbers to others since
        assert living_below(evaluated.root) == []
        work = evaluated.root / "results" / "work"
        assert not work.exists() or [*work.iterdir()] == []

    def test_a_failure_is_a_result_and_not_tried_again(self, evaluated: Toy) -> None:
        assert evaluated.ask("plan").out.endswith("nothing to do\n")
        status = evaluated.ask("status")
        assert status.code == 0
        assert "failed" in status.out
        assert "up to date" in status.out


def living_below(folder: Path) -> list[str]:
    """Return the processes whose current folder or temporary folder lies below a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            places = [process.cwd(), process.environ().get("TMPDIR", "")]
            if any(place.startswith(str(folder) + os.sep) for place in places):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
