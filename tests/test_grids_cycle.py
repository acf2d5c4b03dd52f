"""A series of totals that were observed has seasons, and years that differ."""

from __future__ import annotations

import numpy as np
import pytest

from rampflow.problems.grids.cycle import ENOUGH, cycle_fault

MONTHS = np.arange("1960-03", "1980-03", dtype="datetime64[M]")
SEASONS = np.cos(2 * np.pi * (MONTHS.astype(int) % 12) / 12)
SLOW = np.sin(2 * np.pi * np.arange(len(MONTHS)) / 43)


def test_an_ocean_with_seasons_and_el_nino_is_one():
    assert cycle_fault(27 + 0.6 * SEASONS + 0.8 * SLOW, MONTHS) == ""


@pytest.mark.parametrize(
    ("mean", "words"),
    [
        (27 + 0.6 * SEASONS, "this looks like a climatology"),
        (27 + 0.01 * SLOW, "this looks like a climatology"),
        (27 + 0.8 * SLOW, "these look like anomalies to which one number was added"),
    ],
)
def test_what_lacks_one_of_them_is_told(mean, words):
    assert words in cycle_fault(mean, MONTHS)
    assert cycle_fault(mean[: ENOUGH - 1], MONTHS[: ENOUGH - 1]) == ""
