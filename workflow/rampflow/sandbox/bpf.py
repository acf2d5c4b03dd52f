"""Assemble a filter of system calls: classic BPF, as seccomp runs it on every call.

Reference: Linux, ``Documentation/userspace-api/seccomp_filter.rst`` and ``filter.rst``. The kernel
remembers which calls a filter always allows (since 5.11), so its length costs those nothing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from rampflow.sandbox.kernel import system_call
from rampflow.sandbox.syscalls import MACHINES, NEWEST, X32_BIT, number

_LOAD, _AND, _EQUAL, _GREATER, _GREATER_EQUAL, _SET, _RETURN = (
    0x20,
    0x54,
    0x15,
    0x25,
    0x35,
    0x45,
    0x06,
)
_ALLOW = 0x7FFF_0000
_ERRNO = 0x0005_0000
_KILL_PROCESS = 0x8000_0000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ENOSYS = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


class When(Enum):
    """What about an argument makes a call refused."""

    IS = "it is one of the values"
    IS_NOT = "it is none of the values"
    HAS = "it has a bit of one of the values"
    NULL = "it is zero, in all of its 64 bits"
    NOT_NULL = "it is not zero"
    FINE = "it is one of the values: then the call is let through, whatever later checks say"


class Check(NamedTuple):
    """Look at one argument of a call.

    Parameters
    ----------
    argument : int
        Its position, from 0.
    when : When
        What makes the call refused.
    values : tuple of int
        32-bit values to compare with. The upper half of an argument is not looked at, which is
        right where the kernel's own type is a 32-bit one.
    mask : int
        Bits of the argument to compare.
    errno : int, optional
        What the caller is told, where it is not what the rule says.
    """

    argument: int
    when: When
    values: tuple[int, ...] = ()
    mask: int = 0xFFFF_FFFF
    errno: int | None = None


class Rule(NamedTuple):
    """Refuse calls: always, or where one of the checks applies; the first that does counts.

    Parameters
    ----------
    errno : int
        What the caller is told; 0 pretends that the call succeeded.
    names : tuple of str
        The calls.
    checks : tuple of Check
        Empty to refuse always.
    otherwise : int, optional
        What the caller is told where no check applies; None lets the call through.
    """

    errno: int
    names: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    otherwise: int | None = None


class Instruction(NamedTuple):
    """One step of a filter: an operation, how far to jump if true or false, an operand."""

    code: int
    if_true: int
    if_false: int
    operand: int


def assemble(rules: Iterable[Rule], machine: str) -> list[Instruction]:
    """Return the filter that these rules amount to.

    A call by another architecture's table ends the process. A call newer than the table fails as
    if the kernel did not have it. What no rule names is allowed.

    Parameters
    ----------
    rules : iterable of Rule
        At most one for each name.
    machine : str
        The architecture, one of `MACHINES`.

    Raises
    ------
    ValueError
        If two rules have the same name: only the first would count.
    """
    program = [
        _load(_ARCHITECTURE),
        Instruction(_EQUAL, 1, 0, MACHINES[machine]),
        _give(_KILL_PROCESS),
        _load(_NUMBER),
    ]
    if machine == "x86_64":
        program += [Instruction(_GREATER_EQUAL, 0, 1, X32_BIT), _give(_KILL_PROCESS)]
    program += [Instruction(_GREATER, 0, 1, NEWEST), _give(_ERRNO | _ENOSYS)]
    seen: set[str] = set()
    for rule in rules:
        body = _body(rule)
        for name in rule.names:
            if name in seen:
                raise ValueError(f"two rules for {name}")
            seen.add(name)
            if (found := number(name, machine)) is not None:
                program += [Instruction(_EQUAL, 0, len(body), found), *body]
    return [*program, _give(_ALLOW)]


def _body(rule: Rule) -> list[Instruction]:
    if not rule.checks:
        return [_give(_ERRNO | rule.errno)]
    body: list[Instruction] = []
    for check in rule.checks:
        errno = rule.errno if check.errno is None else check.errno
        body += _check(check, _give(_ALLOW if check.when is When.FINE else _ERRNO | errno))
    return [*body, _give(_ALLOW if rule.otherwise is None else _ERRNO | rule.otherwise)]


def _check(check: Check, refuse: Instruction) -> list[Instruction]:
    """Return instructions that refuse, or go on behind themselves."""
    low = _ARGUMENTS + 8 * check.argument
    high = low + 4  # both architectures are little-endian
    if check.when is When.NULL:
        tests = [Instruction(_EQUAL, 0, 3, 0), _load(high), Instruction(_EQUAL, 0, 1, 0)]
        return [_load(low), *tests, refuse]
    if check.when is When.NOT_NULL:
        tests = [Instruction(_EQUAL, 0, 2, 0), _load(high), Instruction(_EQUAL, 1, 0, 0)]
        return [_load(low), *tests, refuse]
    operation = _SET if check.when is When.HAS else _EQUAL
    n = len(check.values)
    steps = [_load(low), Instruction(_AND, 0, 0, check.mask)]
    if check.when is When.IS_NOT:  # a match goes behind the refusal
        return [*steps, *(Instruction(operation, n - i, 0, v) for i, v in enumerate(check.values)),
                refuse]  # fmt: skip
    # a match goes to the refusal, the last one that does not goes behind it
    last = [n - 1 - i for i in range(n)]
    return [
        *steps,
        *(
            Instruction(operation, left, 0 if left else 1, value)
            for left, value in zip(last, check.values, strict=True)
        ),
        refuse,
    ]


def _load(offset: int) -> Instruction:
    return Instruction(_LOAD, 0, 0, offset)


def _give(action: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, action)


class _Step(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step))]


def install(program: Sequence[Instruction]) -> None:
    """Put a filter on every thread of this process and on what they start, for good.

    Raises
    ------
    OSError
        If the kernel refuses, or a thread could not be reached.
    """
    steps = (_Step * len(program))(*(_Step(*step) for step in program))
    whole = _Program(len(program), steps)
    if thread := system_call("seccomp", _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(whole)):
        raise OSError(f"the filter could not be put on thread {thread}")
