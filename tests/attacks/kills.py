"""Kill processes of an evaluation at random and look at every status: ``python -m
tests.attacks.kills CELLS [TIER]``.

Cells of an honest submission are computed by the commands that the rules call. At a random moment a
random process of each job is killed from outside: the supervisor, bubblewrap, the preloaded
process, the runner. A job that fails is started again, as Snakemake does.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rampflow.cell.prepare import prepare
from rampflow.cell.processes import descendants
from rampflow.cell.task import write_packs, write_tasks
from rampflow.paths import Project
from rampflow.plan.plan import make_plan
from rampflow.problems.contract import load_problem
from tests.support.toy_code import PROBLEM, READING, TEST, TRAIN
from tests.support.toys import EVENT, REPO, make_toy

N_FOLDS = 10
MOST_STARTS, KILLED_STARTS = 40, 3
BETWEEN = 0.2, 1.5  # seconds after a start; the fits of a job take as many, and it takes more
_WARM = "rampflow.cell.warm"
CODE = """
import time
import numpy as np


class Regressor:
    def fit(self, X, y):
        time.sleep(0.15)

    def predict(self, X):
        return np.zeros(len(X))  # {number}
"""


class Evaluation:
    """A toy event whose jobs are killed.

    Parameters
    ----------
    folder : Path
        Where; not there yet.
    n_cells : int
        How many cells; rounded up to whole submissions.
    tier : str
        The event's word for the sandbox.
    """

    def __init__(self, folder: Path, n_cells: int, tier: str) -> None:
        problem = PROBLEM.replace("rows % 2", f"rows % {N_FOLDS}").replace(
            "range(2)", f"range({N_FOLDS})"
        )
        self.toy = make_toy(folder, problem, submissions=False)
        for name, content in (("train", TRAIN), ("test", TEST)):
            self.toy.write(f"problems/toy/data/{name}.csv", content)
        self.toy.write("problems/toy/reading.py", READING)
        self.toy.configure(sandbox=tier)
        for number in range(-(-n_cells // N_FOLDS)):
            self.toy.add_submission("honest", f"model{number}", CODE.format(number=number))
        self.project = Project(self.toy.root)
        plan = make_plan(self.project, EVENT)
        problem_code = load_problem(self.project.problem("toy"))
        prepare(problem_code, plan.prepared, plan.prepare_parts, plan.loaded.event.seed)
        self.tasks = make_plan(self.project, EVENT).tasks
        write_tasks(self.project, self.tasks)
        self.packs = {f"pack{number}": keys for number, keys in enumerate(self.tasks.keys)}
        reliefs = {f"relief{number}": keys[::-1] for number, keys in enumerate(self.tasks.keys)}
        write_packs(self.project, EVENT, self.packs | reliefs)
        self.killed: Counter[str] = Counter()
        self.hit: set[str] = set()

    def run(self, kills: random.Random, at_once: int = 2) -> None:
        """Run every job, killing one process in each of its first starts."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda number: self._run_job(number, kills), range(len(self.packs))))

    def _run_job(self, number: int, kills: random.Random) -> None:
        keys = self.packs[f"pack{number}"]
        for start in range(MOST_STARTS):
            job = self._start(self._script(number, keys))
            if start < KILLED_STARTS:
                self._kill_one(job.pid, kills, it_itself=number == start == 0)
            if job.wait() == 0 and self._all_there(keys):
                return

    def statuses(self) -> dict[str, str]:
        """Return key → status of every cell, ``lost`` where there is none."""
        found = {}
        for key in (key for keys in self.packs.values() for key in keys):
            record = self.project.cell(key).record
            is_there = record.exists()
            found[key] = json.loads(record.read_text())["status"] if is_there else "lost"
        return found

    def blamed(self) -> dict[str, str]:
        """Return the cells that failed although nobody killed their runner itself."""
        return {
            key: status
            for key, status in self.statuses().items()
            if status != "ok" and not (status == "signal" and key in self.hit)
        }

    def _script(self, number: int, keys: list[str]) -> str:
        """Return a job: a pack, in turn with its relief, or the steps of one cell after another."""
        pack, relief = f"pack{number}", f"relief{number}"
        if number % 4 == 3:
            steps = [(step, key) for key in keys for step in ("train", "predict")]
            return " && ".join(_step(step, key) for step, key in steps)
        if number % 4 == 1:
            return f"{_step('relief', relief)} & {_step('pack', pack)}; code=$?; wait; exit $code"
        return f"exec {_step('pack', pack)}"

    def _start(self, script: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["sh", "-c", script],
            cwd=self.toy.root,
            env={**os.environ, "PYTHONPATH": str(REPO / "workflow")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _all_there(self, keys: list[str]) -> bool:
        return all(self.project.cell(key).record.exists() for key in keys)

    def _kill_one(self, job: int, kills: random.Random, *, it_itself: bool) -> None:
        """Kill a random process of a job at a random moment, or its first one: the supervisor."""
        time.sleep(kills.uniform(*BETWEEN))
        found = [pid for pid in (job, *descendants(job)) if "rampflow" in command_of(pid)]
        if not found:
            return
        pid = job if it_itself else kills.choice(found)
        role = self._role(pid, found)
        if role == "runner":
            self.hit |= self._under_way()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed[role] += 1

    def _role(self, pid: int, found: list[int]) -> str:
        """Name a process by its command, its age and what is below it."""
        command = command_of(pid)
        if " step " in command:
            return "supervisor"
        if "bwrap" in command.split(" ")[0]:
            return "bubblewrap"
        for supervisor in (other for other in found if " step " in command_of(other)):
            preloaded = [p for p in descendants(supervisor) if _WARM in command_of(p)]
            if pid == min(preloaded, key=started, default=0) and " step " not in command:
                return "preloaded"
        return "first" if descendants(pid) else "runner"

    def _under_way(self) -> set[str]:
        """Return the cells that are being computed: a runner may have been of any of them."""
        works = self.project.work("x").folder.parent
        return {path.name for path in works.iterdir() if path.is_dir()}


def _step(step: str, key: str) -> str:
    """Return what a rule calls, as a line of the shell."""
    return f"'{sys.executable}' -m rampflow step {step} --event {EVENT} --key {key}"


def command_of(pid: int) -> str:
    """Return the command line of a process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def started(pid: int) -> int:
    """Return when a process was started, in ticks of the clock."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return 0


def main(arguments: list[str]) -> int:
    """Compute and kill; print what became of it, and return 0 if every status is true."""
    n_cells, tier = int(arguments[0]), (arguments[1:] or ["auto"])[0]
    seed = random.randrange(2**32)
    with tempfile.TemporaryDirectory(prefix="rampflow-kills-") as folder:
        evaluation = Evaluation(Path(folder) / "toy", n_cells, tier)
        evaluation.run(random.Random(seed))
        statuses: Any = Counter(evaluation.statuses().values())
        print(f"seed {seed}, killed {dict(evaluation.killed)}, cells {dict(statuses)}")
        blamed = evaluation.blamed()
    print("wrong:", blamed or "none")
    return min(len(blamed), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
