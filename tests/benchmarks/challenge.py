"""A challenge of the size of HiggsML 2014: entries read, then scored into both boards.

    python tests/benchmarks/challenge.py [--teams 1785] [--entries 2000] [--rows 10000]

Entries are ranked classes (EventId, RankOrder, Class), the metric weights events, and its weights
are rescaled to fixed totals in each part. Reading and both boards are timed in one process, from
the files of the teams to the files of the boards and their pages.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1] / "workflow"), str(HERE.parents[1])]

import numpy as np  # noqa: E402

from rampflow.board.cells import EventCells  # noqa: E402
from rampflow.cell.task import write_tasks  # noqa: E402
from rampflow.challenge.boards import build_private, build_public  # noqa: E402
from rampflow.challenge.entries import gather_entries  # noqa: E402
from rampflow.report.challenge import write_challenge_page  # noqa: E402
from tests.support.challenges import board_of, results_of, sources_of  # noqa: E402
from tests.support.evaluated import Evaluated  # noqa: E402
from tests.support.toys import EVENT, make_toy  # noqa: E402

PROBLEM = '''
from pathlib import Path

import numpy as np

from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import make_multiclass
from rampflow.problems.tables import ranked_classes
from rampflow.problems.workflows import Classifier


class Significance(ScoreType):
    """The approximate median significance, weights rescaled to fixed totals of each class."""

    is_lower_the_better = False

    def score(self, y_true, y_pred, weights=None):
        is_signal, chosen = y_true[:, 1] == 1, y_pred[:, 1] > 0.5
        s = 691.9886 * weights[is_signal & chosen].sum() / weights[is_signal].sum()
        b = 410999.8473 * weights[~is_signal & chosen].sum() / weights[~is_signal].sum()
        return np.sqrt(2 * ((s + b + 10) * np.log(1 + s / (b + 10)) - s))


problem_title = "A search"
Predictions = make_multiclass([0, 1], weights=True)
workflow = Classifier()
score_types = [Significance("ams", precision=4)]
prediction_table = ranked_classes()


def get_cv(X, y):
    return [(np.arange(20), np.arange(20, 40))]


def get_train_data(path="."):
    return _read(path, slice(0, 40))


def get_test_data(path="."):
    return _read(path, slice(40, None))


def get_test_ids(path="."):
    return np.arange(350_000, 350_000 + len(get_test_data(path)[1]))


def _read(path, part):
    table = np.load(Path(path) / "data" / "events.npy")[part]
    return table[:, :1], table[:, 1:]
'''
OPENED = datetime(2014, 5, 12, tzinfo=UTC)


def make_project(folder: Path, n_teams: int, n_entries: int, n_rows: int) -> Evaluated:
    """Write the project: events with weights, and the files of the teams."""
    rng = np.random.default_rng(17)
    toy = make_toy(folder, PROBLEM, submissions=False)
    is_signal = rng.random(40 + n_rows) < 0.34
    table = np.column_stack(
        [rng.normal(size=len(is_signal)), is_signal, rng.exponential(size=len(is_signal))]
    )
    data = toy.root / "problems" / "toy" / "data"
    data.mkdir()
    np.save(data / "events.npy", table)
    (toy.root / "submissions" / EVENT).mkdir(parents=True)
    toy.configure(
        kind="challenge",
        opened=OPENED.isoformat(),
        challenge={"public_share": 100 / 550, "prizes": 3, "finals": 2},
    )
    ids = np.arange(350_000, 350_000 + n_rows)
    truth = is_signal[40:]
    for number in range(n_entries):
        team = f"team_{number % n_teams}"
        quality = rng.uniform(0.3, 2)
        order = np.argsort(np.argsort(quality * truth + rng.normal(size=n_rows))) + 1
        label = np.where(order > 0.85 * n_rows, "s", "b")
        lines = [f"{i},{r},{c}\n" for i, r, c in zip(ids, order, label, strict=True)]
        path = f"submissions/{EVENT}/{team}/e{number}"
        at = (OPENED + timedelta(minutes=30 * number)).isoformat()
        toy.write(f"{path}.csv", "EventId,RankOrder,Class\n" + "".join(lines))
        toy.write(f"{path}.yaml", f"team: {team}\nsubmitted_at: {at}\nfinal: {number % 3 == 0}\n")
    made = Evaluated(toy)
    made.prepare()
    write_tasks(made.project, made.plan.tasks)
    return made


Clocks = tuple[float, float]


def now() -> Clocks:
    """Return seconds on the wall and of this process on a processor."""
    return time.perf_counter(), time.process_time()


def timed(seconds: dict[str, list[float]], what: str, begin: Clocks) -> Clocks:
    """Note how long something took, on the wall and on a processor, and return the time now."""
    end = now()
    seconds[what] = [round(b - a, 2) for a, b in zip(begin, end, strict=True)]
    return end


def main() -> None:
    """Run the benchmark and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("teams", 1785), ("entries", 2000), ("rows", 10_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = make_project(Path(scratch) / "p", options.teams, options.entries, options.rows)
        seconds: dict[str, list[float]] = {}
        begin = now()
        plan = made.plan
        _ = plan.aggregate_keys
        begin = timed(seconds, "plan (metadata, hashes of all files)", begin)
        cells, problem = EventCells(plan.project, plan.tasks), made.problem
        gather_entries(cells, problem, plan.loaded, results_of(made))
        begin = timed(seconds, "read every file, once", begin)
        gather_entries(cells, problem, plan.loaded, results_of(made))
        begin = timed(seconds, "gather again: nothing new", begin)
        sources = sources_of(made)
        begin = now()
        build_public(sources)
        begin = timed(seconds, "public board", begin)
        build_private(sources)
        begin = timed(seconds, "private board", begin)
        for part in ("public", "private"):
            write_challenge_page(board_of(made, part), results_of(made).part(part).page)
        timed(seconds, "both pages", begin)
        board = board_of(made, "private")
    first = board["rows"][0]
    facts = {
        "teams": len(board["rows"]),
        "entries": sum(row["score"] is not None for row in board["entries"]),
        "rows": board["event"]["n_test"],
        "first": [first["team"], first["score"], first["change"]],
    }
    print(json.dumps({**facts, "seconds (wall, CPU)": seconds}, indent=2))


if __name__ == "__main__":
    main()
