"""A missing piece of the surroundings skips for a user and fails in CI."""

from __future__ import annotations

import pytest

from tests.support import need


@pytest.fixture
def in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAMPFLOW_CI", "1")


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAMPFLOW_CI", raising=False)


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("ask", [need.need_command, need.need_shared])
def test_a_user_reads_why_a_test_was_skipped(ask):
    with pytest.raises(pytest.skip.Exception, match="no-such-thing"):
        ask("no-such-thing")


@pytest.mark.usefixtures("in_ci")
@pytest.mark.parametrize("ask", [need.need_command, need.need_shared])
def test_in_ci_the_same_gap_is_a_failure(ask):
    with pytest.raises(pytest.fail.Exception, match="no-such-thing"):
        ask("no-such-thing")


@pytest.mark.usefixtures("in_ci")
def test_what_is_there_is_returned(tmp_path, monkeypatch):
    monkeypatch.setattr(need, "SHARED", tmp_path)
    (tmp_path / "oracle").mkdir()
    assert need.need_shared("oracle") == tmp_path / "oracle"
    assert need.need_command("sh").endswith("/sh")
