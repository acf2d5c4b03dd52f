"""Contributivity: shares of the blend, and what is passed on to the sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.ensemble.contributivity import contributivity, historical_contributivity
from rampflow.errors import ConfigError

START = datetime(2015, 5, 21, 10, tzinfo=UTC)


def hours(*names: str) -> dict[str, datetime]:
    """Return one submission per hour, oldest first."""
    return {name: START + timedelta(hours=hour) for hour, name in enumerate(names)}


def test_a_share_is_the_part_of_the_members_averaged_over_folds() -> None:
    result = contributivity([(2, 4), (4, 3, 4)], n_submissions=5)
    np.testing.assert_allclose(result.shares[:, 0], [0, 0, 0.5, 0, 0.5])
    np.testing.assert_allclose(result.shares[:, 1], [0, 0, 0, 1 / 3, 2 / 3])
    np.testing.assert_allclose(result.mean, [0, 0, 1 / 4, 1 / 6, 7 / 12])


@given(st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=80), min_size=1, max_size=8))
def test_contributivity_sums_to_one(selections: list[list[int]]) -> None:
    result = contributivity(selections, n_submissions=7)
    assert result.shares.shape == (7, len(selections))
    np.testing.assert_allclose(result.shares.sum(axis=0), 1)
    assert result.mean.sum() == pytest.approx(1)


@pytest.mark.parametrize("selections", [[], [()], [(0, 2)], [(-1,)]])
def test_contributivity_of_what_is_no_blend(selections: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="members"):
        contributivity(selections, n_submissions=2)


def test_credit_is_passed_on_from_the_newest_to_the_oldest() -> None:
    # c gives half of 0.8 to b; b then has 0.6 and gives a quarter of it to a
    passed = historical_contributivity(
        {"a": 0.0, "b": 0.2, "c": 0.8},
        hours("a", "b", "c"),
        {"c": {"b": 0.5}, "b": {"a": 0.25}},
    )
    assert passed == pytest.approx({"a": 0.15, "b": 0.45, "c": 0.4})


def test_every_source_gets_its_share_of_the_value_before_passing() -> None:
    passed = historical_contributivity(
        {"c": 1.0}, hours("a", "b", "c"), {"c": {"a": 0.5, "b": 0.5}}
    )
    assert passed == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.0})


def test_the_order_of_the_mapping_does_not_matter() -> None:
    times = hours("a", "b", "c")
    shuffled = {name: times[name] for name in ("b", "c", "a")}
    builds_on = {"b": {"a": 0.5}, "c": {"b": 0.5}}
    passed = historical_contributivity({"c": 1.0}, shuffled, builds_on)
    assert list(passed) == ["b", "c", "a"]
    assert passed == pytest.approx({"c": 0.5, "b": 0.25, "a": 0.25})


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    n_submissions = draw(st.integers(1, 8))
    weights = draw(st.lists(st.floats(0, 1), min_size=n_submissions, max_size=n_submissions))
    values = {f"s{i}": weight for i, weight in enumerate(weights)}
    builds_on = {}
    for i in range(1, n_submissions):
        sources = draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True))
        builds_on[f"s{i}"] = {f"s{j}": draw(st.floats(0, 1 / 3)) for j in sources}
    return values, builds_on


@given(histories())
def test_the_sum_is_conserved_and_nothing_is_negative(
    history: tuple[dict[str, float], dict[str, dict[str, float]]],
) -> None:
    values, builds_on = history
    passed = historical_contributivity(values, hours(*values), builds_on)
    assert sum(passed.values()) == pytest.approx(sum(values.values()))
    assert min(passed.values()) >= -1e-12


@given(histories())
def test_without_credits_nothing_moves(
    history: tuple[dict[str, float], dict[str, dict[str, float]]],
) -> None:
    values, _ = history
    assert historical_contributivity(values, hours(*values), {}) == values


@pytest.mark.parametrize(
    ("builds_on", "message"),
    [
        ({"b": {"x": 0.5}}, "builds on x, which does not exist"),
        ({"x": {"a": 0.5}}, "submission does not exist"),
        ({"a": {"b": 0.5}}, "builds on b, which is not older"),
        ({"a": {"a": 0.5}}, "builds on a, which is not older"),
        ({"b": {"a": 1.5}}, "credit of a is 1.5, allowed: 0 to 1"),
        ({"b": {"a": -0.1}}, "credit of a is -0.1"),
        ({"b": {"a": float("nan")}}, "credit of a is nan"),
        ({"c": {"a": 0.6, "b": 0.5}}, "credits sum to 1.1, at most 1"),
    ],
)
def test_impossible_credits_are_named(builds_on: dict[str, dict[str, float]], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        historical_contributivity({"a": 1.0}, hours("a", "b", "c"), builds_on)
    assert caught.value.where == f"submission {next(iter(builds_on))}: builds_on"


def test_a_contributivity_without_a_time() -> None:
    with pytest.raises(ConfigError, match="known for z"):
        historical_contributivity({"z": 1.0}, hours("a"), {})


def test_three_thirds_are_not_too_much() -> None:
    third = 0.333333333334
    passed = historical_contributivity(
        {"d": 1.0}, hours("a", "b", "c", "d"), {"d": {"a": third, "b": third, "c": third}}
    )
    assert sum(passed.values()) == pytest.approx(1)
