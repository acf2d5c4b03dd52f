"""Run a stage in an account: as root, or as a user whom nobody else is.

The user gets a copy of what a clone holds, and sees the interpreter even where that lies in a
folder that is closed to others: in a mount namespace of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from tests.attacks.attack import Attack, Tier
from tests.attacks.leftovers import machine_state

Who = Literal["root", "user"]
USER = 61_000 + os.getpid() % 4000
"""An account that no machine has, nor another run: nobody else's processes are counted or hit."""
REPO = Path(__file__).parents[2]
CLONED = ("workflow", "tests/attacks", "tests/support", "Snakefile", "rules", "profiles")
RUN_SECONDS = 1800
_OF_POOLS = ("/dev/shm/sem.", "/dev/shm/joblib_memmapping_folder_")
_SYSTEM_V, _OPTION = "System V ", {"shm": "-m", "sem": "-s", "msg": "-q"}
_OPEN_UP = """
set -e
closed=$1; shift
stash=$(mktemp -d)
mount -t tmpfs none "$stash"
count=0
for path in "$@"; do
    [ "$path" = -- ] && break
    mkdir "$stash/$count"; mount --bind "$path" "$stash/$count"; count=$((count + 1))
done
mount -t tmpfs -o mode=755 none "$closed"
count=0
while [ "$1" != -- ]; do
    mkdir -p "$1"; mount --bind "$stash/$count" "$1"; count=$((count + 1)); shift
done
umount -R "$stash"; rmdir "$stash"
shift
exec "$@"
"""


def run_stage(
    who: Who, tier: Tier, start: str, attacks: Iterable[Attack], patience: float = 4.0
) -> list[dict[str, Any]]:
    """Run attacks in an account and return what was seen of each.

    Parameters
    ----------
    who : str
        ``root`` or ``user``.
    tier : Tier
        How submissions are confined.
    start : str
        ``warm`` or ``fresh``.
    attacks : iterable of Attack
        Which.
    patience : float
        Seconds that an attack waits for what another process does.

    Raises
    ------
    AssertionError
        If the stage broke, or anything is left on the machine when all is over.
    """
    base = Path(tempfile.mkdtemp(prefix="rampflow-attacks-"))
    before = machine_state(USER, base)
    try:
        clone = copy_clone(base / "clone")
        if who == "user" and os.geteuid() == 0:
            base.chmod(0o711)
            (base / "stage").mkdir()
            for path in (base / "stage", clone, *clone.rglob("*")):
                os.chown(path, USER, USER)
        else:
            (base / "stage").mkdir()
        words = [sys.executable, "-P", "-m", "tests.attacks.stage", str(base / "stage" / "scene")]
        words += [str(tier), start, str(patience), *(a.name for a in attacks)]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(base / "stage"),
            "PYTHONPATH": f"{clone / 'workflow'}{os.pathsep}{clone}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "API_TOKEN": "secret-1999999999",
        }
        ended = subprocess.run(
            as_user(words, clone) if who == "user" else words,
            env=environment,
            cwd=base / "stage",
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        if ended.returncode:
            raise AssertionError(f"the stage broke ({ended.returncode})\n{ended.stderr[-6000:]}")
    finally:
        subprocess.run(["rm", "-rf", base], check=True)
    after = machine_state(USER, base)
    left = {name: now for name, now in after.items() if before.get(name) != now}
    if tier <= Tier.NONE:  # what pools of honest code leave when they are ended with their step
        for path in (Path(name) for name in list(left) if name.startswith(_OF_POOLS)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            del left[str(path)]
        # and an attack that is ended after it made an object and before it marked it for removal
        for name in [name for name in left if name.startswith(_SYSTEM_V)]:
            kind, number = name.removeprefix(_SYSTEM_V).split()
            subprocess.run(["ipcrm", _OPTION[kind], number], check=True)
            del left[name]
    assert not left, f"left behind on this machine: {left}"
    return [json.loads(line) for line in ended.stdout.splitlines()]


def copy_clone(target: Path) -> Path:
    """Copy what a clone holds, as far as attacks need it."""
    for name in CLONED:
        source, copy = REPO / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    return target


def as_user(words: Sequence[str], *needed: Path) -> list[str]:
    """Return a command that runs `words` as an ordinary user; as such it is `words`."""
    if os.geteuid() != 0:
        return list(words)
    drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *words]
    paths = [Path(sys.prefix), Path(sys.base_prefix), *needed]
    closed = {c for path in paths for c in path.parents if not c.stat().st_mode & 0o001}
    for folder in sorted(closed):
        inside = [str(path) for path in paths if path.is_relative_to(folder)]
        drop = ["sh", "-c", _OPEN_UP, "sh", str(folder), *inside, "--", *drop]
    return ["unshare", "--mount", "--propagation", "private", *drop] if closed else drop
