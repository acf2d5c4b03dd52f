"""More rights than it was given."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.seen import hit, told, was

KIND = "privileges"
_NAME = "LIBC.prctl(15, b'attack', 0, 0, 0)\n"
_NEW_USER = 0x10000000

ATTACKS = (
    Attack(
        "root of a user namespace",
        KIND,
        was("capable"),
        only=("user",),
        fit=f"{_NAME}libc('unshare', {_NEW_USER})\nlinger(0.125)",
    ),
    Attack(
        "root of a user namespace, by clone",
        KIND,
        was("capable"),
        only=("user",),
        fit=f"""
        {_NAME.strip()}
        if call("clone", {_NEW_USER} | 17, 0, 0, 0, 0) == 0:
            linger(0.125)
            os._exit(0)
        linger(0.15)
        """,
    ),
    Attack(
        "joining the namespaces of another process",
        KIND,
        told,
        only=("root",),
        fit="""
        reading, writing = os.pipe()
        if os.fork() == 0:  # only a process of one thread may join
            try:
                libc("setns", os.open(f"/proc/{T.victim}/ns/mnt", os.O_RDONLY), 0)
                os.write(writing, Path(T.test_labels).read_bytes())
            finally:
                os._exit(0)
        os.wait()
        os.close(writing)
        found = np.frombuffer(os.read(reading, 10_000)[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "a program that runs as root",
        KIND,
        was("privileged"),
        only=("user",),
        fit="""
        program = subprocess.Popen(["su"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        linger(0.15)
        program.kill()
        """,
    ),
    Attack(
        "another root folder",
        KIND,
        told,
        only=("root",),
        fit="""
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.chroot(T.labels)
            os.write(writing, Path("/test/value.npy").read_bytes())
            os._exit(0)
        os.wait()
        os.close(writing)
        found = np.frombuffer(os.read(reading, 10_000)[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "a mount over the hidden labels' folder, seen by nobody else",
        KIND,
        told,
        only=("root",),
        fit="""
        libc("unshare", 0x20000)
        libc("mount", b"none", b"/", None, 0x40000 | 0x4000, None)
        os.makedirs("over", exist_ok=True)
        libc("mount", T.labels.encode(), b"over", None, 0x1000, None)
        found = np.load("over/test/value.npy")
        """,
    ),
    Attack(
        "the mount of another process's files",
        KIND,
        told,
        only=("root",),
        fit="""
        tree = LIBC.syscall(428, -100, T.labels.encode(), 1 | 0o2000000)
        content = os.open("test/value.npy", os.O_RDONLY, dir_fd=tree)
        found = np.frombuffer(os.read(content, 10_000)[128:], dtype=np.float64)
        """,
    ),
    Attack(
        "becoming another user",
        KIND,
        hit("ended"),
        only=("root",),
        fit="""
        if os.fork() == 0:
            os.setuid(0)
            os.kill(T.victim, 15)
            os._exit(0)
        os.wait()
        """,
    ),
)
