"""Which GPUs a step is given, by what SLURM and variables say; and a step that really opens one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.sandbox import launch
from rampflow.sandbox.arrange import Access, Needs, arrange
from rampflow.sandbox.devices import Devices, Gpu, chosen, devices_of, gpus_here, others_may_use
from rampflow.sandbox.policy import Policy, Tier
from rampflow.sandbox.view import View
from tests.support.gpus import make_nodes
from tests.support.need import need_sandbox

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")

FOUR = [Gpu("nvidia", n, Path(f"/dev/nvidia{n}")) for n in range(4)]
AMD = [Gpu("amd", n, Path(f"/dev/dri/renderD{128 + n}")) for n in range(2)]
JOB = {"SLURM_JOB_ID": "7"}


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ({}, [0, 1, 2, 3]),
        ({"CUDA_VISIBLE_DEVICES": "2"}, [2]),
        ({"CUDA_VISIBLE_DEVICES": "3,1"}, [1, 3]),
        ({"CUDA_VISIBLE_DEVICES": ""}, []),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, []),
        ({"CUDA_VISIBLE_DEVICES": "NoDevFiles"}, []),
        ({"CUDA_VISIBLE_DEVICES": "GPU-8932f937-d72c"}, [0, 1, 2, 3]),
        (JOB, []),
        ({**JOB, "SLURM_JOB_GPUS": "1-2"}, [1, 2]),
        ({**JOB, "SLURM_JOB_GPUS": "1,2", "SLURM_STEP_GPUS": "2"}, [2]),
        ({**JOB, "SLURM_JOB_GPUS": "1", "CUDA_VISIBLE_DEVICES": "0"}, [1]),  # counted anew inside
        ({**JOB, "CUDA_VISIBLE_DEVICES": "0,3"}, [0, 3]),
        ({"ROCR_VISIBLE_DEVICES": "1"}, [0, 1, 2, 3]),
    ],
)
def test_a_job_has_what_slurm_gave_it_and_others_what_they_ask_for(
    words: dict[str, str], numbers: list[int]
) -> None:
    assert [gpu.number for gpu in chosen(FOUR, words)] == numbers


def test_what_the_kernel_holds_back_is_not_held_back_twice() -> None:
    """A control group left one open, and SLURM counts in another order than the nodes."""
    assert chosen(FOUR[3:], {**JOB, "SLURM_JOB_GPUS": "0"}) == FOUR[3:]


def test_amd_has_words_of_its_own() -> None:
    assert chosen(AMD, {"ROCR_VISIBLE_DEVICES": "1", "CUDA_VISIBLE_DEVICES": ""}) == AMD[1:]
    found = devices_of(1, AMD[1:])
    assert found.nodes == (Path("/dev/dri/renderD129"), Path("/dev/kfd"))
    assert found.variables({"ROCR_VISIBLE_DEVICES": "1"}, hides=True) == {
        "ROCR_VISIBLE_DEVICES": "0"
    }
    # HIP counts within what ROCR has left
    assert found.variables({}, hides=False) == {"ROCR_VISIBLE_DEVICES": "1"}
    assert found.variables({"HIP_VISIBLE_DEVICES": "1"}, hides=False) == {
        "ROCR_VISIBLE_DEVICES": "1",
        "HIP_VISIBLE_DEVICES": "0",
    }


@given(st.text(max_size=12), st.booleans())
def test_no_words_give_what_is_not_there(text: str, in_job: bool) -> None:
    words = {"CUDA_VISIBLE_DEVICES": text} | (JOB if in_job else {})
    assert set(chosen(FOUR, words)) <= set(FOUR)
    assert chosen([], words) == []


def test_a_step_that_finds_no_other_gpu_counts_from_zero() -> None:
    given_two = Devices(2, tuple(FOUR[2:]))
    said = {"CUDA_VISIBLE_DEVICES": "2,3", "NVIDIA_DRIVER_CAPABILITIES": "compute", "HOME": "/"}
    assert given_two.variables(said, hides=True) == {
        "CUDA_VISIBLE_DEVICES": "0,1",
        "NVIDIA_DRIVER_CAPABILITIES": "compute",
    }
    assert given_two.variables({}, hides=True) == {}
    assert given_two.variables({}, hides=False) == {"CUDA_VISIBLE_DEVICES": "2,3"}
    in_job = {**JOB, "CUDA_VISIBLE_DEVICES": "0,1"}
    assert given_two.variables(in_job, hides=False) == {"CUDA_VISIBLE_DEVICES": "0,1"}
    named = {"CUDA_VISIBLE_DEVICES": "GPU-8932f937-d72c"}
    assert given_two.variables(named, hides=True) == named
    assert Devices(2).variables(said, hides=True) == {}


def test_a_machine_without_a_gpu_gives_none(tmp_path: Path) -> None:
    (tmp_path / "nvidia0").touch()  # no device
    assert gpus_here({}, tmp_path) == []
    none = devices_of(1, [], tmp_path)
    assert none.as_record() == {"declared": 1, "devices": []}
    assert (none.system, none.driver) == ((), ())


def test_policy_and_view_carry_devices_through_json() -> None:
    nodes = (Path("/dev/nvidia0"),)
    policy = Policy((), (), 100.0, devices=nodes)
    assert Policy.from_json(policy.to_json()) == policy
    view = View((), Path("/w"), 1, 2, nodes)
    assert View.from_json(view.to_json()) == view


def test_nodes_are_found_by_what_they_are(tmp_path: Path) -> None:
    dev = make_nodes(tmp_path, "nvidia0", "nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm")
    make_nodes(tmp_path, "nvidia-caps/nvidia-cap3", mode=0o444)
    make_nodes(tmp_path, "nvidia-modeset", "nvidia-caps/nvidia-cap1", "nvidia-caps/nvidia-cap2")
    found = gpus_here({}, dev)
    assert [gpu.number for gpu in found] == [0, 2, 10]
    nodes = devices_of(1, found[:1], dev).nodes
    names = [node.relative_to(dev).as_posix() for node in nodes]
    assert names == ["nvidia0", "nvidiactl", "nvidia-uvm", "nvidia-caps/nvidia-cap3"]
    assert others_may_use(nodes)
    (dev / "nvidia0").chmod(0o660)
    assert not others_may_use(nodes)


def test_nodes_of_amd_need_their_driver(tmp_path: Path) -> None:
    dev = make_nodes(tmp_path, "dri/renderD200", "dri/card0")
    assert gpus_here({}, dev) == []
    make_nodes(tmp_path, "kfd")
    assert [(gpu.maker, gpu.node.name) for gpu in gpus_here({}, dev)] == [("amd", "renderD200")]


MODULE = """
import fcntl, json, os, sys, threading
def attempt(what):
    try:
        return what() or "done"
    except OSError as error:
        return error.strerror
def size(path):
    with open(path, "rb", buffering=0) as node:
        return fcntl.ioctl(node, 2, bytes(4)) and "done"  # of a block: the kernel itself answers
def control(path):
    with open(path, "r+b", buffering=0) as node:
        fcntl.ioctl(node, 0x30, 0)
def name_a_thread():
    def run():
        own = f"/proc/self/task/{threading.get_native_id()}/comm"
        said.append(attempt(lambda: open(own, "w").write("cuda") and None))
    said = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]
def zeros():
    with open(sys.argv[1], "r+b", buffering=0) as node:
        node.write(b"x")
        return str(node.read(3))
print(json.dumps({
    "first": attempt(zeros),
    "second": attempt(lambda: open(sys.argv[2], "rb").read(1) and None),
    "size": attempt(lambda: size("/dev/zero")),
    "control": attempt(lambda: control(sys.argv[1])),
    "terminal": attempt(lambda: fcntl.ioctl(1, 0x5412, b"x")),
    "thread": name_a_thread(),
    "memory": attempt(lambda: os.close(os.memfd_create("x"))),
    "others": attempt(lambda: open("/proc/1/environ").close()),
    "sys": attempt(lambda: os.listdir("/sys/bus/pci") and None),
    "loads": attempt(lambda: open("/sys/kernel/uevent_seqnum").close()),
    "make": attempt(lambda: os.mknod("made", 0o20666, os.makedev(1, 5))),
    "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
}))
"""


def run(folder: Path, tier: Tier, devices: Devices, first: Path, second: Path) -> dict[str, Any]:
    """Run the module confined, and return what it said."""
    modules = folder / "modules"
    modules.mkdir()
    (modules / "opens.py").write_text(MODULE)
    arranged = arrange(Access(tier, (modules,), devices=devices), Needs(200), folder / "tmp")
    arranged.make_scratch()
    reading, writing = os.pipe()
    words = [str(first), str(second)]
    command, inherited = arranged.command("opens", words, (), writing)
    path = os.pathsep.join([str(Path(launch.__file__).parents[2]), str(modules)])
    ended = subprocess.run(
        command,
        cwd=arranged.starts_in,
        env={"PATH": os.defpath, "PYTHONPATH": path, **dict(arranged.variables)},
        pass_fds=inherited,
        capture_output=True,
        text=True,
    )
    for descriptor in {reading, writing, *inherited}:
        os.close(descriptor)
    assert ended.stdout, ended.stderr
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


@pytest.mark.parametrize("tier", [Tier.BWRAP, Tier.LANDLOCK])
@pytest.mark.parametrize("drops", [True, False], ids=["anybody's", "ours"])
def test_a_step_opens_and_controls_the_gpu_that_it_was_given_and_no_other(
    tmp_path: Path, tier: Tier, drops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nodes are real: as if ``/dev/zero`` were a GPU, made under another folder."""
    need_sandbox(tier)
    mode = 0o666 if drops else 0o600
    names = ("nvidia0", "nvidia1", "nvidiactl", "nvidia-caps/nvidia-cap3")
    dev = make_nodes(tmp_path, *names, mode=mode)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    devices = devices_of(1, gpus_here(dev=dev), dev)
    assert [gpu.number for gpu in devices.gpus] == [1]
    said = run(tmp_path, tier, devices, dev / "nvidia1", dev / "nvidia0")
    assert said["first"] == r"b'\x00\x00\x00'"
    assert said["second"] in ("No such file or directory", "Permission denied")
    assert said["size"] == "done", "the filter lets the calls of GPUs through"
    assert said["control"] == "Inappropriate ioctl for device", "the driver was asked"
    assert said["terminal"] == "Inappropriate ioctl for device"
    assert said["thread"] == said["memory"] == "done"
    assert said["visible"] == "0"
    assert said["sys"] == ("done" if Path("/sys/bus/pci").exists() else said["sys"])
    assert said["loads"] != "done"
    assert said["make"] != "done"
    assert said["others"] != "done" or tier is Tier.BWRAP


@pytest.mark.parametrize("tier", [Tier.BWRAP, Tier.LANDLOCK])
def test_a_step_that_declares_none_sees_none_and_may_no_more_than_before(
    tmp_path: Path, tier: Tier
) -> None:
    need_sandbox(tier)
    dev = make_nodes(tmp_path, "nvidia0", "nvidia1")
    said = run(tmp_path, tier, Devices(), dev / "nvidia1", dev / "nvidia0")
    for what in ("first", "second", "thread", "memory", "sys", "control", "terminal", "make"):
        assert said[what] != "done", what
        assert not said[what].startswith("b'")
    assert said["size"] == "Inappropriate ioctl for device", "the filter answers"
