"""The place of an attack: a project with secrets, another team, another process, open ears."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rampflow.cell.keys import submission_parts
from rampflow.cell.prepare import prepare
from rampflow.cell.record import Outcome, publish_cell
from rampflow.cell.task import SubmissionTask, TaskFile
from rampflow.hashing import key_of
from rampflow.paths import Project
from rampflow.plan.plan import make_plan
from rampflow.problems.contract import load_problem
from tests.attacks.attack import Attack, Tier
from tests.attacks.ears import Ears
from tests.attacks.honest import FILES
from tests.attacks.victim import Victim
from tests.support.toys import EVENT, make_toy

N_TRAIN, N_TEST = 12, 8
USUAL_LIMITS: dict[str, Any] = {"time_s": 120.0, "memory_mb": 400}
TEAM = "attackers"
HERE = Path(__file__).parent
State = dict[str, tuple[Any, ...]]


class Scene:
    """A toy project, what surrounds it, and what may not be known or changed.

    Parameters
    ----------
    folder : Path
        Where it is made; not there yet.
    tier : Tier
        How submissions are confined.
    package : Path
        The folder from which `rampflow` is imported: in a clone, a place that its user can write.
    patience : float
        Seconds that an attack waits for what another process does.
    """

    def __init__(self, folder: Path, tier: Tier, package: Path, patience: float) -> None:
        self.folder, self.tier, self.package, self.patience = folder, tier, package, patience
        self.mark = secrets.token_hex(6)
        self.token = secrets.token_hex(8)
        self.numbers = [int(os.environ["API_TOKEN"][7:])]
        self.home = folder / "home"
        (self.home / ".config").mkdir(parents=True)
        (self.home / ".bashrc").write_text("# a person's own\n")
        self.toy = make_toy(folder / "project", submissions=False)
        self.project = Project(self.toy.root)
        self._write_data()
        self.toy.configure(limits={"time_s": 120, "memory_mb": 2000}, **self._sandbox())
        self._add_rival()
        self.ears = Ears(folder / "ears", self.mark)
        self.victim = self.new_victim()
        self._pristine = folder / "pristine"
        self._keep()

    def secret(self) -> str:
        """Return a new secret as text; its number is one that must not be predicted."""
        number = 10**9 + secrets.randbelow(10**9)
        self.numbers.append(number)
        return f"secret-{number}"

    def _sandbox(self) -> dict[str, str]:
        """Return the key of the event that says how submissions are confined."""
        return {"sandbox": str(max(self.tier, Tier.NONE))}

    def _write_data(self) -> None:
        draw = np.random.default_rng().permutation(45_536)[: N_TRAIN + N_TEST] + 20_000
        self.labels = {"train": draw[:N_TRAIN], "test": draw[N_TRAIN:]}
        for part, labels in self.labels.items():
            rows = "".join(f"{i},{i % 3},{label}\n" for i, label in enumerate(labels))
            self.toy.write(f"problems/toy/data/{part}.csv", rows)

    def _add_rival(self) -> None:
        """Hand in another team's submission, and write its cell as if it had been evaluated."""
        code = f"# {self.secret()}\nclass Regressor: pass\n"
        self.toy.add_submission("rivals", "best", {"regressor.py": code, self.secret(): ""})
        plan = make_plan(self.project, EVENT)
        self.problem = load_problem(self.project.problem("toy"))
        prepare(self.problem, plan.prepared, plan.prepare_parts, plan.loaded.event.seed)
        self.tasks = tasks = make_plan(self.project, EVENT).tasks
        self.prepared = self.project.prepared(tasks.prepared)
        key = tasks.keys[0][0]
        predictions = {"test": np.full(N_TEST, float(self.secret()[7:]))}
        parts = tasks.parts(tasks.submissions[0], 0)
        publish_cell(
            self.project, key, parts, Outcome(), predictions, {"log": self.secret()},
            together=False, keep_model=False,
        )  # fmt: skip
        self.rival = self.project.submission(EVENT, "rivals", "best")
        self.rival_cell = self.project.cell(key).folder
        known = self.rival / "known"
        known.write_text("its time is a secret\n")
        moment = int(self.secret()[7:])
        os.utime(known, (moment, moment))
        self.toy.write(f"results/{EVENT}/leaderboard.json", f'"{self.secret()}"\n')

    # one attack

    def hand_in(self, attack: Attack) -> TaskFile:
        """Hand an attack in, and return a plan of its cells alone."""
        folder = self.submission(attack)
        shutil.rmtree(folder.parent, ignore_errors=True)
        tools, targets = (HERE / "tools.py").read_text(), json.dumps(self.targets())
        files = {**attack.files(), "tools.py": tools, "targets.json": targets, **FILES}
        self.toy.add_submission(TEAM, attack.slug, files)
        task = SubmissionTask(
            team=TEAM, model=attack.slug, entry=["regressor.py"], files=submission_parts(folder),
            threads=1, **{**USUAL_LIMITS, **attack.limits},
        )  # fmt: skip
        planned = [key_of(self.tasks.parts(task, fold)) for fold in range(self.tasks.n_folds)]
        keep = attack.keeps_model
        return replace(self.tasks, submissions=[task], keys=[planned], keep_models=keep)

    def new_victim(self) -> Victim:
        """Return another process of the account, with secrets of its own."""
        labels = self.prepared.labels("test") / "value.npy"
        return Victim(labels, [self.secret() for _ in range(3)])

    def submission(self, attack: Attack) -> Path:
        """Return the folder of the submission that is an attack."""
        return self.project.submission(EVENT, TEAM, attack.slug)

    def targets(self) -> dict[str, Any]:
        """Return where things are: what an attacker can find out in an open project."""
        places = {
            "root": self.toy.root,
            "labels": self.prepared.folder / "labels",
            "test_labels": self.prepared.labels("test") / "value.npy",
            "results": self.project.event(EVENT).folder,
            "cells": self.project.cell("x").folder.parent,
            "rival": self.rival,
            "rival_cell": self.rival_cell,
            "home": self.home,
            "package": self.package,
        }
        return {
            **{name: str(path) for name, path in places.items()},
            **self.ears.addresses,
            "port": 20_000 + int(self.mark[:3], 16),
            "mark": self.mark,
            "token": self.token,
            "victim": self.victim.pid,
            "victim_address": self.victim.address,
            "naive": self.tier is Tier.BARE,
            "patience": self.patience,
        }

    # what may not change

    @property
    def _protected(self) -> tuple[Path, ...]:
        root = self.toy.root
        return (
            *(root / "submissions" / EVENT / "rivals", root / "problems", self.home),
            *(self.prepared.folder, self.rival_cell, self.project.event(EVENT).leaderboard_json),
            self.package,
        )

    def _keep(self) -> None:
        """Keep a copy of everything that may not change, and make its files look unread."""
        for number, path in enumerate(self._protected):
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            (self._pristine / str(number)).parent.mkdir(exist_ok=True, parents=True)
            copy(path, self._pristine / str(number))

    def unread(self) -> None:
        """Set access times in a room of the package back, as if nobody had read its files."""
        for path in (self.package / "rampflow" / "report").rglob("*.*"):
            os.utime(path, ns=(0, path.stat().st_mtime_ns))

    def state(self) -> State:
        """Return what is known of every protected file and folder."""
        found = {}
        for base in self._protected:
            for path in [base, *base.rglob("*")] if base.is_dir() else [base]:
                if "__pycache__" in path.parts:
                    continue
                with contextlib.suppress(FileNotFoundError):
                    facts = path.lstat()
                    is_folder = stat.S_ISDIR(facts.st_mode)
                    times = () if is_folder else (facts.st_mtime_ns, facts.st_size, facts.st_ino)
                    names = os.listxattr(path, follow_symlinks=False)
                    found[str(path)] = (facts.st_mode, facts.st_uid, *times, *names)
        return found

    def restore(self, changed: set[str]) -> None:
        """Put back what was changed; nothing is followed."""
        for name in sorted(changed):
            path = Path(name)
            base = next(p for p in self._protected if path == p or path.is_relative_to(p))
            copy = self._pristine / str(self._protected.index(base)) / path.relative_to(base)
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
                if not copy.is_dir():
                    shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            if copy.is_dir():
                path.mkdir(exist_ok=True, parents=True)
                path.chmod(stat.S_IMODE(copy.stat().st_mode))
            elif copy.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(copy, path)

    def close(self) -> None:
        """End the other process and close all ears."""
        self.victim.end()
        self.ears.close()
