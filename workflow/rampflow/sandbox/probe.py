"""What this machine offers: a process is really confined, and really tries to get out.

``python -m rampflow.sandbox.probe`` says it in plain words, and ends with 0 if a sandbox works.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rampflow.sandbox import landlock
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.kernel import machine
from rampflow.sandbox.policy import STRONGEST_FIRST, Policy, Tier, tier_named
from rampflow.sandbox.reads import default_reads, default_writes

PATIENCE_SECONDS = 60.0


class Probe(NamedTuple):
    """What was found.

    Parameters
    ----------
    tier : Tier or None
        The strongest tier that works here; None where none does.
    abi : int
        The version of Landlock's interface that the kernel has, 0 for none.
    why_not : str
        Why no tier works, or nothing.
    fix : str
        What to do about it.
    seconds : float
        Wall time of the confined process, its start included.
    """

    tier: Tier | None
    abi: int
    why_not: str
    fix: str
    seconds: float


@cache
def probe() -> Probe:
    """Return what this machine offers, found once by every process that asks.

    Never raises because of the machine: the reason is in what it returns.
    """
    abi = 0
    try:
        machine()
        abi = landlock.version()
        seconds = min(_try(tier) for tier in STRONGEST_FIRST)
    except SandboxError as error:
        return Probe(None, abi, error.what, error.do, 0.0)
    except OSError as error:
        return Probe(None, abi, f"the probe could not run: {error}", "see the error", 0.0)
    return Probe(STRONGEST_FIRST[0], abi, "", "", seconds)


def choose(wanted: str) -> Tier:
    """Return the tier for an event's word: a tier's name, or ``auto`` for the strongest that works.

    Raises
    ------
    SandboxError
        If it does not work on this machine, with the reason and what to do.
    """
    tier = None if wanted == "auto" else tier_named(wanted)
    if tier is Tier.NONE:
        return tier
    found = probe()
    if found.tier is None:
        raise SandboxError(found.why_not, where=f"sandbox: {wanted}", do=found.fix)
    return tier or found.tier


def _try(tier: Tier) -> float:
    """Confine a process and let it try to get out; return its wall seconds.

    Raises
    ------
    SandboxError
        If it got out, or could not do what every step does.
    """
    # resolved: a rule may not be a symlink, and the temporary folder of a machine often is one
    base = os.path.realpath(tempfile.gettempdir())
    with (
        tempfile.TemporaryDirectory(prefix="rampflow-probe-", dir=base) as name,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        folder, secret = Path(name) / "inside", Path(name) / "outside" / "secret"
        for parent in (folder, secret.parent):
            parent.mkdir()
        secret.write_text("secret")
        port, started = listening.getsockname()[1], time.monotonic()
        words = [str(folder), str(secret), str(port), str(os.getpid())]
        writes = (folder, *default_writes())
        policy = Policy(default_reads(), writes, memory_mb=1000.0, tier=tier)
        found = _run_confined(policy, folder, words)
        seconds = time.monotonic() - started
        changed = secret.read_text() != "secret" if secret.exists() else True
    if found["broken"] or changed:
        raise SandboxError(
            f"a confined process could {', '.join(found['broken']) or 'change a file outside'}",
            do="report it with the version of the kernel; until then, `sandbox: none` only for "
            "code you trust",
        )
    if found["missing"]:
        raise SandboxError(
            f"a confined process could not {', '.join(found['missing'])}",
            do="check that Python and its libraries are readable to the user that runs this",
        )
    return seconds


def _run_confined(policy: Policy, folder: Path, words: list[str]) -> dict[str, list[str]]:
    descriptor = policy.to_descriptor()
    command = [sys.executable, "-P", "-s", "-m", "rampflow.sandbox.launch", str(descriptor), "-"]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).parents[2])}
    try:
        ended = subprocess.run(
            [*command, "rampflow.sandbox.breakout", *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            pass_fds=(descriptor,),
            timeout=PATIENCE_SECONDS,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise SandboxError("a confined process did not end", do="try again") from None
    finally:
        os.close(descriptor)
    try:
        found = json.loads(ended.stdout.splitlines()[-1])
        return {key: list(found[key]) for key in ("broken", "missing")}
    except (IndexError, ValueError, KeyError, TypeError):
        raise SandboxError(
            f"a confined process ended with exit code {ended.returncode}: {ended.stderr[-2000:]}",
            do="see the lines above",
        ) from None


def main() -> int:
    """Print what was found; return 0 if a sandbox works."""
    found = probe()
    print(f"Landlock: {f'version {found.abi}' if found.abi else 'none'}")
    if found.tier is None:
        print(f"no sandbox: {found.why_not}\n  do:    {found.fix}")
        return 1
    print(f"sandbox: {found.tier} ({found.seconds * 1000:.0f} ms for a confined process)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
