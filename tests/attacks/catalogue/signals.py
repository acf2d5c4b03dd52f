"""Other processes of the same account: ended, stopped, slowed down, limited, written to."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.seen import hit

KIND = "signals and priorities"

ATTACKS = (
    Attack("ending another process", KIND, hit("ended"), fit="os.kill(T.victim, signal.SIGTERM)"),
    Attack(
        "ending another process's group",
        KIND,
        hit("ended"),
        fit="os.killpg(T.victim, signal.SIGKILL)",
    ),
    Attack(
        "ending every process of the account",
        KIND,
        hit("ended"),
        only=("user", "alone"),
        fit="os.kill(-1, signal.SIGUSR1)",
    ),
    Attack(
        "ending another process's thread",
        KIND,
        hit("ended"),
        fit="call('tgkill', T.victim, T.victim, signal.SIGKILL)",
    ),
    Attack(
        "ending another process by a queued signal",
        KIND,
        hit("ended"),
        fit="""
        information = ctypes.create_string_buffer(struct.pack("<iii", 15, 0, -1), 128)
        call("rt_sigqueueinfo", T.victim, 15, information)
        """,
    ),
    Attack(
        "ending another process by its descriptor",
        KIND,
        hit("ended"),
        fit="""
        target = call("pidfd_open", T.victim, 0)
        call("pidfd_send_signal", target, 15, None, 0)
        """,
    ),
    Attack(
        "ending another process when a pipe is written to",
        KIND,
        hit("ended"),
        fit="""
        reading, writing = os.pipe()
        fcntl.fcntl(reading, fcntl.F_SETOWN, T.victim)
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(writing, b"x")
        """,
    ),
    Attack("stopping another process", KIND, hit("stopped"), fit="os.kill(T.victim, 19)"),
    Attack(
        "slowing another process down",
        KIND,
        hit("nice"),
        fit="os.setpriority(os.PRIO_PROCESS, T.victim, 7)",
    ),
    Attack(
        "slowing all processes of the account down",
        KIND,
        hit("nice"),
        only=("user", "alone"),
        fit="os.setpriority(os.PRIO_USER, os.getuid(), 1)",
    ),
    Attack(
        "letting another process run only when nobody else does",
        KIND,
        hit("policy"),
        fit="os.sched_setscheduler(T.victim, os.SCHED_IDLE, os.sched_param(0))",
    ),
    Attack(
        "letting another process wait for the disk",
        KIND,
        hit("io"),
        fit="call('ioprio_set', 1, T.victim, 3 << 13)",
    ),
    Attack(
        "putting another process on one core",
        KIND,
        hit("affinity"),
        fit="os.sched_setaffinity(T.victim, {min(os.sched_getaffinity(0))})",
    ),
    Attack(
        "limiting the files of another process",
        KIND,
        hit("limits"),
        fit="resource.prlimit(T.victim, resource.RLIMIT_NOFILE, (16, 16))",
    ),
    Attack(
        "offering another process when memory runs out",
        KIND,
        hit("oom"),
        fit="Path(f'/proc/{T.victim}/oom_score_adj').write_text('900')",
    ),
    Attack(
        "writing into another process, as a file",
        KIND,
        hit("memory"),
        fit="""
        with open(f"/proc/{T.victim}/mem", "r+b", buffering=0) as memory:
            memory.seek(T.victim_address)
            memory.write(b"changed")
        """,
    ),
    Attack(
        "writing into another process, by process_vm_writev",
        KIND,
        hit("memory"),
        fit="write_memory(T.victim, T.victim_address, b'changed')",
    ),
    Attack(
        "writing into another process, as a debugger",
        KIND,
        hit("memory"),
        fit="""
        address = ctypes.c_void_p(T.victim_address)
        traced(T.victim, lambda: LIBC.ptrace(5, T.victim, address, ctypes.c_long(1)))
        """,
    ),
)
