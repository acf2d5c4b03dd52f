"""What a cell costs beyond fit and predict, part by part, in CPU and wall seconds.

    python tests/benchmarks/cell.py [--submission TEAM/MODEL ...] [--fold 0] [--jobs]

The sources are copied into a temporary folder and the default event is prepared there. Each step is
then run as the rules run it, in processes of its own, with clocks around its parts; a part does not
count what a part inside it counts. ``--jobs`` also evaluates the whole event on one core, to tell
Snakemake's own share of a job.
"""

from __future__ import annotations

import time

STARTED = time.process_time()  # the start of the interpreter

import argparse  # noqa: E402
import functools  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
from collections import defaultdict  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import yaml  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
SUBMISSIONS = ("paper_boats/climatology", "night_owls/lagged_components")
IMPORTS = ("pass", "import numpy", "import numpy, pandas", "import numpy, xarray")
IMPORTS += ("import numpy, xarray, sklearn.linear_model, sklearn.decomposition",)

SUPERVISOR = {
    "rampflow.cell.task:read_tasks": "read the plan",
    "rampflow.problems.contract:load_problem": "load the problem",
    "rampflow.cell.train:copy_code": "copy and hash the code",
    "rampflow.cell.supervise:Supervised.__enter__": "start the runner",
    "rampflow.cell.supervise:Supervised.__exit__": "end the runner",
    "rampflow.cell.watch:Watch._look": "watch the limits",
    "rampflow.cell.wire:send": "messages",
    "rampflow.cell.wire:receive": "messages",
    "rampflow.cell.reveal:Sequence.show": "messages",
    "rampflow.cell.train:step_record": "run record",
    "rampflow.cell.predict:publish_cell": "publish the cell",
    "rampflow.cell.score:score_cell": "score",
    "rampflow.cell.score:write_json": "publish the scores",
}
"""Where the clocks of a step are: function → part."""
RUNNER = {
    "rampflow.cell.runner:preload": "import the submission's libraries",
    "rampflow.cell.runner:Runner.setup": "load the problem",
    "rampflow.cell.runner:Runner.open": "read X",
    "rampflow.cell.runner:Runner.begin": "read X",
    "rampflow.cell.runner:Runner.grow": "grow X by the revealed steps",
    "rampflow.cell.runner:Runner.train": "read y",
    "rampflow.cell.runner:Runner._pickle": "pickle the trained submission",
    "rampflow.cell.runner:Runner.load": "unpickle the trained submission",
    "rampflow.cell.runner:Runner.fork": "fork the sibling",
    "rampflow.cell.runner:Runner.blas": "ask for the BLAS",
    "rampflow.cell.runner:Runner._seed": "seed",
    "rampflow.cell.wire:send": "messages",
    "rampflow.cell.wire:receive": "messages",
}


class Clocks:
    """CPU and wall seconds by part; what is measured inside a part is not counted twice."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0])
        self._inner = threading.local()

    def add(self, part: str, cpu: float, wall: float) -> None:
        """Book seconds that were measured elsewhere."""
        spent = self.spent[part]
        spent[0] += cpu
        spent[1] += wall
        spent[2] += 1

    def wrap(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """Return a function that books its own seconds."""

        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            stack: list[list[float]] = self._inner.__dict__.setdefault("stack", [[0.0, 0.0]])
            wall, cpu = time.perf_counter(), time.thread_time()
            stack.append([0.0, 0.0])
            try:
                return function(*arguments, **named)
            finally:
                cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
                inner = stack.pop()
                self.add(part, cpu - inner[0], wall - inner[1])
                stack[-1][0] += cpu
                stack[-1][1] += wall

        return timed

    def install(self, places: dict[str, str]) -> None:
        """Put a clock around functions and methods, in every module that holds them."""
        for place, part in places.items():
            module_name, _, path = place.partition(":")
            owner: Any = importlib.import_module(module_name)
            *outer, name = path.split(".")
            for step in outer:
                owner = getattr(owner, step)
            function = getattr(owner, name)
            timed = self.wrap(function, part)
            setattr(owner, name, timed)
            for module in [m for n, m in sys.modules.items() if n.startswith("rampflow.")]:
                if getattr(module, name, None) is function:
                    setattr(module, name, timed)


def run_step(arguments: list[str], report: str) -> None:
    """Run one step in this process, as ``rampflow step`` does, with clocks around its parts."""
    clocks = Clocks()
    clocks.add("start of the interpreter", STARTED, STARTED)
    wall = time.perf_counter()
    cpu = time.process_time()
    step = arguments[1]
    from rampflow.cell.processes import THREAD_VARIABLES

    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # as the command does
    from rampflow.cell import supervise, task  # noqa: F401
    from rampflow.commands import main

    importlib.import_module(f"rampflow.cell.{step}")
    importlib.import_module("rampflow.commands.step")
    if step == "score":
        importlib.import_module("rampflow.problems.contract")
    clocks.add("imports", time.process_time() - cpu, time.perf_counter() - wall)
    clocks.install({p: n for p, n in SUPERVISOR.items() if p.split(":")[0] in sys.modules})
    popen = subprocess.Popen

    def start(command: list[str], **named: Any) -> Any:
        if "rampflow.cell.runner" in command:
            sockets = command[command.index("rampflow.cell.runner") + 1 :]
            command = [sys.executable, "-P", "-s", __file__, "--runner", *sockets]
        return popen(command, **named)

    leave = supervise.Supervised.__exit__
    inside: dict[str, Any] = {}

    def ask_and_leave(self: Any, kind: Any, *error: Any) -> None:
        if kind is None:
            inside.update(self.ask({"request": "tell"})[0])
        leave(self, kind, *error)

    supervise.subprocess.Popen = start  # type: ignore[assignment, misc]
    supervise.Supervised.__exit__ = ask_and_leave  # type: ignore[method-assign]
    code = main.main(arguments)
    mine, theirs = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    facts = {
        "code": code,
        "parts": clocks.spent,
        "self": mine.ru_utime + mine.ru_stime,
        "inside": inside,
        "children": theirs.ru_utime + theirs.ru_stime,
    }
    Path(report).write_text(json.dumps(facts))


def run_runner(sockets: list[str]) -> None:
    """Be the runner, with clocks around its parts."""
    clocks = Clocks()
    clocks.add("start of the interpreter", STARTED, STARTED)
    wall, cpu = time.perf_counter(), time.process_time()
    from rampflow.cell import runner

    clocks.add("imports", time.process_time() - cpu, time.perf_counter() - wall)
    clocks.install(RUNNER)
    setup = runner.Runner.setup

    def setup_with_clocks(self: Any, *arguments: Any, **named: Any) -> Any:
        answer = setup(self, *arguments, **named)
        workflow = type(self.problem.workflow)
        workflow.train_submission = clocks.wrap(workflow.train_submission, "fit")
        workflow.test_submission = clocks.wrap(workflow.test_submission, "predict")
        return answer

    runner.Runner.setup = setup_with_clocks  # type: ignore[method-assign]

    def tell(self: Any) -> dict[str, Any]:
        return {"parts": clocks.spent, "self": time.process_time()}

    runner.Runner.tell = tell  # type: ignore[attr-defined]
    runner.REQUESTS += ("tell",)  # type: ignore[assignment]
    runner.main(sockets)


def spend(command: list[str], where: Path, env: dict[str, str]) -> tuple[float, float]:
    """Run a process to its end and return its CPU seconds, children included, and its wall."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - wall
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall


def show(title: str, cpu: float, wall: float | None = None, count: int | None = None) -> None:
    """Print one line of the table."""
    walls = "" if wall is None else f"{wall:9.3f}"
    print(f"  {title:<46}{cpu:9.3f}{walls:>9}" + (f"{count:7d}" if count and count > 1 else ""))


class Copy:
    """A copy of the project with its folds prepared.

    Parameters
    ----------
    folder : Path
        Where it is made.
    sandbox : str
        What confines the steps. Clocks in a runner need ``none``.
    """

    def __init__(self, folder: Path, sandbox: str) -> None:
        sys.path.insert(0, str(REPO))
        from tests.support.tree import copy_tree

        self.root = copy_tree(REPO, folder)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.env = {**os.environ, "PATH": path, "PYTHONPATH": str(self.root / "workflow")}
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)  # as users have it
        sys.path.insert(0, str(self.root / "workflow"))
        from rampflow.config.event import default_event
        from rampflow.paths import Project

        self.project = Project(self.root)
        self.event = default_event(self.project)
        file = self.project.event_file(self.event)
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "sandbox": sandbox}))
        for step in ("data", "prepare"):
            self.run([sys.executable, "-m", "rampflow", "step", step, "--event", self.event])

    def run(self, command: list[str]) -> tuple[float, float]:
        """Run a command there."""
        return spend(command, self.root, self.env)

    def plan(self) -> Any:
        """Leave the plan for the steps and return it."""
        from rampflow.cell.task import write_tasks
        from rampflow.plan.plan import make_plan

        plan = make_plan(self.project, self.event)
        write_tasks(self.project, plan.tasks)
        return plan

    def step(self, step: str, key: str) -> dict[str, Any]:
        """Run one step with clocks."""
        report = self.root / f"{step}.json"
        arguments = ["step", step, "--event", self.event, "--key", key]
        command = [sys.executable, __file__, "--step", str(report), *arguments]
        _, wall = self.run(command)
        return {**json.loads(report.read_text()), "wall": wall}


def show_step(step: str, facts: dict[str, Any]) -> float:
    """Print the table of one step; return its CPU seconds beyond fit and predict."""
    inside = facts["inside"]
    total = facts["self"] + facts["children"]
    print(f" {step}")
    for room, found in (("supervisor", facts), ("runner", inside)):
        if not found:
            continue
        print(f"  - {room}")
        for name, (cpu, wall, count) in found["parts"].items():
            show(name, cpu, wall, count)
        show("the rest", found["self"] - sum(cpu for cpu, _, _ in found["parts"].values()))
    if inside:
        show("- the sibling that repeats rows, and ending", facts["children"] - inside["self"])
    show("all", total, facts["wall"])
    work = sum(inside["parts"].get(name, [0.0])[0] for name in ("fit", "predict")) if inside else 0
    show("all beyond fit and predict", total - work)
    return total - work


def measure_cell(copy: Copy, name: str, fold: int) -> None:
    """Print what a cell of one submission costs."""
    plan = copy.plan()
    key = next(c.key for c in plan.cells if c.submission.name == name and c.fold == fold)
    print(f"\n{name}, fold {fold}{'CPU s':>42}{'wall s':>9}{'calls':>7}")
    beyond = sum(show_step(step, copy.step(step, key)) for step in ("train", "predict", "score"))
    show("cell, beyond fit and predict", beyond)


def measure_pack(copy: Copy, name: str) -> None:
    """Print what a cell of one submission costs where all its folds share a start."""
    from rampflow.cell.task import write_packs
    from rampflow.plan.packs import Pack

    cells = [cell for cell in copy.plan().cells if cell.submission.name == name]
    for cell in cells:
        shutil.rmtree(copy.project.cell(cell.key).folder, ignore_errors=True)
    pack = Pack(name, tuple(c.fold for c in cells), tuple(c.key for c in cells))
    write_packs(copy.project, copy.event, {pack.name: list(pack.keys)})
    step = ["rampflow", "step", "pack", "--event", copy.event, "--key", pack.name]
    cpu, wall = copy.run([sys.executable, "-m", *step])
    runs = [json.loads(copy.project.cell(key).run.read_text()) for key in pack.keys]
    work = sum(run["train"]["seconds"] for run in runs)
    work += sum(sum(run["predict"]["part_seconds"].values()) for run in runs)
    print(f"\n{name}, all {len(cells)} folds in one job{'CPU s':>34}{'wall s':>9}")
    show("the job", cpu, wall)
    show("a cell, beyond fit and predict (wall of those)", (cpu - work) / len(cells))


def measure_jobs(copy: Copy) -> None:
    """Print what Snakemake itself costs, by job."""
    plan = copy.plan()
    cells = copy.project.cells
    if cells.exists():
        shutil.rmtree(cells)
    n_jobs = 3 * len(plan.cells) + 10
    script = (
        "import resource, sys\nfrom snakemake.cli import main\n"
        "try:\n    main(['--cores', '1', '--quiet', 'all'])\n"
        "finally:\n    r = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    open('snakemake.cpu', 'w').write(str(r.ru_utime + r.ru_stime))"
    )
    cpu, wall = copy.run([sys.executable, "-c", script])
    own = float((copy.root / "snakemake.cpu").read_text())
    print(f"\nsnakemake --cores 1, {n_jobs} jobs{'CPU s':>36}{'wall s':>9}")
    show("all", cpu, wall)
    show("Snakemake's own process", own)
    show("Snakemake's own process, by job", own / n_jobs)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submission", action="append", help="TEAM/MODEL; may be repeated")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument(
        "--sandbox", default="none", help="of the packs; single steps are timed under none only"
    )
    parser.add_argument("--jobs", action="store_true", help="measure Snakemake's share as well")
    options = parser.parse_args()
    names = options.submission or list(SUBMISSIONS)
    with tempfile.TemporaryDirectory(prefix="rampflow-benchmark-") as folder:
        copy = Copy(Path(folder) / "project", options.sandbox)
        print(f"a new process{'CPU s':>45}{'wall s':>9}")
        for code in IMPORTS:
            copy.run([sys.executable, "-c", code])
            show(code, *copy.run([sys.executable, "-c", code]))
        for name in names:
            if options.sandbox == "none":
                measure_cell(copy, name, options.fold)
            measure_pack(copy, name)
        if options.jobs:
            measure_jobs(copy)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        run_step(sys.argv[3:], sys.argv[2])
    elif sys.argv[1:2] == ["--runner"]:
        run_runner(sys.argv[2:])
    else:
        main()
