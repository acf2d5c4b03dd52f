"""The months of a time axis, in the calendars and units that archives write."""

from __future__ import annotations

import cftime
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.problems.grids.months import TimeNotUnderstood, fault_of, stamps_of

CALENDARS = ("standard", "proleptic_gregorian", "noleap", "360_day", "all_leap", "julian")


@given(
    st.sampled_from(CALENDARS),
    st.sampled_from(["days", "hours"]),
    st.integers(1600, 2300),
    st.integers(1, 12),
    st.integers(1, 60),
    st.sampled_from([1, 15, 28]),
)
def test_every_calendar_gives_back_its_months(calendar, unit, year, month, count, day):
    months = np.datetime64(f"{year}-{month:02}", "M") + np.arange(count)
    dates = [
        cftime.datetime(*map(int, str(m).split("-")), day, 12, calendar=calendar) for m in months
    ]
    units = f"{unit} since 1850-01-01"
    values = np.array(cftime.date2num(dates, units, calendar), dtype=float)
    found = stamps_of(values, {"units": units, "calendar": calendar})
    np.testing.assert_array_equal(found.months, months)
    np.testing.assert_allclose(found.days, day + 0.5)
    assert fault_of(found.months) == ""


@pytest.mark.parametrize(
    ("units", "values"),
    [
        ("months since 1960-01-01", [0, 1, 2]),
        ("months since 1960-01-01", [0.5, 1.5, 2.5]),  # IRI data library
        ("Months since 1960-1-1 00:00:00", [0.0, 0.9999999, 2.4]),
        ("months since 1960-01-16", [0, 1, 2]),
        ("months since 1960-02", [-1, 0, 1]),
        ("days since 1960-01-01", [15, 45, 75]),
        ("days since 1960-01-01", [30, 59, 90]),  # the last day of each month
        ("hours since 1959-12-31 18:00", [6, 750, 1446]),
    ],
)
def test_units_in_use_are_understood(units, values):
    found = stamps_of(np.array(values), {"units": units}).months
    np.testing.assert_array_equal(found, np.arange("1960-01", "1960-04", dtype="datetime64[M]"))


def test_the_calendar_of_an_archive_is_known_by_its_short_name():
    attributes = {"units": "days since 1960-01-01", "calendar": "360"}
    found = stamps_of(np.array([0, 30, 60]), attributes).months
    np.testing.assert_array_equal(found, np.arange("1960-01", "1960-04", dtype="datetime64[M]"))


def test_a_span_of_months_is_counted_in_days_whatever_the_unit():
    for units, values in (
        ("months since 1960-01-01", [0, 1, 3]),
        ("days since 1960-01-01", [0, 31, 91]),
    ):
        counted = stamps_of(np.array(values), {"units": units}).counted
        np.testing.assert_allclose(np.diff(counted), [30.44, 60.88], atol=1e-4)


@pytest.mark.parametrize(
    ("values", "attributes", "words"),
    [
        ([0.0], {}, "it has no units"),
        ([0.0], {"units": "days"}, "its units are 'days'"),
        ([0.0], {"units": "fortnights since 1960-01-01"}, "are not understood"),
        ([0.0], {"units": "days since yesterday"}, "are not understood"),
        ([0.0], {"units": "months since 1960-13-01"}, "the month 13"),
        ([0.0], {"units": "days since 1960-01-01", "calendar": "mayan"}, "calendar 'mayan'"),
        ([np.nan], {"units": "days since 1960-01-01"}, "missing"),
        (["1960-01"], {"units": "days since 1960-01-01"}, "not numbers"),
    ],
)
def test_what_is_not_understood_is_named(values, attributes, words):
    with pytest.raises(TimeNotUnderstood, match=words):
        stamps_of(np.array(values), attributes)


@pytest.mark.parametrize(
    ("months", "words"),
    [
        (["1960-01", "1960-02", "1960-02"], "1960-02 is there 2 times"),
        (["1960-01"] * 5, "1960-01 is there 5 times; these are not monthly means"),
        (
            ["1960-01", "1960-02", "1960-05", "1960-07"],
            "3 months are missing, the first is 1960-03",
        ),
        (["1960-01", "1961-01", "1962-01"], "a value every 12 months"),
    ],
)
def test_months_that_are_not_each_there_once_are_told(months, words):
    assert words in fault_of(np.array(months, dtype="datetime64[M]"))
