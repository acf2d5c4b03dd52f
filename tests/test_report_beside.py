"""Work in a second process: done when the block is left, and what fails is said."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from rampflow.report.beside import beside


@pytest.mark.parametrize("n_processors", [1, 2])
def test_work_is_done_when_the_block_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_processors: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(n_processors)))
    with beside(lambda: (tmp_path / "made").write_text(str(os.getpid())) and None):
        pass
    assert ((tmp_path / "made").read_text() == str(os.getpid())) == (n_processors == 1)


def test_what_fails_beside_is_raised_here(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("no such figure")

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with pytest.raises(ValueError, match="no such figure"), beside(fail):
        pass
    assert capfd.readouterr().err == ""


def test_work_that_is_killed_is_done_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = os.getpid()

    def work() -> None:
        if os.getpid() != ours:
            os.kill(os.getpid(), signal.SIGKILL)
        (tmp_path / "made").touch()

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with beside(work):
        pass
    assert (tmp_path / "made").exists()


def test_a_block_that_raises_waits_for_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with pytest.raises(KeyError), beside((tmp_path / "made").touch):
        raise KeyError
    assert (tmp_path / "made").exists()
