"""A process and all its descendants are found, measured and ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rampflow.cell import processes

needs_proc = pytest.mark.skipif(not processes.PROC.is_dir(), reason="needs /proc (Linux)")
TREE = """
import subprocess, sys, time
depth = int(sys.argv[1])
if depth:
    subprocess.Popen([sys.executable, "-S", "-c", open(sys.argv[2]).read(), str(depth - 1),
                      sys.argv[2]], start_new_session=True)
time.sleep(900)
"""


def wait_for(pid: int, count: int) -> list[int]:
    end = time.monotonic() + 600
    while len(found := processes.descendants(pid)) < count and time.monotonic() < end:
        time.sleep(0.01)
    assert len(found) == count
    return found


def start(tmp_path: Path, depth: int) -> subprocess.Popen[bytes]:
    script = tmp_path / "tree.py"
    script.write_text(TREE)
    return subprocess.Popen([sys.executable, "-S", str(script), str(depth), str(script)])


@needs_proc
def test_the_whole_tree_is_found_and_ended_also_in_other_sessions(tmp_path: Path) -> None:
    assert processes.kill_all(os.getpid()), "what tests before it left behind"
    top = start(tmp_path, 3)
    tree = wait_for(top.pid, 3)
    assert set(processes.descendants(os.getpid())) == {top.pid, *tree}
    assert processes.kill_all(top.pid)
    assert all(processes._is_zombie(pid) for pid in processes.descendants(top.pid))
    assert top.poll() is None, "it is not ended itself"
    top.kill()
    top.wait()


def test_nobody_is_below_a_process_that_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    assert processes.descendants(child.pid) == []
    assert processes.memory_bytes([child.pid]) == 0
    assert processes.kill_all(child.pid)


@needs_proc
def test_memory_counts_what_a_process_takes() -> None:
    code = "x = bytearray(80_000_000); print(flush=True); import time; time.sleep(900)"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        used = processes.memory_bytes([child.pid])
        child.kill()
    assert 80e6 < used < 110e6


@needs_proc
def test_memory_does_not_count_files_that_are_mapped_nor_shared_pages_twice(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").write_bytes(bytes(40_000_000))
    code = (
        "import mmap, os, sys, time\n"
        "own = bytearray(40_000_000)\n"
        "f = open(sys.argv[1], 'rb')\n"
        "m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)\n"
        "total = sum(m[i] for i in range(0, len(m), 4096))\n"
        "child = os.fork()\n"
        "if child: print(child, flush=True)\n"
        "time.sleep(900)\n"
    )
    command = [sys.executable, "-S", "-c", code, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        used = processes.memory_bytes([parent.pid, child])
        processes.kill_all(parent.pid)
        parent.kill()
    assert 40e6 < used < 65e6


def test_an_exit_status_that_somebody_waits_for_is_left_alone() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "raise SystemExit(7)"])
    processes.OWNED.add(child.pid)
    try:
        end = time.monotonic() + 600
        while not processes._is_zombie(child.pid) and time.monotonic() < end:
            time.sleep(0.01)
        processes.reap()
        assert child.wait() == 7
    finally:
        processes.OWNED.discard(child.pid)


def test_a_process_that_always_becomes_another_one_is_ended() -> None:
    code = (
        "import os, time\n"
        "from rampflow.cell import processes\n"
        "processes.become_reaper()\n"
        "for _ in range(60):\n"
        "    if os.fork() == 0:\n"
        "        for _ in range(20_000):\n"
        "            if os.fork():\n"
        "                os._exit(0)\n"
        "            time.sleep(0.003)\n"
        "        os._exit(0)\n"
        "    time.sleep(0.02)\n"
        "    assert processes.kill_all(os.getpid())\n"
        "    looks = [processes.descendants(os.getpid()) for _ in range(20)]\n"
        "    assert not any(looks), looks\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
