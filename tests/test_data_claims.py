"""Claims of DVC's processes: those of the dead are dropped, those of the living stay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rampflow.data.claims import drop_claims_of_the_dead
from rampflow.paths import Project


@pytest.fixture
def dvc_at_work() -> Iterator[int]:
    """Return the number of a process that looks as DVC does."""
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", "dvc"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


@pytest.fixture
def zombie() -> Iterator[int]:
    """Return the number of a process that has ended and that nobody has collected."""
    process = subprocess.Popen([sys.executable, "-c", "", "dvc"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process.pid
    process.wait()


def claim(pid: int) -> dict[str, Any]:
    return {"pid": pid, "cmd": "dvc repro"}


def after(root: Path, claims: object) -> Any:
    path = root / ".dvc" / "tmp" / "rwlock"
    path.parent.mkdir(parents=True)
    path.write_text(claims if isinstance(claims, str) else json.dumps(claims))
    drop_claims_of_the_dead(Project(root))
    return path.read_text() if isinstance(claims, str) else json.loads(path.read_text())


def test_claims_of_the_dead_are_dropped(tmp_path: Path, dvc_at_work: int, zombie: int) -> None:
    living = claim(dvc_at_work)
    assert after(
        tmp_path,
        {
            "write": {"a": claim(zombie), "b": living, "c": {}},
            "read": {"e": [living, claim(zombie)], "f": [claim(zombie)], "g": [claim(2**22 + 1)]},
        },
    ) == {"write": {"b": living, "c": {}}, "read": {"e": [living]}}


@pytest.mark.parametrize("text", ["", "[]", "no JSON", '{"read": 1}', '{"write": {"a": 1}}'])
def test_what_dvc_did_not_write_is_left_to_dvc(tmp_path: Path, text: str) -> None:
    assert after(tmp_path, text) == text


def test_a_number_that_another_process_was_given_claims_nothing(
    tmp_path: Path, dvc_at_work: int
) -> None:
    path = tmp_path / ".dvc" / "tmp" / "rwlock"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"write": {"a": claim(dvc_at_work)}, "read": {}}))
    os.utime(path, (0, 0))  # noted long before that process began
    drop_claims_of_the_dead(Project(tmp_path))
    assert json.loads(path.read_text()) == {"write": {}, "read": {}}


def test_without_claims_nothing_is_made(tmp_path: Path) -> None:
    drop_claims_of_the_dead(Project(tmp_path))
    assert not [*tmp_path.iterdir()]
