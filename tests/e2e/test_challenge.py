"""A challenge from the command line: open, then closed, beside code that is evaluated as ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.challenges import CHALLENGE, TRUTH, hand_in
from tests.support.toys import EVENT, Toy, make_toy

pytestmark = pytest.mark.slow


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    toy = make_toy(tmp_path / "toy")
    toy.configure(kind="challenge", phase="open", challenge=CHALLENGE)
    hand_in(toy, "wasps", "close", [value + 0.1 * i for i, value in enumerate(TRUTH)])
    hand_in(toy, "moths", "broken", "Id,prediction\n0,1\n")
    return toy


def planned(toy: Toy) -> set[str]:
    counts = json.loads(toy.ask("plan", EVENT, "--json").ok().out)["counts"]
    return {step for step, count in counts.items() if count}


def teams(toy: Toy, part: str) -> list[str]:
    board = json.loads((toy.results / part / "leaderboard.json").read_text())
    return [row["team"] for row in board["rows"]]


def test_an_open_challenge_is_closed(toy: Toy) -> None:
    said = toy.run("run", EVENT).ok().err
    assert "public board · 3 of 6 test rows" in said
    assert "Id '1' and 4 more are missing" in said
    assert not (toy.results / "private").exists()
    assert {*teams(toy, "public")} == {"ants", "bees", "wasps"}
    public = (toy.results / "public" / "leaderboard.csv").read_text()
    assert toy.ask("status", EVENT).code == 0

    hand_in(toy, "moths", "nobody", TRUTH, team="owls")
    status = toy.ask("status", EVENT)
    assert "predictions: 3 files" in status.out
    assert "refused  moths/nobody: nobody.yaml: team: the team is 'owls'" in status.out
    hand_in(toy, "moths", "nobody", [1.0] * 6)
    hand_in(toy, "moths", "broken", TRUTH)
    assert planned(toy) == {"entries", "public", "public_page"}
    toy.configure(phase="closed")
    assert {"bag", "entries", "public", "private", "private_page"} <= planned(toy)
    said = toy.run("run", EVENT).ok().err
    assert "private board · 3 of 6 test rows" in said
    assert {*teams(toy, "private")} == {"ants", "bees", "moths", "wasps"}
    assert teams(toy, "private")[0] == "moths"
    (score,) = (line.split(",")[3] for line in public.splitlines() if ",wasps," in line)
    assert score in (toy.results / "public" / "leaderboard.csv").read_text()
    assert "nothing to do" in toy.run("run", EVENT).ok().err
    assert (toy.results / "private" / "report" / "index.html").exists()


def test_a_participant_checks_a_file(toy: Toy) -> None:
    folder = f"submissions/{EVENT}"
    good = toy.run("check", f"{folder}/wasps/close.csv")
    assert "wanted are Id,prediction, and 6 rows: 0 to 5" in good.ok().out
    assert "ok: the score is shown on the board only" in good.out
    bad = toy.run("check", f"{folder}/moths/broken.csv")
    assert bad.code == 1
    assert "Id '1' and 4 more are missing" in bad.out
    toy.configure(kind="ramp", challenge=None)
    refused = toy.run("check", f"{folder}/wasps/close.csv")
    assert refused.code == 2
    assert "this event takes no predictions" in refused.err
