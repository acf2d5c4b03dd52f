"""A runner is split off from a preloaded process, or is a new interpreter: the same runner."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rampflow.cell import processes, start, warm
from rampflow.cell.start import Adopted, WarmStart
from rampflow.cell.supervise import StepLimits
from rampflow.sandbox.policy import Tier
from tests.support.need import need_sandbox
from tests.test_cell_supervise import Step

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc (Linux)")

LOOK = """
import json, os, random, sys, threading
import numpy as np
seen = {
    "environment": dict(os.environ), "folder": os.getcwd(), "path": sys.path,
    "session": os.getsid(0) == os.getpid(), "threads": threading.active_count(),
    "stdin": os.readlink("/proc/self/fd/0"), "seed": [random.random(), np.random.rand()],
    "parent": os.getppid(),
}
print("SEEN" + json.dumps(seen))
"""


def open_start(folder: Path, *sources: Path, threads: int = 1, tier: Tier = Tier.NONE) -> WarmStart:
    folder.mkdir(parents=True, exist_ok=True)
    reads = [folder.parent]
    return WarmStart(folder, threads, sources, needs_xarray=False, tier=tier, reads=reads)


@pytest.fixture(params=list(Tier))
def tier(request: Any) -> Tier:
    need_sandbox(request.param)
    return Tier(request.param)


@pytest.fixture
def preloaded(tmp_path: Path, tier: Tier) -> Iterator[WarmStart]:
    with open_start(tmp_path / "start", tier=tier) as found:
        yield found


def is_gone(pid: int) -> bool:
    """Return whether a process has ended, waited for or not."""
    return processes._is_zombie(pid) or not Path(f"/proc/{pid}").exists()


def look(folder: Path, warm_start: WarmStart | None, tier: Tier) -> dict[str, Any]:
    """Return what a submission sees of its process."""
    import json

    folder.mkdir()
    Step(folder, LOOK, warm_start, tier).run()
    (line,) = [s for s in (folder / "log").read_text().splitlines() if s.startswith("SEEN")]
    seen: dict[str, Any] = json.loads(line.removeprefix("SEEN"))
    return seen


def test_a_submission_sees_the_same_whichever_way_it_started(
    preloaded: WarmStart, tmp_path: Path, tier: Tier
) -> None:
    fresh, split = (
        look(tmp_path / way, start, tier) for way, start in (("fresh", None), ("split", preloaded))
    )
    assert fresh["seed"] == split["seed"], "seeded before it is loaded"
    assert fresh["parent"] == split["parent"] == (1 if tier is Tier.BWRAP else os.getpid())
    text = {
        way: str(seen).replace(f"/{way}", "/HERE")
        for way, seen in (("fresh", fresh), ("split", split))
    }
    assert text["fresh"] == text["split"]


def test_libraries_are_there_before_the_first_step(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "entry.py").write_text("import colorsys, entry_helper\nfrom wave import open\n")
    (source / "entry_helper.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    script = "import sys; assert {'colorsys', 'wave'} <= set(sys.modules), 'not preloaded'"
    with open_start(tmp_path / "start", source) as found:
        Step(tmp_path, script, found).run()
    assert not (tmp_path / "ran").exists(), "no code of a submission runs when libraries are loaded"


def test_steps_do_not_see_each_other(preloaded: WarmStart, tmp_path: Path, tier: Tier) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        unmarked = "assert not hasattr(sys, 'mark') and 'MARK' not in os.environ"
        script = f"import os, sys\n{unmarked}\nsys.mark = os.environ['MARK'] = '1'"
        Step(tmp_path / name, script, preloaded, tier).run()
    assert preloaded.why_not == ""


def test_steps_leave_nothing_to_each_other(
    preloaded: WarmStart, tmp_path: Path, tier: Tier
) -> None:
    if tier is Tier.NONE:
        pytest.skip("nothing confines it")
    folders = ["'.'", "'/tmp'", "'/dev/shm'", f"{str(tmp_path)!r}", f"{str(tmp_path / 'start')!r}"]
    script = f"""
import os
for folder in [{", ".join(folders)}]:
    try:
        open(os.path.join(folder, "mark"), "x").close()
    except FileExistsError:
        raise
    except OSError:
        pass
    for other in ("a", "b"):
        path = os.path.join({str(tmp_path)!r}, other, "fold", "train_is.npy")
        if "/" + other + "/" not in os.getcwd():
            try:
                open(path).close()
            except OSError:
                continue
            raise AssertionError("it sees another fold")
"""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        supervised, _ = Step(tmp_path / name, script, preloaded, tier).run()
        assert supervised.started_as == "warm"


def test_a_preloaded_process_that_is_gone_is_replaced_by_new_interpreters(
    preloaded: WarmStart, tmp_path: Path, tier: Tier
) -> None:
    (pid,) = preloaded.pids
    inside = processes.descendants(pid)
    os.kill(pid, signal.SIGKILL)
    while not all(map(is_gone, (pid, *inside))):  # bubblewrap's death ends what is inside
        time.sleep(0.01)
    supervised, _ = Step(tmp_path, "", preloaded, tier).run()
    assert supervised.started_as == "fresh: the preloaded process is gone"
    assert not preloaded.pids
    assert processes.descendants(os.getpid()) == []


def test_another_number_of_threads_starts_anew(
    preloaded: WarmStart, tmp_path: Path, tier: Tier
) -> None:
    supervised, _ = Step(tmp_path, "", preloaded, tier).run(StepLimits(600, 2000, 2))
    assert supervised.started_as.startswith("fresh")
    assert preloaded.pids, "it is kept for the others"


@pytest.mark.parametrize(
    ("library", "why"),
    [
        (
            "from threading import Event, Thread\nThread(target=Event().wait, daemon=True).start()",
            "thread",
        ),
        ("import sys\nsys.modules['torch'] = sys", "torch"),
        ("import os\nos._exit(1)", "ended while it imported"),
    ],
)
def test_libraries_that_do_not_bear_it_start_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, why: str
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "entry.py").write_text("import odd_library\n")
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "odd_library.py").write_text(library)
    (packages / "rampflow").symlink_to(start.__file__.removesuffix("/cell/start.py"))
    monkeypatch.setattr("rampflow.cell.environment.PACKAGE_PARENT", packages)
    with open_start(tmp_path / "start", source) as found:
        assert why in found.why_not
        supervised, _ = Step(tmp_path, "", found).run()
        assert supervised.started_as == f"fresh: {found.why_not}"
    assert processes.descendants(os.getpid()) == []


def test_nothing_is_left_when_it_is_closed(tmp_path: Path) -> None:
    assert processes.kill_all(os.getpid()), "what tests before it left behind"
    with open_start(tmp_path / "start") as found:
        assert processes.descendants(os.getpid()) == list(found.pids)
    assert processes.descendants(os.getpid()) == []
    assert not processes.OWNED


def test_an_adopted_process_is_waited_for() -> None:
    import subprocess

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writing)
        os.read(reading, 1)  # until the other end is closed
        os._exit(7)
    os.close(reading)
    adopted = Adopted(pid)
    assert adopted.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        adopted.wait(timeout=0.01)
    os.close(writing)
    assert adopted.wait() == 7
    assert adopted.poll() == 7


def test_this_process_may_be_split_only_with_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm.threading, "active_count", lambda: 1)
    assert warm.why_not(encloses=False) == ""
    monkeypatch.setattr(warm.threading, "active_count", lambda: 2)
    assert "thread" in warm.why_not(encloses=False)
