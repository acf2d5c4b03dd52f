"""The same event on a real SLURM of four nodes: the same results, whatever is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from rampflow.paths import Project
from rampflow.plan.plan import make_plan
from tests.e2e.test_failures import regressor
from tests.e2e.test_resume import finished_cells
from tests.support.need import give_up, need_command
from tests.support.slurm import NODES, Slurm, running_slurm, wait_for
from tests.support.toys import EVENT, Toy, make_toy
from tests.support.tree import copy_tree

PATIENCE_SECONDS = 1500.0
"""For a whole evaluation on a loaded machine; alone it takes one minute."""
DEFAULT_PATIENCE_SECONDS = 2400.0
"""For the default event, which takes three minutes alone."""
RUN = ("rampflow", "run", "--profile", "slurm", EVENT)
QUICK = ("--", "--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "10")
SLOW = regressor("time.sleep(8)", "return X[:, 0]")
FAILING = {
    "raises": (regressor('raise ValueError("no fit today")'), "error", {}),
    "loops": (regressor("while True: pass"), "timeout", {"time_s": 2.0}),
    "eats": (
        regressor("while not time.sleep(0.01): HELD.append(np.ones(10**6))", head="HELD = []"),
        "memory",
        {"memory_mb": 300},
    ),
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    for command in ("slurmctld", "slurmd", "munged", "sbatch"):
        need_command(command)
    if os.geteuid():
        give_up("only root can start a cluster")
    if len(sys.executable.split()) > 1:
        pytest.skip("jobs cannot be started from a path with a space, and the command says so")
    folder = tmp_path_factory.mktemp("slurm")
    for parent in (folder, *folder.parents):  # munge trusts no folder that others may write
        if parent.stat().st_mode & 0o022 and not parent.stat().st_mode & 0o1000:
            give_up(f"others may write to {parent}")
    with pytest.MonkeyPatch.context() as patch, running_slurm(folder) as cluster:
        for name, value in cluster.environment.items():
            patch.setenv(name, value)
        yield cluster


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """Return a project that was evaluated on this machine, with entries that fail.

    One wants GPUs, and is evaluated whether there is one or not.
    """
    toy = make_toy(tmp_path_factory.mktemp("local") / "toy")
    toy.configure(cluster={"gpus": 1})
    early, gpus = "2015-05-21T09:00:00Z", {"gpus": 3}
    toy.add_submission("bees", "slow", SLOW, submitted_at=early, resources=gpus)
    for model, (code, _, resources) in FAILING.items():
        toy.add_submission("bad", model, code, resources=resources)
    toy.run("run").ok()
    return toy


def finish(process: subprocess.Popen[str], seconds: float = PATIENCE_SECONDS) -> str:
    """Wait for an evaluation and return what it said; it must have ended well."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, out + err
    return out + err


def jobs_of(slurm: Slurm, before: set[str], word: str = "") -> dict[str, dict[str, str]]:
    """Return the jobs since some moment whose comment has a word."""
    found = {number: job for number, job in slurm.jobs().items() if number not in before}
    return {number: job for number, job in found.items() if word in job["what"]}


def still(process: subprocess.Popen[str], path: Path) -> bool:
    """Return whether a file is there, of an evaluation that must not have ended before."""
    assert process.poll() is None, finish(process) or "it ended well"
    return path.exists()


def pack_of(process: subprocess.Popen[str], toy: Toy, submission: str) -> str:
    """Return the name of the one pack of a submission, once it is planned."""
    state = toy.results / ".state"
    wait_for(lambda: still(process, state / "packs.json"), "packs", PATIENCE_SECONDS)
    plan = json.loads((state / "plan.json").read_text())
    names = [f"{s['team']}/{s['model']}" for s in plan["submissions"]]
    keys = plan["keys"][names.index(submission)]
    packs = json.loads((state / "packs.json").read_text())
    (name,) = [name for name, cells in packs.items() if set(cells) & set(keys)]
    return name


def wait_until_at_work(
    process: subprocess.Popen[str], slurm: Slurm, toy: Toy, submission: str, before: set[str]
) -> str:
    """Wait until a job of a submission trains its first cell, and return its number."""
    pack = pack_of(process, toy, submission)
    plan = json.loads((toy.results / ".state" / "plan.json").read_text())
    names = [f"{s['team']}/{s['model']}" for s in plan["submissions"]]
    work = toy.root / "results" / "work" / plan["keys"][names.index(submission)][0]
    log = work / "train.log"
    wait_for(lambda: still(process, log), f"training of {submission}", PATIENCE_SECONDS)
    (number,) = jobs_of(slurm, before, pack)
    return number


def wait_until_tried_again(
    process: subprocess.Popen[str], slurm: Slurm, number: str, before: set[str]
) -> str:
    """Wait until a job that was lost runs again, under another number, and return that."""
    found: set[str] = set()

    def runs_again() -> bool:
        assert process.poll() is None, finish(process) or "it ended well"
        jobs = jobs_of(slurm, before, slurm.jobs()[number]["what"])
        found.update(n for n, job in jobs.items() if n != number and job["state"] == "RUNNING")
        return bool(found)

    wait_for(runs_again, f"second try of job {number}", PATIENCE_SECONDS)
    return found.pop()


def test_the_same_results_though_a_node_is_lost_and_a_job_cancelled(
    slurm: Slurm, local: Toy, tmp_path: Path
) -> None:
    toy = local.copy(tmp_path / "toy", with_results=False)
    before = set(slurm.jobs())
    process = toy.start(*RUN, *QUICK)
    number = wait_until_at_work(process, slurm, toy, "bees/slow", before)
    lost = slurm.jobs()[number]["nodes"]
    slurm.freeze(lost)
    wait_for(lambda: "SLURM: " in toy.ask("status").out, "answer of SLURM")
    status = toy.ask("status").out
    slurm.lose(lost)
    again = wait_until_tried_again(process, slurm, number, before)
    slurm.ask("scancel", again)
    finish(process)
    assert "SLURM: " in status
    assert " running" in status
    # the same cells and the same board, failures included
    assert toy.keyed_files() == local.keyed_files()
    assert [*toy.rows()] == [*local.rows()]
    scores = {name: row["test_score"] for name, row in toy.rows().items()}
    assert scores == {name: row["test_score"] for name, row in local.rows().items()}
    for model, (_, found, _) in FAILING.items():
        assert toy.rows()[f"bad/{model}"]["status"] == found
    # a job is tried again only where its node was lost or it was cancelled, and as often
    jobs = jobs_of(slurm, before)
    tried = Counter(job["what"] for job in jobs.values())
    hit = Counter(job["what"] for job in jobs.values() if job["state"] != "COMPLETED")
    assert tried == Counter({what: 1 + hit[what] for what in tried})
    assert (jobs[number]["state"], jobs[again]["state"]) == ("NODE_FAIL", "CANCELLED")
    assert tried[jobs[number]["what"]] == 3
    states = Counter(job["state"] for job in jobs.values())
    assert states.keys() == {"COMPLETED", "NODE_FAIL", "CANCELLED"}
    assert states["CANCELLED"] == 1
    assert "nothing to do" in toy.module(*RUN).ok().text
    slurm.restore(lost)


def test_the_default_event_gives_the_results_of_this_machine(
    slurm: Slurm, repo: Path, tmp_path: Path
) -> None:
    """Those that `make run` made in this clone, to the last bit; every cell is computed again."""
    event = yaml.safe_load((repo / "config/config.yaml").read_text())["event"]
    plan = make_plan(Project(repo), event)
    if not plan.is_finished:
        give_up(f"needs the results of {event}: make run")
    tree = copy_tree(repo, tmp_path / "tree")
    there = Toy(tree, tree / "workflow")
    assert not there.cells.exists()
    before = set(slurm.jobs())
    # few at once: all nodes share the cores of this machine, and cells have limits of time
    command = (*RUN[:-1], "--jobs", "5", event)
    finish(there.start(*command, *QUICK), DEFAULT_PATIENCE_SECONDS)
    against = ("--against", str(repo / "results" / event), "--tolerance", "0", "--json")
    found = json.loads(there.module("rampflow", "verify", event, *against).ok().out)
    assert found["agrees"]
    assert found["counts"]["identical"] == len(found["cells"]) == len(plan.cells)
    assert not [*found["inputs"], *found["board"], *found["ranks"]]
    computed = there.keyed_files()
    assert {path.split("/")[0] for path in computed} == {cell.key for cell in plan.cells}
    assert computed.items() <= Toy(repo).keyed_files().items()
    # it was the four nodes, and no failure of a submission was tried again
    jobs = jobs_of(slurm, before)
    assert {job["nodes"] for job in jobs.values()} == set(NODES)
    assert {job["state"] for job in jobs.values()} == {"COMPLETED"}
    assert set(Counter(job["what"] for job in jobs.values()).values()) == {1}


def test_what_was_cancelled_or_killed_is_finished_and_nothing_is_repeated(
    slurm: Slurm, local: Toy, tmp_path: Path
) -> None:
    toy = local.copy(tmp_path / "toy", with_results=False)
    for model in FAILING:
        (toy.root / f"submissions/{EVENT}/bad/{model}/submission.yaml").unlink()
        (toy.root / f"submissions/{EVENT}/bad/{model}/regressor.py").unlink()
        (toy.root / f"submissions/{EVENT}/bad/{model}").rmdir()
    toy.configure(cluster={"partition": "long", "constraint": "toy", "gpus": 1})
    before = set(slurm.jobs())
    first = toy.start(*RUN, *QUICK)
    number = wait_until_at_work(first, slurm, toy, "bees/slow", before)
    slurm.ask("scancel", number)
    wait_for(lambda: slurm.jobs()[number]["state"] == "CANCELLED", "cancelled job")
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    kept = finished_cells(toy)
    finish(toy.start(*RUN, *QUICK))
    after = finished_cells(toy)
    assert {name: after[name] for name in kept} == kept, "a finished cell was repeated"
    there = local.keyed_files()
    assert toy.keyed_files().items() <= there.items()
    assert toy.rows().keys() == {"ants/line", "bees/mean", "bees/slow"}
    jobs = jobs_of(slurm, before)
    assert {(job["partition"], job["features"]) for job in jobs.values()} == {("long", "toy")}
    assert jobs[number]["gres"] == "gres:gpu:1"
    assert len({what for job in jobs.values() if "pack" in (what := job["what"])}) >= 3


def test_the_doctor_says_what_of_slurm_is_there(slurm: Slurm, tmp_path: Path) -> None:
    toy = make_toy(tmp_path / "toy")
    said = next(line for line in toy.ask("doctor").out.splitlines() if " SLURM " in line)
    assert said.startswith("ok")
    assert "cluster toys" in said
    assert "squeue" in said


def test_nothing_of_the_cluster_is_left(tmp_path: Path) -> None:
    """A fixture of its own, since what is shared is still at work."""
    for command in ("slurmctld", "slurmd", "munged", "sbatch"):
        need_command(command)
    if os.geteuid():
        give_up("only root can start a cluster")
    with running_slurm(tmp_path) as cluster:
        slept = cluster.ask(
            "sbatch", "--parsable", "--output=/dev/null", "--wrap", f"sleep 600.{os.getpid()}"
        )
        wait_for(lambda: cluster.jobs()[slept.strip()]["state"] == "RUNNING", "running job")

    def left() -> list[str]:
        ps = subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True, check=True)
        lines = [line for line in ps.stdout.splitlines() if line[0] != "Z"]
        return [line for line in lines if str(tmp_path) in line or f"600.{os.getpid()}" in line]

    assert not cluster.steps(*NODES)
    wait_for(lambda: not left(), "end of all that the cluster had started")
