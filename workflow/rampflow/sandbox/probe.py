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
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rampflow.sandbox import bubble, landlock
from rampflow.sandbox.arrange import Access, Arranged, Needs, arrange
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.kernel import machine
from rampflow.sandbox.policy import STRONGEST_FIRST, Tier, tier_named
from rampflow.sandbox.user import unprivileged_user

PATIENCE_SECONDS = 300.0
REPORT = (
    "report it with the version of the kernel; until then, `sandbox: none` only for code you trust"
)


class Offer(NamedTuple):
    """What was found of one tier.

    Parameters
    ----------
    tier : Tier
        Which.
    works : bool
        Whether a process was confined, and neither got out nor missed anything.
    abi : int
        The version of Landlock's interface that the kernel has, 0 for none.
    drops : bool
        Whether a step of root becomes an unprivileged user.
    why_not : str
        Why it does not work, or nothing.
    fix : str
        What to do about it.
    seconds : float
        Wall time of the confined process, its start included.
    """

    tier: Tier
    works: bool
    abi: int = 0
    drops: bool = False
    why_not: str = ""
    fix: str = ""
    seconds: float = 0.0


@cache
def probe(tier: Tier) -> Offer:
    """Return what this machine offers of a tier, found once by every process that asks.

    Never raises because of the machine: the reason is in what it returns.
    """
    abi = landlock_version()
    try:
        machine()
        if tier is Tier.LANDLOCK:
            landlock.version()
        for drops in (True, False) if unprivileged_user() is not None else (False,):
            try:
                dropped, seconds = _try(Access(tier, drops=drops))
                return Offer(tier, True, abi, dropped, seconds=seconds)
            except SandboxError:
                if not drops:
                    raise
    except SandboxError as error:
        return Offer(tier, False, abi, why_not=error.what, fix=error.do)
    except OSError as error:
        return Offer(tier, False, abi, why_not=f"the probe could not run: {error}")
    raise AssertionError("the last round returns or raises")


def landlock_version() -> int:
    """Return the version of Landlock's interface, 0 where there is none."""
    try:
        return landlock.version()
    except SandboxError:
        return 0


def choose(wanted: str) -> Offer:
    """Return the tier for an event's word: a tier's name, or ``auto`` for the strongest that works.

    Raises
    ------
    SandboxError
        If none works on this machine, with the reasons and what to do.
    """
    if wanted == Tier.NONE:
        return Offer(Tier.NONE, True)
    tried = STRONGEST_FIRST if wanted == "auto" else (tier_named(wanted),)
    offers = []
    for tier in tried:
        offers.append(probe(tier))
        if offers[-1].works:
            return offers[-1]
    raise SandboxError(
        "; ".join(f"{offer.tier}: {offer.why_not}" for offer in offers),
        where=f"sandbox: {wanted}",
        do="; or ".join(dict.fromkeys(offer.fix for offer in offers if offer.fix)),
    )


def _try(access: Access) -> tuple[bool, float]:
    """Confine a process and let it try to get out.

    Returns
    -------
    dropped : bool
        Whether it became an unprivileged user.
    seconds : float
        Its wall seconds.

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
        os.chmod(name, 0o755)
        folder, secret = Path(name) / "inside", Path(name) / "outside" / "secret"
        for parent in (folder, secret.parent):
            parent.mkdir()
        secret.write_text("secret")
        port, started = listening.getsockname()[1], time.monotonic()
        words = [str(folder), str(secret), str(port), str(_other_process(access.tier))]
        arranged = arrange(access, Needs(memory_mb=1000.0), folder)
        found = _run_confined(arranged, words)
        seconds = time.monotonic() - started
        changed = secret.read_text() != "secret" if secret.exists() else True
    if found["broken"] or changed:
        what = ", ".join(found["broken"]) or "change a file outside"
        raise SandboxError(f"a confined process could {what}", do=REPORT)
    if found["missing"]:
        raise SandboxError(f"a confined process could not {', '.join(found['missing'])}", do=REPORT)
    return arranged.policy.user is not None, seconds


def _other_process(tier: Tier) -> int:
    """Return a process that must be left alone: this one, whose number may be taken inside."""
    return os.getpid() if tier is not Tier.BWRAP or os.getpid() > 99 else 2**22


def _run_confined(arranged: Arranged, words: Sequence[str]) -> dict[str, list[str]]:
    arranged.make_scratch()
    reading, writing = os.pipe()
    command, descriptors = arranged.command("rampflow.sandbox.breakout", words, (), writing)
    environment = {"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).parents[2])}
    try:
        ended = subprocess.run(
            command,
            cwd=arranged.starts_in,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            pass_fds=descriptors,
            timeout=PATIENCE_SECONDS,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise SandboxError("a confined process did not end", do="try again") from None
    finally:
        for descriptor in {reading, writing, *descriptors}:
            os.close(descriptor)
    try:
        found = json.loads(ended.stdout.splitlines()[-1])
        return {key: list(found[key]) for key in ("broken", "missing")}
    except (IndexError, ValueError, KeyError, TypeError):
        said = " ".join(ended.stderr[-2000:].split())
        raise SandboxError(
            f"a confined process ended with exit code {ended.returncode}: {said}",
            do=_fix(arranged.tier, said),
        ) from None


def _fix(tier: Tier, said: str) -> str:
    """Return what to do about what bubblewrap said."""
    if tier is not Tier.BWRAP:
        return "see the lines above"
    words = said.lower()
    if "namespace" in words or "uid map" in words or "permission denied" in words:
        return (
            "let users make namespaces: sysctl kernel.unprivileged_userns_clone=1 and "
            "user.max_user_namespaces above 0; on Ubuntu 24.04 install the package "
            "apparmor-profiles with its profile for /usr/bin/bwrap; in a container allow them"
        )
    if "proc" in words:
        return "run the container with an unmasked /proc (--security-opt systempaths=unconfined)"
    return bubble.INSTALL


def main() -> int:
    """Print what was found; return 0 if a sandbox works."""
    abi = landlock_version()
    print(f"Landlock: {f'version {abi}' if abi else 'none'}")
    offers = [probe(tier) for tier in STRONGEST_FIRST]
    for offer in offers:
        if offer.works:
            print(f"{offer.tier}: works ({offer.seconds * 1000:.0f} ms for a confined process)")
        else:
            print(f"{offer.tier}: {offer.why_not}\n  do:    {offer.fix}")
    return 0 if any(offer.works for offer in offers) else 1


if __name__ == "__main__":
    sys.exit(main())
