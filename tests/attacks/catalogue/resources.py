"""More than its share of the machine: bounded, so that the machine that runs them bears it."""

from __future__ import annotations

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import outlived, overran, took

MEMORY = "memory and disk"
TIME = "time and processes"
SMALL = {"memory_mb": 200}
NARROW = {"disk_mb": 100}
CROWDED = {"processes": 60}
SHORT = {"time_s": 2.0}
TOO_MUCH_MB = 240

ATTACKS = (
    Attack(
        "memory of its own",
        MEMORY,
        took("private_mb", TOO_MUCH_MB),
        limits=SMALL,
        stopped_by=Tier.NONE,
        statuses=("memory",),
        fit="held = np.ones(40_000_000)\nstay()",
    ),
    Attack(
        "memory of many processes, each below the limit",
        MEMORY,
        took("private_mb", TOO_MUCH_MB),
        limits=SMALL,
        stopped_by=Tier.NONE,
        statuses=("memory",),
        fit="""
        for _ in range(3):
            if os.fork() == 0:
                held = bytearray(b"x") * 100_000_000
                stay()
                os._exit(0)
        stay()
        """,
    ),
    Attack(
        "memory that processes share",
        MEMORY,
        took("shared_mb", TOO_MUCH_MB),
        limits=SMALL,
        stopped_by=Tier.NONE,
        statuses=("memory",),
        fit="""
        held = mmap.mmap(-1, 300_000_000)
        held.write(bytes(300_000_000))
        stay()
        """,
    ),
    Attack(
        "memory as a file without a name",
        MEMORY,
        took("shared_mb", TOO_MUCH_MB),
        limits=SMALL,
        fit="""
        held = os.memfd_create("held")
        for _ in range(30):
            os.write(held, bytes(10_000_000))
        linger(0.375)
        """,
    ),
    Attack(
        "memory as a file in /dev/shm",
        MEMORY,
        took("shared_mb", TOO_MUCH_MB),
        limits=SMALL,
        fit="""
        with open(f"/dev/shm/rampflow-{T.mark}", "wb") as stream:
            for _ in range(30):
                stream.write(bytes(10_000_000))
        linger(0.375)
        """,
    ),
    Attack(
        "memory as System V segments",
        MEMORY,
        took("shared_mb", TOO_MUCH_MB),
        limits=SMALL,
        fit="""
        for _ in range(3):
            held = call("shmget", 0, 100_000_000, 0o1600)
            LIBC.shmat.restype = ctypes.c_void_p
            address = LIBC.shmat(held, None, 0)
            LIBC.shmctl(held, 0, None)  # to be removed with its last user
            ctypes.memset(address, 1, 100_000_000)
        stay()
        """,
        stopped_by=Tier.NONE,
        statuses=("memory", "error"),
    ),
    Attack(
        "memory as full pipes",
        MEMORY,
        took("piped_mb", 45),
        limits=SMALL,
        fit="""
        held = []
        for _ in range(58):
            reading, writing = os.pipe()
            with contextlib.suppress(OSError):
                fcntl.fcntl(writing, 1031, 1 << 20)
            os.set_blocking(writing, False)
            with contextlib.suppress(BlockingIOError):
                os.write(writing, bytes(1 << 20))
            held.append((reading, writing))
        linger(0.375)
        """,
    ),
    Attack(
        "a huge file in its working folder",
        MEMORY,
        took("written_mb", TOO_MUCH_MB),
        limits=NARROW,
        stopped_by=Tier.NONE,
        fit="""
        with open("huge", "wb") as stream:
            for _ in range(28):
                stream.write(bytes(10_000_000))
        stay()
        """,
        statuses=("disk",),
    ),
    Attack(
        "many files in its temporary folder",
        MEMORY,
        took("written_mb", TOO_MUCH_MB),
        limits=NARROW,
        stopped_by=Tier.NONE,
        fit="""
        import tempfile
        for number in range(28):
            Path(tempfile.gettempdir(), str(number)).write_bytes(bytes(10_000_000))
        stay()
        """,
        statuses=("disk", "error"),
    ),
    Attack(
        "a crowd of processes",
        TIME,
        took("processes", 140),
        limits=CROWDED,
        stopped_by=Tier.NONE,
        fit="""
        crowd = []
        for _ in range(160):
            pid = os.fork()
            if pid == 0:
                stay()
                os._exit(0)
            crowd.append(pid)
        stay()
        """,
        statuses=("processes", "error"),
    ),
    Attack(
        "an endless loop",
        TIME,
        overran,
        limits=SHORT,
        stopped_by=Tier.NONE,
        statuses=("timeout",),
        fit="while True: pass",
    ),
    Attack(
        "an endless loop that ignores requests to end",
        TIME,
        overran,
        limits=SHORT,
        stopped_by=Tier.NONE,
        statuses=("timeout",),
        fit="""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
        """,
    ),
    Attack(
        "a function at its end that never ends",
        TIME,
        overran,
        stopped_by=Tier.NONE,
        statuses=("ok",),
        fit="""
        import atexit
        atexit.register(time.sleep, 600)
        """,
    ),
    Attack(
        "a thread that goes on",
        TIME,
        overran,
        stopped_by=Tier.NONE,
        statuses=("ok",),
        fit="threading.Thread(target=time.sleep, args=(600,)).start()",
    ),
    Attack(
        "a child that goes on",
        TIME,
        outlived,
        stopped_by=Tier.NONE,
        statuses=("ok",),
        fit="subprocess.Popen(['sleep', '600'])",
    ),
    Attack(
        "a child that belongs to nobody",
        TIME,
        outlived,
        stopped_by=Tier.NONE,
        statuses=("ok",),
        fit="""
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        os.wait()
        """,
    ),
    Attack(
        "a child that always becomes another one",
        TIME,
        outlived,
        stopped_by=Tier.NONE,
        statuses=("ok",),
        fit="""
        if os.fork() == 0:
            os.setsid()
            for _ in range(2000):
                if os.fork():
                    os._exit(0)
                time.sleep(0.003)
            os._exit(0)
        os.wait()
        """,
    ),
    Attack(
        "a child that is its brother",
        TIME,
        outlived,
        stopped_by=Tier.NONE,
        fit="""
        if call("clone", 0x8000 | 17, 0, 0, 0, 0) == 0:
            os.execvp("sleep", ["sleep", "600"])
        """,
    ),
)
