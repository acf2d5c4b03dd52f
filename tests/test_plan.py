"""The plan, the state in words, what the Snakefile asks, and trying again: they cannot disagree."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rampflow.cell.record import read_cell
from rampflow.errors import ConfigError, DataError, ResultError
from rampflow.paths import AGGREGATES
from rampflow.plan.flow import Flow
from rampflow.plan.plan import make_plan
from rampflow.plan.retry import retire_failed
from rampflow.plan.state import EventState, event_state
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toys import EVENT, make_toy

PROBLEM = "problems/toy/problem.py"


@pytest.fixture
def fresh(tmp_path: Path) -> Evaluated:
    return Evaluated(make_toy(tmp_path / "toy"))


@pytest.fixture
def done(tmp_path: Path) -> Evaluated:
    made = evaluated(tmp_path / "toy")
    stamp(made)
    return made


def stamp(made: Evaluated) -> None:
    """Make the outputs newer than their stamps, as the rules do."""
    plan = made.plan
    plan.results.report.mkdir(parents=True, exist_ok=True)
    plan.results.page.touch()
    for seconds, step in enumerate(AGGREGATES):
        mark = plan.results.stamp(step, plan.aggregate_keys[step])
        mark.touch()
        os.utime(mark, (seconds + 1, seconds + 1))


def state(made: Evaluated) -> EventState:
    return event_state(made.plan)


def test_before_preparing_no_cell_has_a_key(fresh: Evaluated) -> None:
    plan = fresh.plan
    assert not plan.is_prepared
    assert not plan.is_finished
    with pytest.raises(ResultError, match="not prepared"):
        _ = plan.tasks
    found = event_state(plan)
    assert found.cells == ()
    assert found.stale_aggregates == AGGREGATES
    assert found.jobs()["counts"]["prepare"] == 1


def test_what_is_missing_is_what_would_run(fresh: Evaluated) -> None:
    fresh.prepare()
    found = state(fresh)
    assert found.counts() == {"missing": 4}
    counts = found.jobs()["counts"]
    assert [counts[step] for step in ("prepare", "train", "predict", "score")] == [0, 4, 4, 4]
    assert found.reasons() == []
    assert len(fresh.plan.missing_cells()) == 4


def test_a_finished_event_has_nothing_to_do(done: Evaluated) -> None:
    assert done.plan.is_finished
    found = state(done)
    assert found.is_finished
    assert found.counts() == {"done": 4}
    assert set(found.jobs()["counts"].values()) == {0}
    assert found.jobs()["estimated_seconds"] is None
    assert found.facts()["is_finished"] is True


@pytest.mark.parametrize(
    ("path", "old", "new", "states", "reason"),
    [
        (PROBLEM, "workflow = Regressor()", "workflow = Regressor(*[])", "missing", "problem code"),
        (PROBLEM, "MAE()]", "MAE(precision=1)]", "unscored", "metric code problem.py changed"),
        ("requirements.lock", "2.4.6", "2.4.7", "missing", "lock file"),
        (
            f"config/events/{EVENT}.yaml",
            "phase: closed",
            "phase: closed\nseed: 7",
            "missing",
            "seed",
        ),
        (PROBLEM, "range(2)", "range(3)", "unknown", ""),
        (f"config/events/{EVENT}.yaml", "title: Toy", "title: Other", "done", ""),
    ],
)
def test_status_says_why_before_anything_runs(
    done: Evaluated, path: str, old: str, new: str, states: str, reason: str
) -> None:
    done.toy.edit(path, old, new)
    found = state(done)
    assert found.counts() == {states: 4}
    assert not found.is_finished
    assert all(reason in text for cell in found.cells for text in cell.reasons)
    assert bool(found.reasons()) == bool(reason)


def test_only_the_submission_that_changed_is_missing(done: Evaluated) -> None:
    done.toy.write(f"submissions/{EVENT}/bees/mean/helper.py", "x = 1")
    found = state(done)
    assert found.counts() == {"done": 2, "missing": 2}
    assert found.reasons() == [("submission file helper.py is new", 2)]
    assert {c.submission for c in found.cells if c.state == "missing"} == {"bees/mean"}
    assert found.jobs()["estimated_seconds"] == pytest.approx(2 * 3.0)


def test_a_new_submission_is_called_one(done: Evaluated) -> None:
    done.toy.add_submission("wasps", "new", "x = 1\n")
    assert state(done).reasons() == [("new submission", 2)]


def test_a_cell_that_was_removed_is_missing(done: Evaluated) -> None:
    cell = done.plan.cells[0]
    folder = done.project.cell(cell.key).folder
    folder.rename(folder.with_name("elsewhere"))
    assert state(done).reasons() == [("its cell was removed", 1)]
    done.project.work(cell.key).folder.mkdir(parents=True)
    done.project.work(cell.key).trained.touch()
    found = state(done)
    assert found.counts() == {"done": 3, "trained": 1}
    counts = found.jobs()["counts"]
    assert (counts["train"], counts["predict"], counts["score"]) == (0, 1, 1)


def test_equal_submissions_share_their_cells(fresh: Evaluated) -> None:
    text = (fresh.toy.root / f"submissions/{EVENT}/bees/mean/regressor.py").read_text()
    fresh.toy.add_submission("wasps", "copy", text)
    fresh.prepare()
    plan = fresh.plan
    keys = {cell.submission.name: cell.key for cell in plan.cells if cell.fold == 0}
    assert keys["wasps/copy"] == keys["bees/mean"] != keys["ants/line"]
    assert len(Flow(fresh.toy.root, EVENT).missing) == 4


def test_a_failed_cell_is_finished_until_it_is_asked_for_again(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("bees/mean", 0),))
    plan = made.plan
    assert plan.missing_cells() == []
    assert state(made).counts() == {"done": 3, "failed": 1}
    failed = [c for c in state(made).cells if c.state == "failed"]
    assert [c.why for c in failed] == ["error: ValueError: no"]
    (key,) = retire_failed(plan)
    assert [c.key for c in made.plan.missing_cells()] == [key]
    assert (
        read_cell(type(plan.project.cell(key))(plan.project.retired(key, 0)))["status"] == "error"
    )
    assert retire_failed(made.plan) == []
    made.train(failing=(("bees/mean", 0),))
    assert retire_failed(made.plan) == [key]
    assert plan.project.retired(key, 1).exists()


def test_a_change_of_an_aggregate_goes_downwards_only(done: Evaluated) -> None:
    assert done.plan.stale_aggregates() == []
    done.toy.configure(blend={"max_members": 3})
    assert done.plan.stale_aggregates() == ["blend", "history", "reuse", "leaderboard", "page"]
    done.toy.configure(blend=None, title="Other")
    assert done.plan.stale_aggregates() == ["leaderboard", "page"]
    done.toy.configure(title="Toy")
    assert done.plan.stale_aggregates() == []
    done.plan.results.page.unlink()
    assert done.plan.stale_aggregates() == ["page"]


def test_an_output_older_than_its_stamp_is_stale(done: Evaluated) -> None:
    plan = done.plan
    later = plan.results.leaderboard_json.stat().st_mtime + 10
    os.utime(plan.results.stamp("leaderboard", plan.aggregate_keys["leaderboard"]), (later, later))
    assert plan.stale_aggregates() == ["leaderboard", "page"]


def test_one_submission_can_be_planned_for_alone(fresh: Evaluated) -> None:
    fresh.prepare()
    fresh.toy.write(f"submissions/{EVENT}/ants/broken/submission.yaml", "a: [")
    with pytest.raises(ConfigError):
        _ = fresh.plan
    plan = make_plan(fresh.project, EVENT, ("bees", "mean"))
    assert [(c.submission.name, c.fold) for c in plan.cells] == [("bees/mean", 0), ("bees/mean", 1)]


def test_making_a_plan_writes_nothing(done: Evaluated) -> None:
    before = done.toy.identities()
    event_state(done.plan)
    assert done.toy.identities() == before


WANTS = """
data_file = {"name": "train.csv", "what": "a table of numbers"}


def describe_data(file):
    from rampflow.errors import DataError

    if "," not in file.read_text():
        raise DataError("there is no comma", where=str(file))
    return {}
"""


@pytest.fixture
def bare(fresh: Evaluated) -> Evaluated:
    """A toy whose problem wants a file that nobody has brought."""
    with (fresh.toy.root / PROBLEM).open("a") as file:
        file.write(WANTS)
    for path in (fresh.toy.root / "problems/toy/data").iterdir():
        path.unlink()
    return fresh


def test_without_data_everyone_says_so_before_any_job_and_writes_nothing(bare: Evaluated) -> None:
    flow = Flow(bare.toy.root, EVENT)
    for ask in (lambda: event_state(bare.plan), flow.look, flow.hold):
        with pytest.raises(DataError, match="the problem toy has no data yet"):
            ask()
    assert not bare.plan.project.data_marker("toy", bare.plan.data.key).exists()


def test_a_source_that_the_event_names_is_work_to_do(bare: Evaluated) -> None:
    bare.toy.configure(data_source="here.csv")
    found = event_state(bare.plan)
    assert found.jobs()["counts"]["data"] == 1
    assert found.facts()["to_import"] == "here.csv"
    Flow(bare.toy.root, EVENT).look()
    assert not (bare.toy.root / "results").exists()
    bare.toy.write("here.csv", "no numbers")
    with pytest.raises(DataError, match="there is no comma"):
        Flow(bare.toy.root, EVENT).hold()


def test_looking_at_the_data_writes_nothing(fresh: Evaluated) -> None:
    with (fresh.toy.root / PROBLEM).open("a") as file:
        file.write(WANTS)
    Flow(fresh.toy.root, EVENT).look()
    fresh.toy.write("problems/toy/data/train.csv", "no numbers")
    flow = Flow(fresh.toy.root, EVENT)
    for ask in (flow.look, flow.hold):
        with pytest.raises(DataError, match="there is no comma"):
            ask()
    assert not (fresh.toy.root / "results" / "data").exists()


def test_the_rules_are_given_paths_from_the_project(fresh: Evaluated) -> None:
    fresh.prepare()
    flow = Flow(fresh.toy.root, EVENT)
    score = flow.plan.tasks.score
    plan_file = fresh.toy.root / f"results/{EVENT}/.state/plan.json"
    assert flow.missing
    assert not plan_file.exists(), "only who holds the event writes"
    flow = Flow(fresh.toy.root, EVENT)
    flow.hold()
    missing = flow.missing
    assert sorted(missing) == missing
    assert set(missing) == {
        f"results/cells/{c.key}/scores/{score}.json" for c in flow.plan.missing_cells()
    }
    assert plan_file.exists()
    assert flow.made_by("page")[0] == f"results/{EVENT}/report/index.html"
    assert flow.before("bag") == []
    assert flow.before("page") == [f"results/{EVENT}/leaderboard.json"]
    assert flow.unless_there("Snakefile") == []
    assert flow.unless_there("nothing") == ["nothing"]


def test_resources_leave_room_for_our_own_verdict(fresh: Evaluated) -> None:
    fresh.prepare()
    flow = Flow(fresh.toy.root, EVENT)
    cell = flow.plan.cells[-1]
    assert flow.who(cell.key) == f"{cell.submission.name}, fold {cell.fold}"
    assert flow.resource(cell.key, "threads") == 1
    assert flow.resource(cell.key, "mem_mb") > cell.submission.memory_mb
    assert flow.resource(cell.key, "runtime") * 60 > cell.submission.time_s


def test_states_are_counted_in_a_fixed_order(done: Evaluated) -> None:
    found = state(done)
    one = found.cells[0]
    mixed = [replace(one, state=s) for s in ("missing", "done", "failed", "done")]
    counts = replace(found, cells=tuple(mixed)).counts()
    assert list(counts.items()) == [("done", 2), ("failed", 1), ("missing", 1)]


def test_every_event_makes_its_board_again_when_a_failed_cell_is_retired(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("bees/mean", 0),))
    stamp(made)
    assert made.plan.stale_aggregates() == []
    other = made.plan.project.event("other_2015").stamp("bag", "0" * 32)
    other.parent.mkdir(parents=True)
    other.touch()
    retire_failed(made.plan)
    made.train(failing=(("bees/mean", 0),))
    made.score()  # and killed before bagging: the files of the board are all still there
    assert made.plan.missing_scores() == []
    assert made.plan.stale_aggregates() == list(AGGREGATES)
    assert not other.exists()


def test_every_file_of_a_step_is_wanted(done: Evaluated) -> None:
    results = done.plan.results
    for path in (results.index, results.fold_scores, results.contributivity):
        content = path.read_bytes()
        path.unlink()
        assert done.plan.stale_aggregates()[0] in ("bag", "blend"), path.name
        path.write_bytes(content)


def test_scores_without_their_cell_are_no_result(done: Evaluated) -> None:
    cell = done.plan.cells[0]
    done.plan.project.cell(cell.key).record.unlink()
    assert done.plan.missing_scores() == [cell]
    flow = Flow(done.toy.root, EVENT)
    assert f"results/cells/{cell.key}/cell.json" in flow.missing


def test_a_failure_under_a_smaller_limit_says_so(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("bees/mean", 0),))
    key = next(c.key for c in made.plan.cells if c.submission.name == "bees/mean")
    cell = made.plan.project.cell(key)
    for path, change in (
        (cell.record, {"status": "timeout", "step": "train"}),
        (cell.run, {"train": {"limits": {"time_s": 1.0}}}),
    ):
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    why = next(c.why for c in event_state(made.plan).cells if c.state == "failed")
    assert "the limit is 120 now: run with --retry-failed" in why
