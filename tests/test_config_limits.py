"""The event caps what a problem and a submission ask for; a problem's code is read and not run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.config.limits import capped, problem_limits
from rampflow.config.schemas import Limits, Wish
from rampflow.errors import ConfigError

WISHES = st.builds(
    Wish,
    time_s=st.none() | st.floats(1, 2000),
    cpu_s=st.none() | st.floats(1, 2000),
    processes=st.none() | st.integers(1, 1000),
    disk_mb=st.none() | st.floats(1, 5000),
)


@given(first=WISHES, second=WISHES)
def test_no_wish_is_above_the_event_and_the_order_does_not_matter(
    first: Wish, second: Wish
) -> None:
    one = capped(capped(Limits(), first), second)
    assert one == capped(capped(Limits(), second), first)
    for name in Limits.model_fields:
        most = getattr(Limits(), name)
        values = [most, getattr(first, name), getattr(second, name)]
        assert getattr(one, name) == min((v for v in values if v is not None), default=None)


def test_a_problem_says_its_limits_without_being_run(tmp_path: Path) -> None:
    file = tmp_path / "problem.py"
    file.write_text("raise SystemExit\nlimits = {'memory_mb': 500, 'cpu_s': 3.5}\n")
    assert problem_limits(file, "x") == Wish(memory_mb=500, cpu_s=3.5)
    file.write_text("def")
    assert problem_limits(file, "x") == Wish()


@pytest.mark.parametrize("text", ["dict(time_s=1)", "[1]", "{'time': 1}", "{'time_s': -1}"])
def test_limits_that_are_none_are_named_with_their_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "problem.py").write_text(f"limits = {text}\n")
    with pytest.raises(ConfigError) as caught:
        problem_limits(tmp_path / "problem.py", "problems/x/problem.py")
    assert "problems/x/problem.py: limits" in str(caught.value)
