"""Limits hold for the whole process tree, and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rampflow.cell import environment, processes, supervise, wire
from rampflow.cell.environment import step_environment
from rampflow.cell.start import WarmStart
from rampflow.cell.supervise import NODE_SCRATCH, Failed, StepLimits, Supervised, tail
from rampflow.errors import Fault, ProblemError
from rampflow.sandbox.arrange import Access
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.policy import Tier
from tests.support.need import need_sandbox

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc (Linux)")

PROBLEM = """
import importlib.util
problem_title = "Runs whatever it is given"
Predictions = None
score_types = [1]
get_cv = get_train_data = print


class Workflow:
    def train_submission(self, path, X, y, train_is):
        spec = importlib.util.spec_from_file_location("entry", path + "/entry.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)

    test_submission = None.__class__.__call__ if False else print


workflow = Workflow()
"""
ROOMY = StepLimits(time_s=600, memory_mb=2000, threads=1)


class Step:
    """A runner that executes one script as if it were a fit."""

    def __init__(
        self, work: Path, script: str, warm: WarmStart | None, tier: Tier = Tier.NONE
    ) -> None:
        import numpy as np

        self.work, self.warm = work, warm
        read = ("problem", "submission", "X", "fold")
        self.access = Access(tier, tuple(work / name for name in read))
        self.spared = warm.pids if warm else frozenset()
        for name in ("problem", "submission", "fold", "fold/y_train", "X"):
            (work / name).mkdir()
        (work / "problem" / "problem.py").write_text(PROBLEM)
        (work / "submission" / "entry.py").write_text(script)
        np.save(work / "X" / "value.npy", np.zeros(3))
        np.save(work / "fold" / "y_train" / "value.npy", np.zeros(2))
        np.save(work / "fold" / "train_is.npy", np.arange(2))

    def run(self, limits: StepLimits = ROOMY) -> tuple[Supervised, dict[str, Any]]:
        """Run it; raises what it amounts to."""
        self.supervised = Supervised(self.work, limits, self.work / "log", self.warm, self.access)
        path = {name: str(self.work / name) for name in ("problem", "submission", "X")}
        with self.supervised as s:
            s.wait_until_armed()
            setup = {"problem": path["problem"], "submission": path["submission"]}
            s.ask({"request": "setup", **setup, "seed": 1, "fold": 0})
            s.ask({"request": "open", "inputs": path["X"]})
            fold = {"fold_folder": str(self.work / "fold"), "n_rows": 3, "most_bytes": 10**6}
            answer, model = s.ask({"request": "train", **fold}, expect_bytes=10**6)
            assert model[0].size, "it could be pickled"
        return s, answer

    def fail(self, limits: StepLimits = ROOMY) -> Failed:
        """Run it and return how it failed; nothing may be left behind."""
        with pytest.raises(Failed) as caught:
            self.run(limits)
        assert not processes.descendants(os.getpid(), self.spared)
        assert self.supervised._process.pid not in processes.OWNED
        return caught.value


@pytest.fixture(scope="module", params=list(Tier))
def tier(request: Any) -> Tier:
    """What all verdicts must hold for: every tier that this machine offers."""
    need_sandbox(request.param)
    return Tier(request.param)


@pytest.fixture(scope="module", params=["fresh", "warm"])
def start(request: Any, tmp_path_factory: Any, tier: Tier) -> Iterator[WarmStart | None]:
    """And both a new interpreter, and one that was split off."""
    if request.param == "fresh":
        yield None
        return
    folder = tmp_path_factory.mktemp("warm")
    reads = [tmp_path_factory.getbasetemp()]
    with WarmStart(folder, 1, [], needs_xarray=False, tier=tier, reads=reads) as warm:
        assert warm.why_not == ""
        yield warm
        assert warm.why_not == "", "it survived every step"


@pytest.fixture
def make(tmp_path: Path, start: WarmStart | None, tier: Tier) -> Any:
    return lambda script: Step(tmp_path, script, start, tier)


def test_a_step_that_ends_well_says_how_long_the_fit_took(make: Any) -> None:
    step = make("import time; time.sleep(0.1)")
    supervised, answer = step.run()
    assert supervised.started_as == ("warm" if step.warm else "fresh")
    assert 0.1 <= answer["seconds"] < supervised.wall_s
    assert supervised.peak_memory > 1e6 or supervised.wall_s < 1
    assert not processes.descendants(os.getpid(), step.spared)


def test_an_exception_is_told_with_the_teams_own_frames_and_no_path(make: Any) -> None:
    step = make("def go():\n    raise ValueError('no: \\udce9 0x7f0123456789')\ngo()\n")
    failed = step.fail()
    assert failed.status == "error"
    assert failed.reason == "ValueError: no: ? 0x…"
    assert 'File "entry.py", line 2, in go' in failed.traceback
    assert str(step.work) not in failed.traceback


def test_too_much_time(make: Any) -> None:
    started = time.monotonic()
    failed = make("import time; time.sleep(900)").fail(StepLimits(1.0, 2000, 1))
    assert (failed.status, failed.reason) == ("timeout", "took longer than its limit of 1 s")
    assert time.monotonic() - started < 600, "it did not wait for the script"


def test_too_much_memory_of_all_processes_together(make: Any) -> None:
    script = (
        "import subprocess, sys, time\n"
        "code = 'x = bytearray(90_000_000); import time; time.sleep(900)'\n"
        "for _ in range(3): subprocess.Popen([sys.executable, '-S', '-c', code])\n"
        "time.sleep(900)\n"
    )
    failed = make(script).fail(StepLimits(600, 250, 1))
    assert (failed.status, failed.reason) == ("memory", "used more memory than its limit of 250 MB")


def test_too_much_output(make: Any) -> None:
    limits = replace(ROOMY, output_mb=0.1)
    failed = make("import time\nwhile True: print('x' * 9999); time.sleep(.001)").fail(limits)
    assert failed.status == "output"


@pytest.mark.parametrize(
    ("script", "status", "word"),
    [
        ("import os; os._exit(3)", "error", "exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "signal", "SIGKILL"),
        ("import os; os.abort()", "signal", "SIGABRT"),
        ("raise SystemExit(0)", "error", ""),
        ("import os; os.closerange(3, 99); import time; time.sleep(900)", "error", "channel"),
    ],
)
def test_a_sudden_end_is_a_result(
    make: Any, script: str, status: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the kernel counts for the whole machine: another one's want of memory is not ours
    monkeypatch.setattr(processes, "oom_kills", lambda: 0)
    if word == "channel":  # it lives on, and is waited for
        monkeypatch.setattr(supervise, "FAREWELL_SECONDS", 0.5)
    failed = make(script).fail()
    assert failed.status == status
    assert word in failed.reason


def test_a_process_that_detaches_is_ended_too(make: Any) -> None:
    name = f"900.{secrets.randbelow(10**9)}"
    script = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        open('begins', 'w').close()\n"
        f"        os.execvp('sleep', ['sleep', {name!r}])\n"
        "    os._exit(0)\n"
        "while not os.path.exists('begins'): time.sleep(.01)\n"
        "time.sleep(.1)\n"
    )
    make(script).run()
    commands = [_command_of(path) for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert not [words for words in commands if name in words]


def _command_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""


def test_too_many_processes(make: Any) -> None:
    script = (
        "import os, time\n"
        "n_more = 62\n"
        "while n_more:\n"
        "    try: child = os.fork()\n"
        "    except BlockingIOError:\n"  # others of this user started many meanwhile: the kernel's
        "        time.sleep(.05)\n"
        "        continue\n"
        "    if child == 0: time.sleep(900)\n"
        "    n_more -= 1\n"
        "time.sleep(900)\n"
    )
    failed = make(script).fail(replace(ROOMY, processes=60))
    assert failed.status == "processes"


def test_too_much_cpu_time(make: Any) -> None:
    failed = make("while True: pass").fail(replace(ROOMY, cpu_s=1.0))
    assert failed.status == "timeout"


@pytest.mark.parametrize("folder", ["", "/tmp/"])
def test_too_many_temporary_files(make: Any, folder: str, tier: Tier) -> None:
    if folder and tier is not Tier.BWRAP:
        pytest.skip("the only tier with a folder /tmp of its own")
    script = f"for i in range(40):\n    open(f'{folder}{{i}}', 'wb').write(bytes(1_000_000))\n"
    assert make(script).fail(replace(ROOMY, disk_mb=10.0)).status == "disk"


def test_shared_memory_counts_as_memory(make: Any, tier: Tier) -> None:
    if tier is not Tier.BWRAP:
        pytest.skip("the only tier with a folder /dev/shm of its own")
    script = "with open('/dev/shm/x', 'wb') as f:\n    while True: f.write(bytes(10_000_000))\n"
    assert make(script).fail(StepLimits(600, 100, 1)).status == "memory"


def test_an_allocation_that_the_kernel_refuses_is_too_much_memory(make: Any) -> None:
    assert make("import numpy; numpy.zeros(10**15)").fail().status == "memory"


def test_noise_on_the_channel_is_the_submissions_failure(make: Any) -> None:
    script = (
        "import os, stat\n"
        "for fd in range(3, 256):\n"
        "    try:\n"
        "        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b'x' * 99)\n"
        "    except OSError: pass\n"
    )
    assert make(script).fail().status == "bad_predictions"


@pytest.mark.parametrize("answer", ["3", "null", '["a"]'])
def test_an_error_without_words_is_the_submissions_failure(make: Any, answer: str) -> None:
    text = f'{{"error": {answer}, "arrays": []}}'
    script = (
        "import os, stat, struct\n"
        f"text = {text!r}.encode()\n"
        "for fd in range(3, 256):\n"
        "    try:\n"
        "        if stat.S_ISSOCK(os.fstat(fd).st_mode):\n"
        "            os.write(fd, struct.pack('<Q', len(text)) + text)\n"
        "    except OSError: pass\n"
    )
    assert make(script).fail().status == "bad_predictions"


@pytest.mark.parametrize("whose", ["machine", "problem"])
def test_a_submission_cannot_say_that_others_failed(make: Any, whose: str) -> None:
    text = f'{{"error": {{"reason": "disk full"}}, "whose": "{whose}", "arrays": []}}'
    script = (
        "import os, stat, struct\n"
        f"text = {text!r}.encode()\n"
        "for fd in range(3, 256):\n"
        "    try:\n"
        "        if stat.S_ISSOCK(os.fstat(fd).st_mode):\n"
        "            os.write(fd, struct.pack('<Q', len(text)) + text)\n"
        "    except OSError: pass\n"
    )
    failed = make(script).fail()
    assert (failed.status, failed.reason) == ("error", "disk full")


def test_a_runner_that_does_not_start_is_the_machines_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "PACKAGE_PARENT", tmp_path)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Fault, match="did not start"):
        Step(tmp_path, "", None).run()


def test_our_own_error_passes_and_nothing_is_left(
    tmp_path: Path, start: WarmStart | None, tier: Tier
) -> None:
    supervised = Supervised(tmp_path, ROOMY, tmp_path / "log", start, Access(tier))
    with pytest.raises(ZeroDivisionError), supervised:
        raise ZeroDivisionError
    assert not processes.descendants(os.getpid(), start.pids if start else ())


def test_a_submission_gets_a_clean_environment_with_pinned_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("PYTHONHASHSEED", "99")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    environment = step_environment(tmp_path, 3)
    assert "SECRET_TOKEN" not in environment
    assert environment["LC_ALL"] == "C.UTF-8"
    assert environment["PYTHONHASHSEED"] == "0"
    assert environment["OMP_NUM_THREADS"] == environment["OPENBLAS_NUM_THREADS"] == "3"
    assert Path(environment["HOME"]).is_relative_to(tmp_path)


def test_a_disk_of_the_node_takes_what_steps_write(
    make: Any, tier: Tier, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path_factory.mktemp("disk")
    monkeypatch.setenv(NODE_SCRATCH, str(disk))
    step = make("import os; open('note', 'w').write('x'); raise ValueError(os.getcwd())")
    on_disk = str(disk / f"rampflow-{os.geteuid()}") in step.fail().reason
    assert on_disk is (tier is not Tier.BWRAP), "in memory otherwise"
    assert not [path for path in disk.rglob("*") if path.name == "note"]


def test_the_tail_of_a_log_is_text_whatever_it_holds(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log, 5) == ""
    log.write_bytes(b"\xff\n" * 10 + "ü\n".encode() * 3)
    assert tail(log, 4) == "\N{REPLACEMENT CHARACTER}\nü\nü\nü"
    log.write_bytes(b"x" * 1_000_000)
    assert len(tail(log, 5)) <= supervise.MAX_TEXT


@pytest.mark.parametrize("seconds", [None, True, "1", -1, 1e9, float("nan"), [], {}])
def test_seconds_that_are_none_are_refused(seconds: object) -> None:
    with pytest.raises(wire.Malformed):
        supervise.seconds_of({"seconds": seconds})
    assert supervise.seconds_of({"seconds": 2}) == 2.0


def test_memory_of_what_detached_itself_counts(make: Any) -> None:
    script = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork(): os._exit(0)\n"
        "    x = bytearray(300_000_000); time.sleep(900)\n"
        "time.sleep(900)\n"
    )
    assert make(script).fail(StepLimits(600, 250, 1)).status == "memory"


def test_a_process_that_the_machine_ended_for_want_of_memory_is_our_fault(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # no test can make the kernel do it: its count is all that is made up here
    counts = iter([3, 4])
    monkeypatch.setattr(processes, "oom_kills", lambda: next(counts))
    with pytest.raises(Fault, match="ran out of memory"):
        make("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").run()


def test_the_problems_own_error_is_not_blamed_on_the_submission(make: Any) -> None:
    step = make("pass")
    (step.work / "problem" / "problem.py").write_text("open('data/classes.txt')\n")
    with pytest.raises(ProblemError, match=r"problem\.py fails in a step.*classes\.txt"):
        step.run()


def test_unreadable_data_are_our_fault(make: Any) -> None:
    step = make("pass")
    (step.work / "X" / "value.npy").write_bytes(b"torn")
    with pytest.raises(Fault):
        step.run()


def test_a_very_long_exception_is_cut(make: Any) -> None:
    failed = make("raise ValueError('x' * 3_000_000)").fail()
    assert failed.status == "error"
    assert len(failed.traceback) < 50_000


def test_a_sandbox_that_is_ended_from_outside_is_our_fault(make: Any, tier: Tier) -> None:
    if tier is not Tier.BWRAP:
        pytest.skip("the only tier with a process above the runner")
    step = make("print('begins', flush=True)\nimport time; time.sleep(900)")
    killed: list[int] = []

    def kill() -> None:
        while not (step.work / "log").exists() or "begins" not in tail(step.work / "log", 5):
            time.sleep(0.02)
        first = step.supervised._tree()[0 if step.warm else 1]  # bubblewrap is above it
        killed.append(first)
        os.kill(first, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(SandboxError, match="from outside"):
        step.run()
    thread.join()
    assert killed


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path, tier: Tier) -> None:
    name = f"900.{secrets.randbelow(10**9)}"
    script = f"import subprocess\nprint('begins', flush=True)\nsubprocess.run(['sleep', '{name}'])"
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from rampflow.sandbox.policy import Tier\n"
        "from tests.test_cell_supervise import Step\n"
        "Step(Path(sys.argv[1]), sys.argv[2], None, Tier(sys.argv[3])).run()\n"
    )
    root = str(Path(__file__).parents[1])
    process = subprocess.Popen([sys.executable, "-c", code, tmp_path, script, tier], cwd=root)
    end = time.monotonic() + 600
    while not (found := _running(name)):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.kill()
    process.wait()
    if tier is Tier.BWRAP:  # elsewhere only the runner itself ends with its supervisor
        while _running(name) and time.monotonic() < end:
            time.sleep(0.05)
        assert not _running(name)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert processes.kill_all(os.getpid()), "this process may have become their parent"


def _running(word: str) -> list[int]:
    """Return the processes of ``sleep`` whose command line holds a word."""
    paths = Path("/proc").glob("[0-9]*/cmdline")
    return [
        int(path.parent.name)
        for path in paths
        if (words := _command_of(path)).startswith("sleep") and word in words
    ]
