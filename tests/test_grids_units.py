"""Units of temperature, by the names that archives write."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.problems.grids.units import scale_of, to_celsius


@pytest.mark.parametrize(
    ("units", "scale"),
    [
        *[(u, "Celsius") for u in ("degC", "deg C", "deg_C", "C", "°C", "Celsius", "celsius")],
        *[(u, "Celsius") for u in ("degree_Celsius", "degrees Celsius", "degrees_C", "DegC")],
        *[(u, "kelvin") for u in ("K", "kelvin", "Kelvin", "degK", "deg_K", "degrees K")],
        *[(u, "Fahrenheit") for u in ("degF", "deg F", "Fahrenheit", "degree_Fahrenheit")],
        *[(u, None) for u in ("", "m", "1", "degrees", "0.01 degC", "degC/month", "K s-1")],
    ],
)
def test_units_are_known_by_name_or_not_at_all(units, scale):
    assert scale_of(units) == scale


@given(st.floats(-80, 80))
def test_the_scales_agree(celsius):
    value = np.array([celsius])
    assert to_celsius(value, "Celsius")[0] == celsius
    assert to_celsius(value + 273.15, "kelvin")[0] == pytest.approx(celsius, abs=1e-12)
    assert to_celsius(value * 1.8 + 32, "Fahrenheit")[0] == pytest.approx(celsius, abs=1e-12)
