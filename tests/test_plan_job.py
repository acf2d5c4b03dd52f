"""A job of a cluster sees what the submit node planned, and plans nothing itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampflow.errors import ResultError
from rampflow.plan.flow import Flow
from rampflow.plan.job import Job
from tests.support.evaluated import Evaluated
from tests.support.toy_code import MEAN
from tests.support.toys import EVENT, make_toy


@pytest.fixture
def made(tmp_path: Path) -> Evaluated:
    made = Evaluated(make_toy(tmp_path / "toy"))
    made.toy.configure(final="refit", cluster={"partition": "long", "gpus": 2})
    made.toy.add_submission(
        "bees", "deep", MEAN + "# deep", resources={"gpus": 4, "memory_mb": 500}
    )
    made.prepare()
    return made


def test_a_job_is_told_what_the_submit_node_was(made: Evaluated) -> None:
    flow = Flow(made.toy.root, EVENT, is_cluster=True)
    flow.hold()
    job = Job(made.project, EVENT, is_cluster=True)
    names = [Path(path).name.removeprefix("pack.") for path in flow.missing]
    assert len(names) == 3
    for name in names:
        assert job.who_packed(name) == flow.who_packed(name)
        assert "folds 0, 1 and refit" in job.who_packed(name)
        for resource in ("threads", "mem_mb", "gres"):
            assert job.resource_packed(name, resource) == flow.resource_packed(name, resource)
    assert job.outputs == flow.outputs
    assert job.places == flow.places == {"slurm_partition": "long"}
    assert not job.missing
    with pytest.raises(ResultError, match="no stamp of bag"):
        job.stamp("bag")
    stamp = made.toy.root / flow.stamp("bag")
    stamp.touch()
    assert job.stamp("bag") == flow.stamp("bag")


def test_gpus_are_asked_for_on_a_cluster_only_and_capped(made: Evaluated) -> None:
    (deep,) = [s for s in made.plan.submissions if s.name == "bees/deep"]
    assert deep.gpus == 2
    key = next(cell.key for cell in made.plan.cells if cell.submission.name == "bees/deep")
    other = next(cell.key for cell in made.plan.cells if cell.submission.name != "bees/deep")
    on_cluster = Flow(made.toy.root, EVENT, is_cluster=True)
    assert on_cluster.resource(key, "gres") == "gpu:2"
    assert on_cluster.resource(key, "gpus_here") == 0
    assert on_cluster.resource(other, "gres") == ""
    here = Flow(made.toy.root, EVENT)
    assert here.resource(key, "gres") == ""
    assert [here.resource(each, "gpus_here") for each in (key, other)] == [2, 0]


def test_where_jobs_run_remakes_nothing(made: Evaluated) -> None:
    before = made.plan.aggregate_keys
    made.toy.configure(cluster={"partition": "other", "gpus": 2})
    assert made.plan.aggregate_keys == before
