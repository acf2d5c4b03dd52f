"""Made for the warm start: steps are split off from one process that has imported before."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.seen import broke_the_job, passed_on, was

KIND = "the preloaded process"
_WARM = ("warm", "supervised")
_PI = "id(np.pi) + 16"
"""Where a float keeps its value: at the same place in what is split off next."""

ATTACKS = (
    Attack(
        "another value of pi for the next fold",
        KIND,
        passed_on,
        folds="in turn",
        only=_WARM,
        send=f"write_memory(preloader(), {_PI}, struct.pack('<d', y[0]))",
        receive="found = np.pi",
    ),
    Attack(
        "another value of pi for the next fold, through a file",
        KIND,
        passed_on,
        folds="in turn",
        only=_WARM,
        send=f"""
        with open(f"/proc/{{preloader()}}/mem", "r+b", buffering=0) as memory:
            memory.seek({_PI})
            memory.write(struct.pack("<d", y[0]))
        """,
        receive="found = np.pi",
    ),
    Attack(
        "another value of pi for the next fold, as a debugger",
        KIND,
        passed_on,
        folds="in turn",
        only=_WARM,
        send=f"""
        pid, word = preloader(), struct.unpack("<q", struct.pack("<d", y[0]))[0]
        traced(pid, lambda: LIBC.ptrace(5, pid, ctypes.c_void_p({_PI}), ctypes.c_long(word)))
        """,
        receive="found = np.pi",
    ),
    Attack(
        "the socket between supervisor and preloaded process",
        KIND,
        broke_the_job,
        only=_WARM,
        folds="in turn",
        send="""
        target = call("pidfd_open", preloader(), 0)
        for number in range(3, 64):
            with contextlib.suppress(OSError):
                fd = call("pidfd_getfd", target, number, 0)
                if stat.S_ISSOCK(os.fstat(fd).st_mode):
                    forge(fd, {"pid": 1, "arrays": []})
        """,
    ),
    Attack(
        "stopping the preloaded process",
        KIND,
        was("preloader_stopped"),
        only=_WARM,
        fit="os.kill(preloader(), 19)\nlinger(0.125)",
    ),
    Attack(
        "slowing the preloaded process down",
        KIND,
        was("preloader_slowed"),
        only=_WARM,
        fit="os.setpriority(os.PRIO_PROCESS, preloader(), 9)\nlinger(0.125)",
    ),
    Attack(
        "ending the preloaded process",
        KIND,
        lambda seen: "the preloaded process is gone" in seen.logs,
        only=_WARM,
        folds="in turn",
        fit="os.kill(preloader(), 9)",
    ),
    Attack(
        "looking for labels that the fold before has left in memory",
        KIND,
        passed_on,
        folds="in turn",
        only=_WARM,
        send="""
        pid = preloader()
        word = np.frombuffer(b"labels: ", dtype=np.float64)[0]
        with open(f"/proc/{pid}/maps") as maps:
            heap = next(line for line in maps if "[heap]" in line).split("-")
        start = int(heap[0], 16)
        write_memory(pid, start + 4096, struct.pack("<2d", word, y[0]))
        """,
        receive="""
        word = b"labels: "
        with open("/proc/self/maps") as maps:
            heap = next(line for line in maps if "[heap]" in line).split()[0].split("-")
        start, stop = (int(number, 16) for number in heap)
        content = ctypes.string_at(start, stop - start)
        at = content.index(word)
        found = struct.unpack("<d", content[at + 8 : at + 16])[0]
        """,
    ),
)
