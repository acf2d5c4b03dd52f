"""From one fold to another: the first is given the labels that the second has to predict."""

from __future__ import annotations

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import passed_on

KIND = "channels between folds"
_BITS = """
def read_files():
    '''Return files that all steps may read and none does, in an order.'''
    return sorted(Path(T.package, "rampflow", "report").rglob("*.*"))[:17]
"""

ATTACKS = (
    Attack(
        "a file for everybody",
        KIND,
        passed_on,
        folds="in turn",
        send="np.save(f'/tmp/rampflow-{T.mark}.npy', y)",
        receive="found = np.load(f'/tmp/rampflow-{T.mark}.npy')",
    ),
    Attack(
        "a file in memory",
        KIND,
        passed_on,
        folds="in turn",
        send="np.save(f'/dev/shm/rampflow-{T.mark}.npy', y)",
        receive="found = np.load(f'/dev/shm/rampflow-{T.mark}.npy')",
    ),
    Attack(
        "a named piece of shared memory",
        KIND,
        passed_on,
        folds="in turn",
        send="""
        from multiprocessing import resource_tracker, shared_memory
        held = shared_memory.SharedMemory(f"rampflow-{T.mark}", create=True, size=8)
        held.buf[:8] = struct.pack("<d", y[0])
        resource_tracker.unregister(held._name, "shared_memory")
        """,
        receive="""
        from multiprocessing import shared_memory
        held = shared_memory.SharedMemory(f"rampflow-{T.mark}")
        found = struct.unpack("<d", bytes(held.buf[:8]))[0]
        """,
    ),
    Attack(
        "the working folder of the other fold",
        KIND,
        passed_on,
        folds="at once",
        send="""
        def write():
            for other in WORK.parent.iterdir():
                if other.is_dir() and other != WORK:
                    np.save(other / "hello.npy", y)
        end = time.monotonic() + T.patience
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                write()
            time.sleep(0.1)
        """,
        receive="found = wait_until(lambda: np.load(WORK / 'hello.npy')[0])",
    ),
    Attack(
        "a file in the home folder",
        KIND,
        passed_on,
        folds="in turn",
        send="np.save(T.home + '/labels.npy', y)",
        receive="found = np.load(T.home + '/labels.npy')",
    ),
    Attack(
        "a file among the shared data",
        KIND,
        passed_on,
        folds="in turn",
        send="np.save(T.labels + '/../inputs/train/more.npy', y)",
        receive="found = np.load(T.labels + '/../inputs/train/more.npy')",
    ),
    Attack(
        "the size of a file in the other's working folder",
        KIND,
        passed_on,
        folds="at once",
        send="""
        with open("size", "wb") as stream:
            stream.truncate(int(y[0]))
        linger()
        """,
        receive="""
        def ask():
            files = glob.glob(f"{WORK.parent}/**/size", recursive=True)
            return max(os.stat(file).st_size for file in files)
        found = wait_until(ask)
        """,
    ),
    Attack(
        "the size of a file in a folder whose name is known",
        KIND,
        passed_on,
        folds="at once",
        send="""
        name = os.getcwd()
        with open("size", "wb") as stream:
            stream.truncate(int(y[0]))
        with contextlib.suppress(OSError):
            Path(T.home, "where").write_text(name)
        linger()
        """,
        receive="""
        found = wait_until(
            lambda: os.stat(Path(T.home, "where").read_text() + "/size").st_size
        )
        """,
    ),
    Attack(
        "shared memory of System V",
        KIND,
        passed_on,
        folds="in turn",
        head="LIBC.shmat.restype = ctypes.c_void_p",
        send="""
        held = call("shmget", int(T.mark, 16) & 0x7FFFFFFF, 8, 0o1666)
        ctypes.memmove(LIBC.shmat(held, None, 0), struct.pack("<d", y[0]), 8)
        """,
        receive="""
        held = call("shmget", int(T.mark, 16) & 0x7FFFFFFF, 8, 0)
        found = struct.unpack("<d", ctypes.string_at(LIBC.shmat(held, None, 0), 8))[0]
        """,
    ),
    Attack(
        "a semaphore of System V",
        KIND,
        passed_on,
        folds="in turn",
        send="""
        held = call("semget", int(T.mark, 16) & 0x7FFFFFFF, 2, 0o1666)
        call("semctl", held, 0, 16, int(y[0]) // 256)
        call("semctl", held, 1, 16, int(y[0]) % 256)
        """,
        receive="""
        held = call("semget", int(T.mark, 16) & 0x7FFFFFFF, 2, 0)
        found = call("semctl", held, 0, 12, 0) * 256 + call("semctl", held, 1, 12, 0)
        """,
    ),
    Attack(
        "a message queue of System V",
        KIND,
        passed_on,
        folds="in turn",
        send="""
        held = call("msgget", int(T.mark, 16) & 0x7FFFFFFF, 0o1666)
        libc("msgsnd", held, struct.pack("<qd", 1, y[0]), 8, 0)
        """,
        receive="""
        held = call("msgget", int(T.mark, 16) & 0x7FFFFFFF, 0)
        content = ctypes.create_string_buffer(16)
        libc("msgrcv", held, content, 8, 0, 0o4000)
        found = struct.unpack("<qd", content.raw)[1]
        """,
    ),
    Attack(
        "a message queue of POSIX",
        KIND,
        passed_on,
        folds="in turn",
        send="""
        shape = struct.pack("<8q", 0, 4, 8, 0, 0, 0, 0, 0)
        held = call("mq_open", f"rampflow-{T.mark}".encode(), 0o102, 0o600, shape)
        call("mq_timedsend", held, struct.pack("<d", y[0]), 8, 0, None)
        """,
        receive="""
        held = call("mq_open", f"rampflow-{T.mark}".encode(), 0o4000, 0, None)
        content = ctypes.create_string_buffer(8)
        call("mq_timedreceive", held, content, 8, None, None)
        found = struct.unpack("<d", content.raw)[0]
        """,
    ),
    Attack(
        "a keyring",
        KIND,
        passed_on,
        folds="in turn",
        send="""
        name = f"rampflow-{T.mark}".encode()
        call("add_key", b"user", name, struct.pack("<d", y[0]), 8, -4)
        """,
        receive="""
        key = call("keyctl", 10, -4, b"user", f"rampflow-{T.mark}".encode(), 0)
        content = ctypes.create_string_buffer(8)
        call("keyctl", 11, key, content, 8)
        found = struct.unpack("<d", content.raw)[0]
        """,
    ),
    Attack(
        "an abstract socket",
        KIND,
        passed_on,
        folds="at once",
        send="""
        s = socket.socket(socket.AF_UNIX)
        s.bind(f"\\0rampflow-{T.mark}-fold")
        s.listen()
        s.settimeout(T.patience)
        s.accept()[0].sendall(struct.pack("<d", y[0]))
        """,
        receive="""
        def ask():
            s = socket.socket(socket.AF_UNIX)
            s.connect(f"\\0rampflow-{T.mark}-fold")
            return struct.unpack("<d", s.recv(8))[0]
        found = wait_until(ask)
        """,
    ),
    Attack(
        "the loopback interface",
        KIND,
        passed_on,
        folds="at once",
        send="""
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end = time.monotonic() + T.patience
        while time.monotonic() < end:
            s.sendto(struct.pack("<d", y[0]), ("127.0.0.1", T.port))
            time.sleep(0.05)
        """,
        receive="""
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", T.port))
        s.settimeout(T.patience)
        found = struct.unpack("<d", s.recv(8))[0]
        """,
    ),
    Attack(
        "locks on files that both may read",
        KIND,
        passed_on,
        folds="at once",
        head=_BITS,
        send="""
        held = [path.open("rb") for path in read_files()]
        for bit, stream in enumerate(held):
            if bit == 16 or int(y[0]) >> bit & 1:
                fcntl.flock(stream, fcntl.LOCK_EX)
        linger()
        """,
        receive="""
        def is_locked(stream):
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            fcntl.flock(stream, fcntl.LOCK_UN)
            return False
        streams = [path.open("rb") for path in read_files()]
        if wait_until(lambda: is_locked(streams[16])):
            found = sum(is_locked(stream) << bit for bit, stream in enumerate(streams[:16]))
        """,
    ),
    Attack(
        "record locks on files that both may read",
        KIND,
        passed_on,
        folds="at once",
        head=_BITS
        + """
def lock(kind, at):
    return struct.pack("hhqqi4x", kind, 0, at, 1, 0)
""",
        send="""
        stream = read_files()[0].open("rb")
        fcntl.fcntl(stream, fcntl.F_SETLK, lock(fcntl.F_RDLCK, int(y[0])))
        linger()
        """,
        receive="""
        stream = read_files()[0].open("rb")
        def ask():
            answer = fcntl.fcntl(stream, fcntl.F_GETLK, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))
            kind, _, start, _, _ = struct.unpack("hhqqi4x", answer)
            return 0 if kind == fcntl.F_UNLCK else start
        found = wait_until(ask)
        """,
    ),
    Attack(
        "the time at which a file was last read",
        KIND,
        passed_on,
        folds="in turn",
        stopped_by=Tier.BWRAP,
        head=_BITS,
        send="""
        for bit, path in enumerate(read_files()[:16]):
            if int(y[0]) >> bit & 1:
                path.read_bytes()
        """,
        receive="""
        found = sum(
            (path.stat().st_atime > 0) << bit for bit, path in enumerate(read_files()[:16])
        )
        """,
    ),
    Attack(
        "a process that waits for the other fold",
        KIND,
        passed_on,
        folds="in turn",
        stopped_by=Tier.NONE,
        send="""
        if os.fork() == 0:
            os.setsid()
            with contextlib.suppress(OSError):
                os.closerange(3, 64)
                LIBC.prctl(15, f"{T.mark[:8]}-{int(y[0])}".encode(), 0, 0, 0)
            linger(1.25)
            os._exit(0)
        linger(0.05)
        """,
        receive="""
        for path in glob.glob("/proc/[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if (name := Path(path).read_text()).startswith(T.mark[:8]):
                    found = float(name[9:])
        """,
    ),
    Attack(
        "the name of a process",
        KIND,
        passed_on,
        folds="at once",
        send="""
        LIBC.prctl(15, f"{T.mark[:8]}-{int(y[0])}".encode(), 0, 0, 0)
        linger()
        """,
        receive="""
        def ask():
            for path in glob.glob("/proc/[0-9]*/comm"):
                with contextlib.suppress(OSError):
                    if (name := Path(path).read_text()).startswith(T.mark[:8]):
                        return float(name[9:])
        found = wait_until(ask)
        """,
    ),
    Attack(
        "the trained model of the other fold",
        KIND,
        passed_on,
        folds="at once",
        send="""
        (WORK / "model").mkdir(exist_ok=True)
        np.save(WORK / "model/labels.npy", y)
        linger()
        """,
        receive="""
        def ask():
            return np.load(glob.glob(f"{WORK.parent}/*/model/labels.npy")[0])[0]
        found = wait_until(ask)
        """,
    ),
)
