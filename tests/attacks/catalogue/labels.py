"""Labels that were to be predicted, and secrets of other processes: read in every way there is."""

from __future__ import annotations

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import told

KIND = "hidden labels"
OTHERS = "memory and descriptors of others"

ATTACKS = (
    Attack("labels by their path", KIND, told, predict="found = np.load(T.test_labels)"),
    Attack(
        "labels found by walking",
        KIND,
        told,
        fit="""
        for base, _, names in os.walk(T.root):
            if base.endswith("labels/test"):
                found = np.load(os.path.join(base, names[0]))
        """,
    ),
    Attack(
        "labels through a symlink",
        KIND,
        told,
        fit="""
        os.symlink(T.test_labels, "innocent.npy")
        found = np.load("innocent.npy")
        """,
    ),
    Attack(
        "labels through a hard link",
        KIND,
        told,
        fit="""
        os.link(T.test_labels, "innocent.npy")
        found = np.load("innocent.npy")
        """,
    ),
    Attack(
        "labels by a program that is started",
        KIND,
        told,
        predict="""
        code = f"print(open({T.test_labels!r}, 'rb').read().hex())"
        words = [sys.executable, "-S", "-c", code]
        content = bytes.fromhex(subprocess.check_output(words, text=True))
        found = np.frombuffer(content[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "labels from the table of the problem",
        KIND,
        told,
        predict="found = np.loadtxt(T.root + '/problems/toy/data/test.csv', delimiter=',')[:, -1]",
    ),
    Attack(
        "labels by a relative path",
        KIND,
        told,
        predict="""
        up = os.path.relpath(T.test_labels, os.getcwd())
        found = np.load(up)
        """,
    ),
    Attack(
        "labels by memory-mapping",
        KIND,
        told,
        predict="found = np.array(np.load(T.test_labels, mmap_mode='r'))",
    ),
    Attack(
        "labels that the trained model points to",
        KIND,
        told,
        head="""
        class Later:
            def __reduce__(self):
                return np.load, (T.test_labels,)
        """,
        fit="found = Later()",
        predict="found = np.load(T.test_labels) if isinstance(found, Later) else found",
    ),
    Attack(
        "labels opened by io_uring",
        KIND,
        told,
        fit="""
        content = os.read(open_by_ring(T.test_labels), 10_000)
        found = np.frombuffer(content[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "labels by file handle",
        KIND,
        told,
        only=("root",),
        fit="""
        handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0), 136)
        mount = ctypes.c_int()
        name = T.test_labels.encode()
        libc("name_to_handle_at", -100, name, handle, ctypes.byref(mount), 0)
        where = os.open("/", os.O_RDONLY)
        opened = libc("open_by_handle_at", where, handle, os.O_RDONLY)
        found = np.frombuffer(os.read(opened, 10_000)[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "labels by an inherited descriptor",
        KIND,
        told,
        stopped_by=Tier.NONE,
        predict="""
        for fd in map(int, os.listdir("/proc/self/fd")):
            with contextlib.suppress(OSError, ValueError):
                if os.readlink(f"/proc/self/fd/{fd}") == T.test_labels:
                    found = np.frombuffer(os.pread(fd, 10_000, 128), dtype=np.float64)
        """,
    ),
    Attack(
        "labels by a descriptor of the supervisor",
        KIND,
        told,
        predict="""
        pids = [os.getppid(), os.getpid()]
        for fd in [f"/proc/{p}/fd/{n}" for p in pids for n in os.listdir(f"/proc/{p}/fd")]:
            with contextlib.suppress(OSError, ValueError):
                if os.readlink(fd) == T.test_labels:
                    with open(fd, "rb") as stream:
                        found = np.frombuffer(stream.read()[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "labels by the root folder of another process",
        KIND,
        told,
        predict="found = np.load(f'/proc/{T.victim}/root{T.test_labels}')",
    ),
    Attack(
        "labels by a descriptor of another process",
        OTHERS,
        told,
        predict="""
        for fd in glob.glob(f"/proc/{T.victim}/fd/*"):
            if os.readlink(fd) == T.test_labels:
                with open(fd, "rb") as stream:
                    found = np.frombuffer(stream.read()[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "a descriptor of another process, copied",
        OTHERS,
        told,
        fit="""
        target = call("pidfd_open", T.victim, 0)
        for number in range(3, 9):
            with contextlib.suppress(OSError, ValueError):
                fd = call("pidfd_getfd", target, number, 0)
                found = np.frombuffer(os.pread(fd, 10_000, 128), dtype=np.float64)
        """,
    ),
    Attack(
        "its own environment",
        OTHERS,
        told,
        stopped_by=Tier.NONE,
        fit="found = str(dict(os.environ))",
    ),
    Attack(
        "the environment of the supervisor",
        OTHERS,
        told,
        fit="""
        for pid in (os.getppid(), os.getpid()):
            content = Path(f"/proc/{pid}/environ").read_bytes()
            found = found or secret_in(content)
        """,
    ),
    Attack(
        "the environment of any process",
        OTHERS,
        told,
        fit="""
        for path in glob.glob("/proc/[0-9]*/environ"):
            with contextlib.suppress(OSError):
                found = found or secret_in(Path(path).read_bytes())
        """,
    ),
    Attack(
        "the command line of another process",
        OTHERS,
        told,
        fit="found = Path(f'/proc/{T.victim}/cmdline').read_bytes()",
    ),
    Attack(
        "the memory of another process, as a file",
        OTHERS,
        told,
        fit="""
        with open(f"/proc/{T.victim}/mem", "rb", buffering=0) as memory:
            memory.seek(T.victim_address)
            found = memory.read(64)
        """,
    ),
    Attack(
        "the memory of another process, by process_vm_readv",
        OTHERS,
        told,
        fit="found = read_memory(T.victim, T.victim_address, 64)",
    ),
    Attack(
        "the memory of another process, as a debugger",
        OTHERS,
        told,
        fit="found = traced(T.victim, lambda: peek(T.victim, T.victim_address, 64))",
    ),
)
