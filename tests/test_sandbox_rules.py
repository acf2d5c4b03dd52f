"""The filter of system calls, run as the kernel runs it: what it says to which call."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.sandbox import bpf
from rampflow.sandbox.bpf import Check, Instruction, Rule, When, assemble
from rampflow.sandbox.rules import ADMINISTRATION, NAMESPACES, SHARED_OBJECTS, SPYING, rules
from rampflow.sandbox.syscalls import MACHINES, NEWEST, names, number

ALLOW, ERRNO, KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
ME = 1234
HEADERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")


def answer(program: list[Instruction], call: int, *arguments: int, machine: str = "x86_64") -> int:
    """Run a filter: the few operations that it uses, as the kernel's documentation says."""
    words = {0: call, 4: MACHINES[machine]}
    for position, argument in enumerate((*arguments, *[0] * 6)[:6]):
        words[16 + 8 * position] = argument & 0xFFFF_FFFF
        words[20 + 8 * position] = argument >> 32
    value, at = 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == 0x20:
            value = words[operand]
        elif code == 0x54:
            value &= operand
        elif code == 0x06:
            return operand
        else:
            tests = {0x15: value == operand, 0x25: value > operand, 0x35: value >= operand}
            tests[0x45] = bool(value & operand)
            at += if_true if tests[code] else if_false


def filtered(name: str, *arguments: int, abi: int = 7, machine: str = "x86_64") -> int | None:
    """Return what a step is told about a call: None where it is let through."""
    found = number(name, machine)
    assert found is not None
    said = answer(assemble(rules(ME, abi), machine), found, *arguments, machine=machine)
    return None if said == ALLOW else said - ERRNO


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("abi", [1, 3, 7])
def test_the_filter_is_one_that_the_kernel_takes(machine: str, abi: int) -> None:
    program = assemble(rules(ME, abi), machine)
    assert len(program) <= 4096
    assert program[-1].code == 0x06, "it ends by an answer"
    for at, step in enumerate(program[:-1]):
        for jump in (step.if_true, step.if_false):
            assert 0 <= jump < 256
            assert at + 1 + jump < len(program)


@pytest.mark.parametrize("machine", MACHINES)
def test_what_no_rule_names_is_allowed_and_what_nobody_knows_is_not_there(machine: str) -> None:
    program = assemble(rules(ME, 7), machine)
    named = {number(name, machine) for rule in rules(ME, 7) for name in rule.names}
    for call in set(range(NEWEST + 1)) - named:
        assert answer(program, call, machine=machine) == ALLOW
    assert answer(program, NEWEST + 1, machine=machine) == ERRNO | errno.ENOSYS
    other = next(name for name in MACHINES if name != machine)
    assert answer(program, 0, machine=other) == KILL


def test_the_other_table_of_x86_64_ends_the_process() -> None:
    assert answer(assemble(rules(ME, 7), "x86_64"), 0x4000_0000) == KILL


@pytest.mark.parametrize("name", [*SPYING, *SHARED_OBJECTS, *NAMESPACES, *ADMINISTRATION])
def test_what_no_step_needs_is_not_permitted(name: str) -> None:
    if number(name, "x86_64") is not None:
        assert filtered(name) == errno.EPERM


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("socket", (1, 1), errno.EACCES),
        ("socket", (2, 1), errno.EACCES),
        ("socketpair", (1, 1), None),
        ("socketpair", (1, 1 | 0o2000000), None),
        ("socketpair", (1, 2), errno.EACCES),
        ("socketpair", (2, 1), errno.EACCES),
        ("sendto", (3, 1, 1, 0, 0), None),
        ("sendto", (3, 1, 1, 0, 1 << 40), errno.EACCES),
        ("clone3", (), errno.ENOSYS),
        ("clone", (0x01200011,), None),
        ("clone", (0x10000011,), errno.EPERM),
        ("clone", (0x8011,), errno.EPERM),
        ("memfd_create", (), errno.ENOSYS),
        ("io_uring_setup", (), errno.ENOSYS),
        ("chmod", (), 0),
        ("flock", (), 0),
        ("setxattr", (), errno.EOPNOTSUPP),
        ("ioctl", (1, 0x5401), None),
        ("ioctl", (1, 0x5412), errno.ENOTTY),  # types into a terminal
        ("ioctl", (1, (1 << 32) + 0x5412), errno.ENOTTY),
        ("fcntl", (1, 6), None),
        ("fcntl", (1, 5), errno.EPERM),
        ("prlimit64", (0,), None),
        ("prlimit64", (ME,), None),
        ("prlimit64", (1,), errno.EPERM),
        ("setpriority", (0, 0), None),
        ("setpriority", (0, 1), errno.EPERM),
        ("setpriority", (2, 0), errno.EPERM),
        ("kill", (1,), None),  # Landlock, or a namespace, guards it
        ("utimensat", (-100 % 2**64, 0, 1), 0),
        ("utimensat", (-100 % 2**64, 5, 0), errno.EACCES),
        ("utimensat", (3, 0, 0), 0),
    ],
)
def test_calls_are_told_apart_by_what_they_ask(
    name: str, arguments: tuple[int, ...], said: int | None
) -> None:
    assert filtered(name, *arguments) == said


@pytest.mark.parametrize("name", ["kill", "tgkill", "rt_sigqueueinfo"])
def test_where_landlock_does_not_guard_signals_they_reach_oneself_only(name: str) -> None:
    assert filtered(name, 1, abi=5) == errno.EPERM
    assert filtered(name, -1 % 2**64, abi=5) == errno.EPERM
    assert filtered(name, ME, abi=5) is None
    assert filtered("tkill", ME, abi=5) == errno.EPERM


def test_where_landlock_does_not_guard_cutting_nothing_is_cut_unopened() -> None:
    assert filtered("truncate", abi=2) == errno.EACCES
    assert filtered("openat", 0, 0, 0o1000, abi=2) == errno.EACCES
    assert filtered("openat", 0, 0, 0o1001, abi=2) is None
    assert filtered("truncate", abi=3) is None


def test_a_step_with_a_gpu_may_control_it_and_little_else() -> None:
    def said(name: str, *arguments: int) -> int:
        found = number(name, "x86_64")
        assert found is not None
        return answer(assemble(rules(ME, 7, has_devices=True), "x86_64"), found, *arguments)

    for fine in (0x5401, 0x5421, 0xC020462A, 0x30000001, 0x25, 0xC0104B01, 0xC0406400):
        assert said("ioctl", 3, fine) == ALLOW
    for refused in (0x5412, 0x541C, 0x80045430, 0x8933, 0x40086602, 0x6D00):
        # terminals, network, files, displays
        assert said("ioctl", 3, refused) == ERRNO | errno.ENOTTY
    assert said("memfd_create") == ALLOW
    assert said("memfd_secret") == ERRNO | errno.ENOSYS


values = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5)


@given(values, st.integers(0, 2**64 - 1), st.sampled_from([0xF, 0xFFFF_FFFF]))
def test_a_check_says_what_its_words_say(found: list[int], argument: int, mask: int) -> None:
    low = argument & 0xFFFF_FFFF & mask
    wanted = {
        When.IS: low in found,
        When.IS_NOT: low not in found,
        When.HAS: any(low & value for value in found),
        When.NULL: argument == 0,
        When.NOT_NULL: argument != 0,
    }
    for when, refused in wanted.items():
        rule = Rule(errno.EPERM, ("kill",), (Check(1, when, tuple(found), mask),))
        said = answer(assemble([rule], "x86_64"), 62, 7, argument)
        assert said == (ERRNO | errno.EPERM if refused else ALLOW), when


def test_two_rules_for_one_call_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two rules"):
        assemble([Rule(1, ("kill",)), Rule(2, ("kill",))], "x86_64")


def test_numbers_are_those_of_the_kernels_headers() -> None:
    """Newer calls than the headers know cannot be compared; from 424 on both tables are one."""
    for name in names():
        ours = [number(name, machine) for machine in MACHINES]
        if max(n for n in ours if n is not None) >= 424:
            assert ours[0] == ours[1], name
    if not HEADERS.exists():
        pytest.skip("needs the headers of the C library")
    text = HEADERS.read_text()
    for name in names():
        if found := re.search(rf"^#define __NR_{name} (\d+)$", text, flags=re.MULTILINE):
            assert number(name, "x86_64") == int(found[1]), name


def test_the_names_of_operations_are_those_of_the_module() -> None:
    assert (bpf._ALLOW, bpf._ERRNO, bpf._KILL_PROCESS) == (ALLOW, ERRNO, KILL)
