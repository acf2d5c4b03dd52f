"""Another team's submission and results: looked at, and changed."""

from __future__ import annotations

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import changed, told

READ = "other teams: looking"
WRITE = "other teams: changing"

ATTACKS = (
    Attack(
        "the names of another team's files",
        READ,
        told,
        fit="found = str(os.listdir(T.rival))",
    ),
    Attack(
        "another team's code",
        READ,
        told,
        fit="found = Path(T.rival, 'regressor.py').read_bytes()",
    ),
    Attack(
        "another team's predictions",
        READ,
        told,
        fit="found = np.load(T.rival_cell + '/test.npy')",
    ),
    Attack(
        "another team's log",
        READ,
        told,
        fit="found = Path(T.rival_cell, 'run.json').read_bytes()",
    ),
    Attack(
        "the leaderboard of a closed event",
        READ,
        told,
        fit="found = Path(T.results, 'leaderboard.json').read_bytes()",
    ),
    Attack(
        "the time of a known file",
        READ,
        told,
        stopped_by=Tier.BWRAP,
        fit="found = os.stat(T.rival + '/known').st_mtime",
    ),
    Attack(
        "another team's code, seen from its mount point",
        READ,
        told,
        fit="""
        root = f"/proc/{os.getppid()}/root"
        found = Path(root + T.rival, "regressor.py").read_bytes()
        """,
    ),
    Attack(
        "another team's code, replaced",
        WRITE,
        changed("/rivals/"),
        fit="Path(T.rival, 'regressor.py').write_text('raise SystemExit')",
    ),
    Attack(
        "another team's code, appended to",
        WRITE,
        changed("/rivals/"),
        fit="""
        with open(T.rival + "/regressor.py", "a") as stream:
            stream.write("raise SystemExit")
        """,
    ),
    Attack(
        "another team's code, removed",
        WRITE,
        changed("/rivals/"),
        fit="os.unlink(T.rival + '/regressor.py')",
    ),
    Attack(
        "another team's code, renamed",
        WRITE,
        changed("/rivals/"),
        fit="os.rename(T.rival + '/regressor.py', T.rival + '/regresor.py')",
    ),
    Attack(
        "another team's code, moved to oneself",
        WRITE,
        changed("/rivals/"),
        fit="os.rename(T.rival + '/regressor.py', 'regressor.py')",
    ),
    Attack(
        "another team's code, cut",
        WRITE,
        changed("/rivals/"),
        fit="os.truncate(T.rival + '/regressor.py', 0)",
    ),
    Attack(
        "another team's code, cut by opening it to read",
        WRITE,
        changed("/rivals/"),
        fit="os.close(os.open(T.rival + '/regressor.py', os.O_RDONLY | os.O_TRUNC))",
    ),
    Attack(
        "a file added to another team's submission",
        WRITE,
        changed("/rivals/"),
        fit="Path(T.rival, 'numpy.py').write_text('raise SystemExit')",
    ),
    Attack(
        "a symlink added to another team's submission",
        WRITE,
        changed("/rivals/"),
        fit="os.symlink('nowhere', T.rival + '/data.bin')",
    ),
    Attack(
        "another team's files, made unreadable",
        WRITE,
        changed("/rivals/"),
        fit="os.chmod(T.rival + '/regressor.py', 0)",
    ),
    Attack(
        "another team's files, given new times",
        WRITE,
        changed("/rivals/"),
        fit="os.utime(T.rival + '/regressor.py', (1, 1))",
    ),
    Attack(
        "another team's files, given an attribute",
        WRITE,
        changed("/rivals/"),
        fit="os.setxattr(T.rival + '/regressor.py', 'user.mark', b'1')",
    ),
    Attack(
        "another team's files, given away",
        WRITE,
        changed("/rivals/"),
        only=("root",),
        fit="os.chown(T.rival + '/regressor.py', 60_123, 60_123)",
    ),
    Attack(
        "another team's predictions, replaced",
        WRITE,
        changed("/test.npy"),
        fit="np.save(T.rival_cell + '/test.npy', np.zeros(8))",
    ),
    Attack(
        "another team's cell, removed",
        WRITE,
        changed("/cell.json"),
        fit="shutil.rmtree(T.rival_cell)",
    ),
    Attack(
        "the leaderboard, replaced",
        WRITE,
        changed("/leaderboard.json"),
        fit="Path(T.results, 'leaderboard.json').write_text('{}')",
    ),
    Attack(
        "the hidden labels, replaced",
        WRITE,
        changed("/labels/"),
        fit="np.save(T.test_labels, np.zeros(8))",
    ),
    Attack(
        "the rows of the folds, replaced",
        WRITE,
        changed("/valid_is.npy"),
        fit="np.save(T.labels + '/../folds/0/valid_is.npy', np.arange(1))",
    ),
    Attack(
        "the data that all are given, replaced",
        WRITE,
        changed("/inputs/"),
        fit="""
        X = np.lib.format.open_memmap(T.labels + "/../inputs/train/value.npy", mode="r+")
        X[:] = 0
        X.flush()
        """,
    ),
)
