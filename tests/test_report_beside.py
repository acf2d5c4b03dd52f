"""Work in a second process: done when the block is left, and what fails is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from rampflow.report.beside import beside


@pytest.mark.parametrize("n_processors", [1, 2])
def test_work_is_done_when_the_block_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_processors: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(n_processors)))
    with beside(lambda: (tmp_path / "made").write_text(str(os.getpid())) and None):
        pass
    assert ((tmp_path / "made").read_text() == str(os.getpid())) == (n_processors == 1)


def test_what_fails_beside_is_raised_here(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("no such figure")

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with pytest.raises(ValueError, match="no such figure"), beside(fail):
        pass
    assert capfd.readouterr().err == ""


def test_work_that_is_killed_is_done_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = os.getpid()

    def work() -> None:
        if os.getpid() != ours:
            os.kill(os.getpid(), signal.SIGKILL)
        (tmp_path / "made").touch()

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with beside(work):
        pass
    assert (tmp_path / "made").exists()


def test_work_ends_with_the_process_that_wants_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from rampflow.report.beside import beside\n"
        "os.sched_getaffinity = lambda _: {0, 1}\n"
        "folder = Path(sys.argv[1])\n"
        "def work():\n"
        "    (folder / 'pid').write_text(str(os.getpid()))\n"
        "    (folder / 'pid').rename(folder / 'begun')\n"
        "    time.sleep(600)\n"
        "with beside(work):\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    try:
        wait_for(lambda: (tmp_path / "begun").exists())
        child = psutil.Process(int((tmp_path / "begun").read_text()))
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def wait_for(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_block_that_raises_waits_for_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with pytest.raises(KeyError), beside((tmp_path / "made").touch):
        raise KeyError
    assert (tmp_path / "made").exists()
