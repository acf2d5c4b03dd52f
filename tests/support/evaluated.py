"""An evaluated toy project without running any submission: cells are written as if they had."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rampflow.board.bagging import bag_event
from rampflow.board.blending import blend_event
from rampflow.board.cells import EventCells
from rampflow.board.comparison import compare_event
from rampflow.board.history import blend_history
from rampflow.board.leaderboard import Sources, build_leaderboard
from rampflow.board.reuse import reuse_event
from rampflow.cell.prepare import prepare
from rampflow.cell.record import Outcome, publish_cell
from rampflow.cell.score import score_cells
from rampflow.cell.task import write_tasks
from rampflow.paths import Project
from rampflow.plan.plan import Plan, make_plan
from rampflow.problems.contract import Problem, load_problem
from tests.support.toys import EVENT, Toy, make_toy

FAILED = Outcome("error", "train", "ValueError: no", "Traceback (your frames):\nValueError: no")


@dataclass
class Evaluated:
    """A toy project in a state that a test asks for, step by step.

    Parameters
    ----------
    toy : Toy
        Its files.
    """

    toy: Toy

    @property
    def project(self) -> Project:
        """The project."""
        return Project(self.toy.root)

    @property
    def plan(self) -> Plan:
        """The plan as the files stand now."""
        return make_plan(self.project, EVENT)

    @property
    def problem(self) -> Problem:
        """The problem, loaded."""
        return load_problem(self.project.problem("toy"))

    def prepare(self) -> None:
        """Prepare the data."""
        plan = self.plan
        prepare(self.problem, plan.prepared, plan.prepare_parts, plan.loaded.event.seed)

    def train(self, failing: tuple[tuple[str, int], ...] = ()) -> None:
        """Write all missing cells; those of `failing` (submission, fold) fail."""
        plan = self.plan
        write_tasks(plan.project, plan.tasks)
        rng = np.random.default_rng(0)
        for cell in plan.missing_cells():
            fold = plan.prepared.fold(cell.fold)
            sizes = {part: len(np.load(fold / f"{part}_is.npy")) for part in ("train", "valid")}
            if plan.prepared.labels("test").exists():
                sizes["test"] = 6
            predictions = {part: 10 + rng.normal(size=size) for part, size in sizes.items()}
            fails = (cell.submission.name, cell.fold) in failing
            publish_cell(
                plan.project,
                cell.key,
                plan.tasks.parts(cell.submission, cell.fold),
                FAILED if fails else Outcome(),
                {} if fails else predictions,
                run_record(fails),
                together=False,
                keep_model=False,
            )

    def score(self) -> None:
        """Score all cells."""
        plan = self.plan
        write_tasks(plan.project, plan.tasks)
        for cell in plan.missing_scores():
            score_cells(plan.project, self.problem, plan.tasks, [cell.key])

    def aggregate(self) -> None:
        """Bag, blend, and make the leaderboard."""
        plan = self.plan
        is_open = plan.loaded.event.phase == "open"
        cells = EventCells(plan.project, plan.tasks, is_open)
        bag_event(cells, self.problem, plan.results)
        compare_event(cells, self.problem, plan.results, plan.loaded.event.uncertainty)
        blend_event(
            cells,
            self.problem,
            plan.results,
            max_members=80,
            min_improvement=0.0,
            uncertainty=plan.loaded.event.uncertainty,
            submitted_at={s.name: s.file.submitted_at for s in plan.loaded.submissions},
            builds_on=plan.loaded.credits(),
        )
        blend_history(
            cells,
            self.problem,
            plan.results,
            max_members=80,
            min_improvement=0.0,
            submitted_at={s.name: s.file.submitted_at for s in plan.loaded.submissions},
        )
        reuse_event(
            {
                s.name: plan.project.submission(plan.event, s.team, s.model)
                for s in plan.loaded.submissions
            },
            plan.project.starting_kit("toy"),
            plan.results,
            submitted_at={s.name: s.file.submitted_at for s in plan.loaded.submissions},
            builds_on={},
        )
        build_leaderboard(Sources(cells, plan.loaded, self.problem, plan.results, {}))


def run_record(fails: bool) -> dict[str, Any]:
    """Return the run record of a cell whose fit takes 0.25 s and whose prediction takes 0.5 s."""
    train = {"seconds": None if fails else 0.25, "wall_s": 1.0}
    return {"train": train} if fails else {"train": train, "predict": {"seconds": 0.5, "wall_s": 2}}


def evaluated(folder: Path, failing: tuple[tuple[str, int], ...] = (), **keys: Any) -> Evaluated:
    """Make a toy project and evaluate it up to the leaderboard.

    Parameters
    ----------
    folder : Path
        Where; not there yet.
    failing : tuple of (str, int)
        Submissions and folds that fail.
    **keys
        Keys of the event.
    """
    made = Evaluated(make_toy(folder))
    made.toy.configure(**keys)
    made.prepare()
    made.train(failing)
    made.score()
    made.aggregate()
    return made
