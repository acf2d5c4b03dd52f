"""Run attacks and say what was seen: ``python -m tests.attacks.stage FOLDER TIER START SECONDS …``.

The seconds are those that an attack waits for another process; names of attacks follow. Started by
`tests.attacks.account`, as root or as an ordinary user. Each attack is handed in to the project of
a `Scene` and run by the functions that the rules call, in a job of its own. What is printed is one
line of JSON for each attack.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from rampflow.cell import processes
from rampflow.cell.pack import run_pack
from rampflow.cell.predict import predict
from rampflow.cell.task import TaskFile
from rampflow.cell.train import train
from rampflow.errors import Fault
from tests.attacks import leftovers
from tests.attacks.answers import ANSWERS, MODEL
from tests.attacks.attack import Attack, Tier
from tests.attacks.catalogue import ATTACKS
from tests.attacks.honest import HONEST
from tests.attacks.scene import HERE, USUAL_LIMITS, Scene
from tests.attacks.seen import Seen, overran
from tests.attacks.watch import Watch

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 300.0
"""So long a job may take beyond the time limits of its steps."""
BARE_LOOP_SECONDS = 2.0
"""So long a job of which no limit is kept may loop."""
FAULT, BROKEN = 75, 70


class Stage:
    """Where attacks of one tier are run, one after the other.

    Parameters
    ----------
    folder : Path
        For everything that is made.
    tier : Tier
        How submissions are confined.
    start : str
        ``warm``: the folds of an attack share a start. ``fresh``: every step is a new interpreter.
    patience : float
        Seconds that an attack waits for what another process does.
    """

    def __init__(self, folder: Path, tier: Tier, start: str, patience: float) -> None:
        processes.become_reaper()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # an attack sends it to everybody
        self.folder, self.tier, self.start = folder, tier, start
        self.scene = Scene(folder, tier, Path(processes.__file__).parents[2], patience)
        processes.OWNED.add(self.scene.victim.pid)
        self.work = self.scene.project.work("x").folder.parent
        if self._bare:
            self.work = folder / "bare"
        # as a shell or a scheduler may leave it: open for everything that is started
        labels = self.scene.prepared.labels("test") / "value.npy"
        os.set_inheritable(os.open(labels, os.O_RDONLY), True)

    def run(self, attack: Attack) -> Seen:
        """Run one attack and return what was seen."""
        scene = self.scene
        scene.unread()
        tasks = scene.hand_in(attack)
        folds = [0] if attack.folds == "one" else [0, 1]
        keys = [tasks.keys[0][fold] for fold in folds]
        seen = Seen(set(scene.numbers), self._hidden(folds), scene.token)
        before = scene.state()
        watch = Watch(self.work, counts_jobs=self._bare)
        for group in self._groups(attack, folds):
            self._run_jobs(attack, tasks, keys, group, watch, seen)
        seen.survivors = self._survivors()
        processes.kill_all(os.getpid(), spare={self.scene.victim.pid})
        seen.peak = watch.peak
        for fold, key in zip(folds, keys, strict=True):
            self._read_cell(seen, fold, key)
        seen.heard = scene.ears.heard()
        after = scene.state()
        seen.changed = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
        seen.victim = scene.victim.changes()
        self._clean(seen, keys)
        return seen

    @property
    def _bare(self) -> bool:
        return self.tier is Tier.BARE

    def _hidden(self, folds: list[int]) -> dict[tuple[int, str], Any]:
        labels = self.scene.labels
        rows = np.arange(len(labels["train"]))
        hidden = {(fold, "valid"): labels["train"][rows % 2 == fold] for fold in folds}
        return hidden | {(fold, "test"): labels["test"] for fold in folds}

    def _groups(self, attack: Attack, folds: list[int]) -> list[list[list[int]]]:
        """Return the folds of each job, the jobs that run at the same time, one after another."""
        if attack.folds == "at once":
            return [[[fold] for fold in folds]]
        return [[[fold]] for fold in folds] if self._bare else [[folds]]

    def _run_jobs(
        self,
        attack: Attack,
        tasks: TaskFile,
        keys: list[str],
        groups: list[list[int]],
        watch: Watch,
        seen: Seen,
    ) -> None:
        """Run jobs at the same time, each for some folds, and watch them to their end."""
        running: dict[int, list[int]] = {}
        for folds in groups:
            pid = os.fork()
            if pid == 0:
                self._be_a_job(attack, tasks, keys, folds)
            running[pid] = folds
        end = time.monotonic() + self._patience(attack)
        while running:
            watch.look(list(running))
            time.sleep(LOOK_SECONDS)
            for pid in list(running):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    code = os.waitstatus_to_exitcode(status)
                    seen.exits |= dict.fromkeys(running.pop(pid), code)
            if time.monotonic() > end:
                seen.hung = True
                for pid in running:
                    os.kill(pid, signal.SIGKILL)
                end = float("inf")

    def _patience(self, attack: Attack) -> float:
        """Return the seconds after which a job hangs; where nothing stops a loop, few will do."""
        limit = float(attack.limits.get("time_s", USUAL_LIMITS["time_s"]))
        if self._bare:
            return BARE_LOOP_SECONDS if attack.success is overran else limit
        return 2 * limit + PATIENCE_SECONDS

    def _survivors(self) -> list[str]:
        """Return the commands of processes that hang below this one, all jobs being gone."""
        processes.reap()
        found = []
        for pid in processes.descendants(os.getpid(), {self.scene.victim.pid}):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if command:  # a zombie has none
                    found.append(command.replace(b"\0", b" ").decode(errors="replace"))
        return found

    def _be_a_job(
        self, attack: Attack, tasks: TaskFile, keys: list[str], folds: list[int]
    ) -> NoReturn:
        """Be what a rule starts: supervise the steps of some cells, and score them."""
        code = BROKEN
        try:
            output = os.open(self._log(keys[folds[0]]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for standard in (1, 2):
                os.dup2(output, standard)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            if self._bare:
                self._become_naive(attack, keys[folds[0]], folds[0])
            self._compute(tasks, [keys[fold] for fold in folds])
            code = 0
        except Fault:
            code = FAULT
            traceback.print_exc()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _compute(self, tasks: TaskFile, keys: list[str]) -> None:
        project = self.scene.project
        if self.start == "warm":
            run_pack(project, tasks, f"pack_{keys[0]}", keys)
            return
        from rampflow.cell.score import score_cells

        for key in keys:
            train(project, tasks, key)
            predict(project, tasks, key)
        score_cells(project, self.scene.problem, tasks, keys)

    def _become_naive(self, attack: Attack, key: str, fold: int) -> NoReturn:
        out = self.work / key
        out.mkdir(parents=True)
        os.chdir(out)
        submission = self.scene.submission(attack)
        prepared = self.scene.prepared.folder
        words = [sys.executable, str(HERE / "naive.py"), prepared, submission, str(fold), "."]
        one_thread = dict.fromkeys(processes.THREAD_VARIABLES, "1")
        os.execve(sys.executable, words, {**os.environ, **one_thread, "TMPDIR": str(out)})

    def _log(self, key: str) -> Path:
        return self.folder / f"{key}.log"

    def _read_cell(self, seen: Seen, fold: int, key: str) -> None:
        """Read a cell as far as there is one."""
        cell = self.scene.project.cell(key)
        seen.statuses[fold], seen.reasons[fold] = "none", ""
        folder = self.work / key if self._bare else cell.folder
        if cell.record.exists():
            record = json.loads(cell.record.read_text())
            seen.statuses[fold], seen.reasons[fold] = record["status"], record["reason"]
            seen.cell += cell.record.read_text()
        for path in (self._log(key), cell.record, cell.run, cell.model / "model.pkl"):
            if path.exists() and (self._bare or path != self._log(key)):
                seen.logs += path.read_bytes()[:1_000_000].decode(errors="replace")
        for path in (folder / "scores.json", *cell.scores_folder.glob("*.json")):
            if path.exists():
                seen.scores += _numbers(json.loads(path.read_text()))
        for part in ("valid", "test"):
            with contextlib.suppress(OSError, ValueError):
                seen.predictions[fold, part] = np.load(folder / f"{part}.npy")

    def _clean(self, seen: Seen, keys: list[str]) -> None:
        """Undo what an attack did, so that the next one finds everything as it was."""
        seen.left = leftovers.remove(self.scene.mark)
        if not self._bare and self.work.exists():
            seen.left += [str(path) for path in self._in_work()]
        for key in keys:
            shutil.rmtree(self.scene.project.cell(key).folder, ignore_errors=True)
        for path in self._in_work():
            _remove(path)
        self.scene.restore(seen.changed)
        if seen.victim:
            processes.OWNED.discard(self.scene.victim.pid)
            self.scene.victim.end()
            self.scene.victim = self.scene.new_victim()
            processes.OWNED.add(self.scene.victim.pid)

    def _words_of_job(self) -> str:
        """Return what the latest job has said."""
        latest = max(self.folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
        return latest.read_bytes()[-1500:].decode(errors="replace")

    def _in_work(self) -> list[Path]:
        """Return what is where cells are computed, but for what is known of this machine."""
        return [p for p in self.work.glob("*") if not p.name.startswith(".sandbox.")]

    def verdict(self, attack: Attack) -> dict[str, Any]:
        """Run an attack and return whether it succeeded, with what a person wants to know then."""
        if attack.needs and not self.scene.ears.addresses[attack.needs]:
            return {"name": attack.name, "absent": True}
        started = time.monotonic()
        seen = self.run(attack)
        return {
            "name": attack.name,
            "absent": False,
            "succeeded": attack.success(seen),
            "status": seen.status,
            "statuses": seen.statuses,
            "reason": "; ".join(seen.reasons.values()),
            "exits": seen.exits,
            "peak": seen.peak,
            "values": {f"{f} {part}": v.tolist() for (f, part), v in seen.predictions.items()},
            "start": sorted(set(re.findall(r'"start": "(\w+)', seen.logs))),
            "left": [] if attack.success(seen) else seen.left,
            "survivors": seen.survivors,
            "changed": sorted(seen.changed),
            "victim": sorted(seen.victim),
            "job": self._words_of_job(),
            "seconds": round(time.monotonic() - started, 2),
        }


def _numbers(value: object) -> list[float]:
    """Return all numbers in a document."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return [number for part in inside for number in _numbers(part)]
    return [float(value)] if isinstance(value, float) else []


def _remove(folder: Path) -> None:
    """Remove a folder, whatever its modes and however deep it is."""
    if folder.exists():
        subprocess.run(["chmod", "-R", "u+rwx", folder], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", folder], check=True)


def main(arguments: list[str]) -> None:
    """Run the attacks and other submissions that are named."""
    folder, tier, start, patience, *names = arguments
    stage = Stage(Path(folder), Tier[tier.upper()], start, float(patience))
    known = {attack.name: attack for attack in (*ATTACKS, *HONEST, *ANSWERS, MODEL)}
    try:
        for name in names:
            print(json.dumps(stage.verdict(known[name])), flush=True)
    finally:
        stage.scene.close()


if __name__ == "__main__":
    main(sys.argv[1:])
