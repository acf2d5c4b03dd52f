"""No break-ins: what a step did must be told as it was."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import never

KIND = "true reports"


def report(name: str, *statuses: str, **more: Any) -> Attack:
    """Return a case of which only the status counts."""
    return Attack(name, KIND, never, stopped_by=Tier.BARE, statuses=statuses, **more)


ATTACKS = (
    report("an exit without predictions", "error", fit="sys.exit(0)"),
    report("an exit without a word", "error", fit="os._exit(0)"),
    report("an exit that a runner makes when it breaks", "error", fit="os._exit(70)"),
    report("an end by its own SIGKILL", "signal", fit="os.kill(os.getpid(), signal.SIGKILL)"),
    report(
        "an end by its own SIGKILL while it predicts",
        "signal",
        predict="os.kill(os.getpid(), signal.SIGKILL)",
    ),
    report("a crash", "signal", fit="ctypes.string_at(0)"),
    report("an exception", "error", fit="raise ValueError('no')"),
    report("an exception that pretends", "memory", "error", fit="raise MemoryError('all full')"),
    report(
        "a word that the launcher failed",
        "error",
        fit="""
        print("a step could not be confined: the sandbox failed", file=sys.stderr, flush=True)
        os._exit(70)
        """,
    ),
    report(
        "output without end",
        "output",
        fit="while True: os.write(1, b'x' * 100_000)",
    ),
    report("output that is not text", "ok", fit="os.write(1, bytes(range(256)) * 10)"),
    report(
        "output that controls a terminal",
        "ok",
        fit="print('\\x1b[2J\\x1b]0;owned\\x07<script>alert(1)</script>')",
    ),
    report("predictions that are no numbers", "error", predict="return ['a'] * len(X)"),
    report("predictions of another length", "error", predict="return np.zeros(3)"),
    report("predictions that are not finite", "bad_predictions", predict="found = np.inf"),
    report("its channel closed", "error", fit="os.closerange(3, 64)"),
    report(
        "a forged handshake",
        "error", "bad_predictions",
        fit="""
        for fd in sockets_of_ours():
            forge(fd, {"armed": True, "arrays": []})
        """,
    ),
    report(
        "a forged failure of the machine",
        "error", "bad_predictions",
        fit="""
        for fd in sockets_of_ours():
            forge(fd, {"error": {"reason": "disk full"}, "whose": "machine", "arrays": []})
        os._exit(0)
        """,
    ),
    report(
        "a forged failure of the problem",
        "error", "bad_predictions",
        fit="""
        for fd in sockets_of_ours():
            forge(fd, {"error": {"reason": "typo"}, "whose": "problem", "arrays": []})
        os._exit(0)
        """,
    ),
    report(
        "a model that ends its process when it is loaded",
        "error",
        head="""
        class Later:
            def __reduce__(self):
                return os._exit, (3,)
        """,
        fit="found = Later()",
    ),
    report("its current folder, removed", "ok", "error", fit="shutil.rmtree(os.getcwd())"),
    report("its trained model, removed", "ok", predict="shutil.rmtree(WORK / 'model', True)"),
)  # fmt: skip
