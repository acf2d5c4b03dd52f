"""The process that supervises, and what it is told."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.seen import broke_the_job, changed, forged

KIND = "the supervisor"
_SUPERVISED = ("supervised",)

ATTACKS = (
    Attack(
        "ending the supervisor",
        KIND,
        broke_the_job,
        only=_SUPERVISED,
        fit="os.kill(os.getppid(), signal.SIGKILL)\nlinger(0.125)",
    ),
    Attack(
        "stopping the supervisor",
        KIND,
        broke_the_job,
        only=_SUPERVISED,
        fit="os.kill(os.getppid(), signal.SIGTERM)\nlinger(0.125)",
    ),
    Attack(
        "limiting the supervisor",
        KIND,
        broke_the_job,
        only=_SUPERVISED,
        fit="resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (1, 1))",
    ),
    Attack(
        "a forged cell before the real one",
        KIND,
        forged,
        fit="""
        cell = Path(T.cells, WORK.name)
        cell.mkdir(parents=True)
        record = {"status": "ok", "reason": "forged", "step": "", "traceback": ""}
        (cell / "cell.json").write_text(json.dumps(record))
        """,
    ),
    Attack(
        "its own scores, written before they are computed",
        KIND,
        changed("/leaderboard.json"),
        fit="Path(T.results, 'leaderboard.json').write_text('[{\"score\": 0}]')",
    ),
)
