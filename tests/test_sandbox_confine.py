"""A process is really confined, by the command that starts steps, and really tries to get out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from rampflow.sandbox import landlock, launch
from rampflow.sandbox.arrange import Access, Needs, arrange
from rampflow.sandbox.confine import Confined, _need_one_thread, confined
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.first import read_status
from rampflow.sandbox.limits import limits_of
from rampflow.sandbox.policy import Policy, Tier
from rampflow.sandbox.probe import Offer, _other_process, choose, landlock_version, probe
from rampflow.sandbox.remember import choose_here
from tests.support.need import need_sandbox

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")

MODULE = """
import json, os, resource, socket, sys
def attempt(what):
    try:
        what()
    except Exception as error:
        return type(error).__name__
    return "done"
outside = sys.argv[1]
said = {
    "read": attempt(lambda: open(outside).read()),
    "write": attempt(lambda: open(outside, "w")),
    "cut": attempt(lambda: os.truncate(outside, 0)),
    "own": attempt(lambda: open("made", "w")),
    "link": attempt(lambda: os.symlink(outside, "link")),
    "socket": attempt(lambda: socket.socket()),
    "kill": attempt(lambda: os.kill(int(sys.argv[2]), 0)),
    "group": attempt(lambda: os.getpgid(int(sys.argv[2]))),
    "memfd": attempt(lambda: os.memfd_create("x")),
    "environ": attempt(lambda: open(f"/proc/{sys.argv[2]}/environ").read()),
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "descriptors": len(os.listdir("/proc/self/fd")),
    "user": os.getuid(),
    "capabilities": [l.split()[1] for l in open("/proc/self/status") if l.startswith("CapEff")],
    "privileges": [l.split()[1] for l in open("/proc/self/status") if l.startswith("NoNewPrivs")],
}
print(json.dumps(said))
"""


def run(folder: Path, tier: Tier, abi: int = 7) -> tuple[dict[str, Any], int | None]:
    """Run a module confined; return what it said, and its exit code as its first process told."""
    modules, secret = folder / "modules", folder / "secret"
    modules.mkdir()
    folder.chmod(0o755)
    (modules / "nosy.py").write_text(MODULE)
    secret.write_text("secret")
    arranged = arrange(Access(tier, (modules,)), Needs(100, open_files=99), folder / "tmp")
    arranged = arranged._replace(policy=arranged.policy._replace(landlock_abi=abi))
    arranged.make_scratch()
    reading, writing = os.pipe()
    words = [str(secret), str(_other_process(tier))]
    command, inherited = arranged.command("nosy", words, (), writing)
    path = os.pathsep.join([str(Path(launch.__file__).parents[2]), str(modules)])
    ended = subprocess.run(
        command,
        cwd=arranged.starts_in,
        env={"PATH": os.defpath, "PYTHONPATH": path},
        pass_fds=inherited,
        capture_output=True,
        text=True,
    )
    os.close(writing)
    told = read_status(reading)
    for descriptor in (reading, inherited[0]):
        os.close(descriptor) if descriptor != writing else None
    assert ended.stdout, ended.stderr
    assert secret.read_text() == "secret"
    said: dict[str, Any] = json.loads(ended.stdout)
    return said, told


@pytest.mark.parametrize("tier", [Tier.BWRAP, Tier.LANDLOCK])
def test_a_confined_process_reaches_nothing_but_its_own(tmp_path: Path, tier: Tier) -> None:
    need_sandbox(tier)
    said, told = run(tmp_path, tier)
    assert said["own"] == "done"
    # below a temporary folder, bubblewrap's own one may be written; the file outside is not
    writes = ("write", "cut") if tier is Tier.LANDLOCK else ()
    for what in ("read", *writes, "link", "socket", "kill", "memfd", "environ"):
        assert said[what] != "done", what
    assert said["files"] == 99
    assert said["descriptors"] <= 4, "the standard ones, and the one that lists them"
    assert int(said["capabilities"][0], 16) == 0
    assert said["privileges"] == ["1"]
    if tier is Tier.BWRAP:
        assert told == 0
        assert said["user"] != 0
        assert said["group"] == "ProcessLookupError", "it does not see other processes at all"
    else:
        assert told is None


@pytest.mark.parametrize("abi", range(1, 8))
def test_what_an_old_kernel_does_not_guard_the_filter_refuses(tmp_path: Path, abi: int) -> None:
    need_sandbox(Tier.LANDLOCK)
    if abi > landlock_version():
        pytest.skip(f"this kernel has version {landlock_version()}")
    said, _ = run(tmp_path, Tier.LANDLOCK, abi)
    assert said["own"] == "done"
    for what in ("read", "write", "cut", "link", "socket", "kill", "environ"):
        assert said[what] != "done", what


def test_a_path_that_is_missing_or_a_link_is_not_confined_to(tmp_path: Path) -> None:
    need_sandbox(Tier.LANDLOCK)
    (tmp_path / "link").symlink_to("/")
    for name, why in (("absent", "No such file"), ("link", "it is a symlink")):
        policy = Policy((tmp_path / name,), (), 100.0, tier=Tier.LANDLOCK)
        descriptor = policy.to_descriptor()
        words = ["-m", "rampflow.sandbox.launch", str(descriptor), "-", "-", "this"]
        ended = subprocess.run(
            [sys.executable, *words],
            env={"PYTHONPATH": str(Path(launch.__file__).parents[2])},
            pass_fds=(descriptor,),
            capture_output=True,
            text=True,
        )
        os.close(descriptor)
        assert ended.returncode == launch.EXIT_CODE
        assert why in ended.stderr


def test_a_process_with_threads_is_not_confined() -> None:
    event = threading.Event()
    thread = threading.Thread(target=event.wait, name="busy")
    thread.start()
    try:
        with pytest.raises(SandboxError, match="busy"):
            _need_one_thread()
    finally:
        event.set()
        thread.join()


def test_this_process_is_not_confined() -> None:
    assert confined() == Confined(Tier.NONE, 0, False, os.getuid(), {})
    assert confined().as_dict()["tier"] == "none"


def test_limits_of_the_kernel_are_behind_the_supervisors() -> None:
    found = limits_of(Policy((), (), 100.0, n_processes=10, n_others=7, cpu_s=1.2, file_mb=5))
    assert found["RLIMIT_DATA"] == 200_000_000
    assert found["RLIMIT_CPU"] == 3
    assert found["RLIMIT_FSIZE"] == 5_000_000
    assert found.get("RLIMIT_NPROC", 27) == 27


def test_every_right_of_landlock_is_the_kernels() -> None:
    assert landlock.handled(1) == 0x1FFF
    assert landlock.handled(2) == 0x3FFF
    assert landlock.handled(3) == landlock.handled(4) == 0x7FFF
    assert landlock.handled(5) == landlock.handled(7) == 0xFFFF
    assert landlock.READ == 0b1101
    devices = {"MAKE_CHAR", "MAKE_BLOCK", "MAKE_SOCK", "MAKE_FIFO", "MAKE_SYM", "IOCTL_DEV"}
    assert not any(landlock.Access[name] & landlock.WRITE for name in devices)


def test_what_is_chosen_is_the_strongest_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    works = {Tier.BWRAP: True, Tier.LANDLOCK: True}

    def offer(tier: Tier) -> Offer:
        return Offer(tier, works[tier], why_not=f"{tier} is missing", fix=f"install {tier}")

    monkeypatch.setattr("rampflow.sandbox.probe.probe", offer)
    assert choose("auto").tier is Tier.BWRAP
    works[Tier.BWRAP] = False
    assert choose("auto").tier is Tier.LANDLOCK
    with pytest.raises(SandboxError, match="bwrap is missing") as caught:
        choose("bwrap")
    assert caught.value.do == "install bwrap"
    works[Tier.LANDLOCK] = False
    with pytest.raises(SandboxError, match="landlock is missing"):
        choose("auto")
    assert choose("none").tier is Tier.NONE
    with pytest.raises(SandboxError, match="no sandbox is called"):
        choose("steel")


def test_what_works_is_noted_and_what_does_not_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def choose_once(wanted: str) -> Offer:
        asked.append(wanted)
        if len(asked) == 1:
            raise SandboxError("not yet")
        return Offer(Tier.LANDLOCK, True, 7)

    monkeypatch.setattr("rampflow.sandbox.remember.choose", choose_once)
    with pytest.raises(SandboxError):
        choose_here("auto", tmp_path)
    found = choose_here("auto", tmp_path)
    choose_here.cache_clear()
    assert choose_here("auto", tmp_path) == found
    assert asked == ["auto", "auto"]
    (note,) = tmp_path.iterdir()
    note.write_text("{torn")
    choose_here.cache_clear()
    assert choose_here("auto", tmp_path) == found
    assert len(asked) == 3


def test_a_machine_without_bubblewrap_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from rampflow.sandbox import bubble

    monkeypatch.setattr(bubble, "USUAL", str(tmp_path / "bwrap"))
    monkeypatch.setenv("PATH", str(tmp_path))
    bubble.executable.cache_clear()
    probe.cache_clear()
    try:
        offer = probe(Tier.BWRAP)
        assert not offer.works
        assert "not installed" in offer.why_not
        assert "apt install bubblewrap" in offer.fix
    finally:
        bubble.executable.cache_clear()
        probe.cache_clear()
