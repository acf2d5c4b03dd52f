"""Honest submissions that use what attackers use: they must give the same results in every tier.

All that they predict follows from X and their seed, so results can be compared between scenes.
"""

from __future__ import annotations

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import never

KIND = "honest"
_ROOM = {"memory_mb": 1500, "time_s": 600.0}


def honest(name: str, fit: str, predict: str = "", head: str = "") -> Attack:
    """Return an honest submission; its training data are called X and y."""
    return Attack(
        name, KIND, never, fit=fit, predict=predict, head=head, stopped_by=Tier.BARE,
        statuses=("ok",), limits=_ROOM,
    )  # fmt: skip


HONEST = (
    honest(
        "threads",
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            found = sum(pool.map(float, X[:, 0] ** 2))
        """,
    ),
    honest(
        "OpenMP",
        """
        from sklearn.ensemble import HistGradientBoostingRegressor
        model = HistGradientBoostingRegressor(min_samples_leaf=1, max_iter=20, random_state=1)
        found = model.fit(X, X[:, 0] * 2).predict(X)
        """,
    ),
    honest(
        "BLAS",
        "found = float(np.linalg.norm(np.random.default_rng(1).normal(size=(300, 300)) @ "
        "np.ones((300, 300))))",
    ),
    honest(
        "joblib: dump and memory-map",
        """
        import joblib
        joblib.dump(X, "X.joblib")
        found = float(joblib.load("X.joblib", mmap_mode="r").sum())
        """,
    ),
    honest(
        "a pool of processes",
        """
        import multiprocessing
        with multiprocessing.get_context("fork").Pool(2) as pool:
            found = float(sum(pool.map(abs, [-1, -2, 3])))
        """,
    ),
    honest(
        "a pool of new interpreters",
        """
        import multiprocessing
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found = float(sum(pool.map(abs, [-1, -2, 3])))
        """,
    ),
    honest(
        "a pool of loky",
        """
        import joblib
        pids = joblib.Parallel(n_jobs=2)(joblib.delayed(os.getpid)() for _ in range(6))
        found = 1.0 + (os.getpid() in pids)
        """,
    ),
    honest(
        "temporary files",
        """
        import tempfile
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as stream:
            Path(folder, "a").write_text("5")
            stream.write(b"6")
            stream.seek(0)
            found = float(Path(folder, "a").read_text()) + float(stream.read())
        """,
    ),
    honest(
        "a program",
        "found = float(subprocess.check_output([sys.executable, '-c', 'print(7)']))",
    ),
    honest(
        "asyncio",
        """
        import asyncio
        async def work():
            program = await asyncio.create_subprocess_exec("true")
            await asyncio.sleep(0.01)
            return await program.wait() + 8.0
        found = asyncio.run(work())
        """,
    ),
    honest(
        "sqlite",
        """
        import sqlite3
        with sqlite3.connect("own.db") as base:
            base.execute("create table t (x real)")
            base.executemany("insert into t values (?)", [(float(x),) for x in X[:, 0]])
            found = base.execute("select sum(x) from t").fetchone()[0]
        """,
    ),
    honest(
        "copies with modes and times",
        """
        shutil.copy2(HERE / "tools.py", "copy.py")
        shutil.copytree(HERE, "tree")
        os.chmod("copy.py", 0o700)
        Path("touched").touch()
        os.replace("copy.py", "tree/again.py")
        found = float(Path("tree/again.py").stat().st_size == (HERE / "tools.py").stat().st_size)
        """,
    ),
    honest(
        "a figure in memory and in a file",
        """
        import io
        from matplotlib import pyplot
        pyplot.plot(X[:, 0])
        pyplot.savefig(buffer := io.BytesIO(), format="png")
        pyplot.savefig("figure.png")
        found = float(buffer.getvalue()[1:4] == b"PNG")
        """,
    ),
    honest(
        "much output",
        "for _ in range(50):\n    print('x' * 100_000)\nfound = 12.0",
    ),
    honest(
        "modules and data files",
        "found = helper.read_table()",
        head="""
        import helper
        """,
    ),
    honest(
        "a table of pandas",
        """
        import pandas as pd
        pd.DataFrame(X).to_csv("X.csv", index=False)
        found = float(pd.read_csv("X.csv").to_numpy().sum())
        """,
    ),
    honest(
        "a cache of joblib",
        """
        import joblib
        found = joblib.Memory("cache", verbose=0).cache(float)(13)
        """,
    ),
    honest(
        "a timer and a signal to itself",
        """
        heard = []
        signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        signal.signal(signal.SIGUSR2, lambda *_: heard.append(1))
        os.kill(os.getpid(), signal.SIGUSR2)
        time.sleep(0.1)
        found = float(len(heard))
        """,
    ),
    honest(
        "its own priority and cores",
        """
        os.nice(1)
        os.sched_setaffinity(0, os.sched_getaffinity(0))
        resource.setrlimit(resource.RLIMIT_STACK, resource.getrlimit(resource.RLIMIT_STACK))
        found = float(os.getpriority(os.PRIO_PROCESS, 0) > 0)
        """,
    ),
    honest(
        "seeded random numbers",
        "import random\nfound = np.random.normal() + random.random()",
        predict="found = found + np.random.normal()",
    ),
    honest(
        "who and where it is",
        """
        import platform, tempfile
        names = [platform.node(), os.path.expanduser("~"), tempfile.gettempdir(), os.getcwd()]
        found = float(all(names) and os.cpu_count() > 0 and time.localtime().tm_year > 2000)
        """,
    ),
    honest(
        "a child that hands over an array in shared memory",
        """
        from multiprocessing import shared_memory
        held = shared_memory.SharedMemory(create=True, size=8)
        if os.fork() == 0:
            held.buf[:8] = struct.pack("<d", 9.5)
            os._exit(0)
        os.wait()
        found = struct.unpack("<d", bytes(held.buf[:8]))[0]
        held.close()
        held.unlink()
        """,
    ),
)
HELPER = """
from pathlib import Path

import inner


def read_table():
    return float(Path(__file__).with_name("table.txt").read_text()) * inner.FACTOR
"""
FILES = {"helper.py": HELPER, "inner.py": "FACTOR = 2\n", "table.txt": "21\n"}
"""What honest submissions have beside their entry."""
