"""Numbers, times and names as text: what is shown, and what never gets through."""

from __future__ import annotations

import unicodedata
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.report import words
from rampflow.report.shape import Metric
from tests.support.boards import make_failure, make_row

# All of Unicode, lone surrogates included: JSON can carry them.
any_text = st.text(st.characters())


def metric(name: str = "rmse", unit: str = "", precision: int = 3) -> Metric:
    return {"name": name, "unit": unit, "is_lower_the_better": True, "precision": precision}


@given(any_text)
def test_visible_text_has_no_unseen_characters_and_can_be_written(text: str) -> None:
    shown = words.visible(text)
    shown.encode("utf-8")
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2069")


@given(any_text)
def test_visible_text_stays_as_it_is(text: str) -> None:
    assert words.visible(words.visible(text)) == words.visible(text)


def test_ordinary_names_of_any_script_are_left_alone() -> None:
    for text in ("La Niña", "שלום", "混合", "می\u200cخواهم", "<b>", "🚀"):
        assert words.visible(text) == text


@given(any_text, st.integers(2, 100))
def test_names_are_one_line_of_limited_length(text: str, length: int) -> None:
    assert len(words.name(text, length)) <= length
    assert "\n" not in words.name(text, length)


def test_an_entry_without_a_display_name_is_called_by_its_folder() -> None:
    row = make_row(1, 1, 1, display_name="", team_name=" ")
    assert (words.entry_name(row), words.team_name(row)) == ("climatology", "kelvin")


def test_a_log_keeps_its_lines_and_its_end() -> None:
    row = make_failure(0, log="first\n" + "x" * 20_000 + "\n\tlast \x1b[0m\n")
    tail = words.log_tail(row)
    assert tail.startswith("…\n")
    assert tail.endswith("x\n\tlast \\x1b[0m")
    assert len(tail) < words.LOG_LENGTH + 20


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.5, "0.500"),
        (-0.5, "−0.500"),
        (0.0, "0.000"),
        (2.5e12, "2.5e+12"),
        (None, "–"),
        (float("nan"), "–"),
        (float("-inf"), "–"),
    ],
)
def test_scores_are_shown_to_the_precision_of_the_metric(value: float | None, shown: str) -> None:
    assert words.score(metric(), value) == shown


def test_an_absent_score_has_no_unit() -> None:
    assert words.score_and_unit(metric(unit="°C"), None) == "–"
    assert words.score_and_unit(metric(unit="°C"), 1) == "1.000 °C"


@pytest.mark.parametrize(
    ("name", "label"),
    [("rmse", "RMSE"), ("accuracy", "accuracy"), ("balanced_accuracy", "balanced accuracy")],
)
def test_metrics_are_written_as_people_write_them(name: str, label: str) -> None:
    assert words.metric_label(metric(name)) == label
    assert words.metric_heading(metric(name, "K")) == f"{label} (K)"


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0, "0.0 %"), (0.0004, "< 0.1 %"), (0.0005, "0.1 %"), (1 / 3, "33.3 %"), (None, "–")],
)
def test_contributivity_is_a_fraction_in_files_and_per_cent_on_pages(
    fraction: float | None, shown: str
) -> None:
    assert words.percent(fraction) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(0.04, 0.21, "4–21 %"), (0.0, 0.0, "0 %"), (1.0, 1.0, "100 %"), (0.001, 0.034, "0.1–3.4 %"),
     (None, 0.5, ""), (0.1, float("nan"), "")],
)  # fmt: skip
def test_a_range_of_shares(low: float | None, high: float, shown: str) -> None:
    assert words.percent_range(low, high) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0.000"), (0.0001, "< 0.001"), (0.0123, "0.012"), (1.234, "1.23"), (12.34, "12.3"),
     (1234.5, "1234"), (None, "–")],
)  # fmt: skip
def test_times_have_about_three_figures(value: float | None, shown: str) -> None:
    assert words.seconds(value) == shown


def test_times_are_shown_on_the_clock_they_share_or_on_utc() -> None:
    paris, tokyo = timezone(timedelta(hours=2)), timezone(timedelta(hours=9))
    in_paris = words.moment("2015-05-21T10:12:30+02:00")
    in_tokyo = words.moment("2015-05-21T10:12:30+09:00")
    assert words.common_clock([in_paris, None, in_paris]).utcoffset(None) == timedelta(hours=2)
    assert words.common_clock([in_paris, in_tokyo]) is UTC
    assert words.common_clock([]) is UTC
    assert words.minute("2015-05-21T10:12:30+02:00", paris) == "2015-05-21 10:12"
    assert words.minute("2015-05-21T10:12:30", tokyo) == "2015-05-21 19:12"
    assert words.clock_name(paris) == "UTC+02:00"


def test_what_is_no_time_is_shown_as_it_is() -> None:
    assert words.moment("yesterday") is None
    assert words.minute("yesterday", UTC) == "yesterday"
    assert words.minute(None, UTC) == "–"
