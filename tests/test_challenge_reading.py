"""A file of predictions is read, or one sentence per kind of error says what is wrong where."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.challenge.reading import ReadPredictions, Wanted, read_predictions
from rampflow.challenge.table import _any, _plain
from rampflow.errors import ProblemError
from rampflow.problems.predictions import make_combined, make_multiclass, make_regression
from rampflow.problems.tables import PredictionTable, ranked_classes, table_of

IDS = [f"{350_000 + i}" for i in range(6)]
STARS = make_multiclass(["binary", "Mira"])
HIGGS = make_multiclass(["b", "s"])


def wanted(table: PredictionTable, Predictions: Any) -> Wanted:
    return Wanted(table, {name: row for row, name in enumerate(IDS)}, Predictions)


RANKED = wanted(ranked_classes(), HIGGS)
PROBABILITIES = wanted(table_of(STARS), STARS)
NUMBERS = wanted(table_of(make_regression()), make_regression())


def text_of(header: list[str], rows: list[list[Any]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *rows])
    return stream.getvalue().encode()


def ranked(**changes: Any) -> bytes:
    """Return a good file of ranks and classes, with the lines of some ids changed."""
    lines = {name: [name, i + 1, "s" if i > 3 else "b"] for i, name in enumerate(IDS)}
    lines.update({name.removeprefix("id"): line for name, line in changes.items()})
    return text_of(["EventId", "RankOrder", "Class"], [line for line in lines.values() if line])


def numbers(values: list[Any], header: tuple[str, ...] = ("Id", "prediction")) -> bytes:
    return text_of([*header], [[name, v] for name, v in zip(IDS, values, strict=True)])


def read(content: bytes, what: Wanted = NUMBERS) -> ReadPredictions:
    found = read_predictions(content, what)
    assert (found.y_pred is None) == bool(found.errors)
    return found


def test_ranks_and_classes_become_probabilities_that_keep_both() -> None:
    y_pred = read(ranked(), RANKED).y_pred
    assert y_pred is not None
    assert y_pred.shape == (6, 2)
    np.testing.assert_allclose(y_pred.sum(axis=1), 1)
    assert (y_pred[:, 1] > 0.5).tolist() == [False] * 4 + [True] * 2
    assert np.argsort(y_pred[:, 1]).tolist() == [*range(6)]


def test_lines_and_columns_may_come_in_any_order() -> None:
    rows = [[name, i / 10, 1 - i / 10] for i, name in enumerate(IDS)]
    plain = read(text_of(["Id", "binary", "Mira"], rows), PROBABILITIES).y_pred
    other = [[b, name, a] for name, a, b in reversed(rows)]
    mixed = read(text_of(["Mira", "Id", "binary"], other), PROBABILITIES).y_pred
    np.testing.assert_array_equal(plain, mixed)
    np.testing.assert_allclose(plain[:, 0], np.arange(6) / 10)


def test_the_marks_of_other_tools_are_borne() -> None:
    content = b"\xef\xbb\xbf" + numbers([1, 2.5, -3e2, "4 ", " 5", "+6"]).replace(b"\n", b"\r\n")
    found = read(content.replace(b"\r\r", b"\r") + b"\r\n\r\n").y_pred
    assert found is not None
    assert found.tolist() == [1, 2.5, -300, 4, 5, 6]


def test_columns_follow_from_the_prediction_type() -> None:
    both = make_combined([STARS, make_regression()])
    assert table_of(both).header == ["Id", "binary", "Mira", "prediction"]
    twice = make_combined([make_regression(), make_regression(["x", "prediction"])])
    assert table_of(twice).header == ["Id", "0_prediction", "x", "1_prediction"]
    with pytest.raises(ProblemError, match="no table of predictions"):
        table_of(type("Own", (type("Base", (), {}),), {}))  # type: ignore[arg-type]


BAD: dict[str, tuple[bytes, Wanted, str]] = {
    "nothing": (b"", NUMBERS, "the file is empty"),
    "blank": (b"\n\n  \n", NUMBERS, "the file is empty"),
    "no text": (b"Id,prediction\n1,\xff\n", NUMBERS, "line 2: not UTF-8 text"),
    "binary": (b"\x93NUMPY\x00", NUMBERS, "line 1: not UTF-8 text"),
    "a zero byte": (b"Id,prediction\n1,\x00\n", NUMBERS, "line 2: not a text file"),
    "an open quote": (b'Id,prediction\n"1,2\n', NUMBERS, "line 2: not CSV: unexpected end of data"),
    "no heading": (
        numbers([1] * 6).partition(b"\n")[2],
        NUMBERS,
        "line 1: there is no column 'Id'; wanted are the columns Id,prediction",
    ),
    "a column twice": (
        b"Id,prediction,prediction\n",
        NUMBERS,
        "line 1: there are 2 columns 'prediction'; wanted are the columns Id,prediction",
    ),
    "one column more": (
        b"Id,prediction,index\n",
        NUMBERS,
        "line 1: the column 'index' is not known; wanted are the columns Id,prediction",
    ),
    "a field more": (
        numbers([1] * 6) + b"350006,1,2\n350007\n",
        NUMBERS,
        "line 8: 3 fields, not 2 (and 1 more such lines)",
    ),
    "a missing id": (
        ranked(id350002=None, id350003=["350003", 3, "b"]),
        RANKED,
        "EventId '350002' is missing",
    ),
    "an id twice": (
        ranked(id350003=["350002", 4, "b"]),
        RANKED,
        "line 5: EventId '350002' was given in line 4 already",
    ),
    "an id of another set": (
        ranked(id350003=["99", 4, "b"]),
        RANKED,
        "line 5: EventId '99' is not in the test set",
    ),
    "nothing but headings": (
        b"Id,prediction\n",
        NUMBERS,
        "Id '350000' and 5 more are missing",
    ),
    "not a number": (
        numbers([1, "x", 3, "", "nan", 6]),
        NUMBERS,
        "line 3: prediction is 'x', not a finite number (and 2 more such lines)",
    ),
    "infinite": (
        numbers([1, 2, "-inf", 4, 5, 6]),
        NUMBERS,
        "line 4: prediction is '-inf', not a finite number",
    ),
    "digits with marks": (
        numbers([1, "1_0", 3, 4, 5, 6]),
        NUMBERS,
        "line 3: prediction is '1_0', not a finite number",
    ),
    "below": (
        text_of(["Id", "binary", "Mira"], [[i, -0.1, 1.1] for i in IDS]),
        PROBABILITIES,
        "line 2: binary is '-0.1', below 0 (and 5 more such lines)",
    ),
    "sums": (
        text_of(["Id", "binary", "Mira"], [[i, 0.5, 0.5 + 0.1 * (i > "350003")] for i in IDS]),
        PROBABILITIES,
        "line 6: the probabilities do not sum to 1 (and 1 more such lines)",
    ),
    "an unknown class": (
        ranked(id350001=["350001", 2, "background"]),
        RANKED,
        "line 3: Class is 'background', not b or s",
    ),
    "a rank twice": (
        ranked(id350004=["350004", 2, "s"]),
        RANKED,
        "line 6: RankOrder is 2 as in line 3; each is wanted once",
    ),
    "a rank from zero": (
        ranked(id350000=["350000", 0, "b"]),
        RANKED,
        "line 2: RankOrder is 0, not one of 1 to 6",
    ),
    "half a rank": (
        ranked(id350000=["350000", 1.5, "b"]),
        RANKED,
        "line 2: RankOrder is 1.5, not one of 1 to 6",
    ),
}


@pytest.mark.parametrize("case", BAD, ids=str)
def test_what_is_wrong_is_said_with_its_line(case: str) -> None:
    content, what, message = BAD[case]
    errors = read(content, what).errors
    assert message in errors
    assert len(errors) <= 3


def test_several_kinds_of_errors_are_said_at_once() -> None:
    content = ranked(id350001=["350000", 9, "x"])
    assert read(content, RANKED).errors == (
        "line 3: EventId '350000' was given in line 2 already",
        "EventId '350001' is missing",
        "line 3: RankOrder is 9, not one of 1 to 6",
        "line 3: Class is 'x', not b or s",
    )


FIELDS = st.one_of(
    st.sampled_from(["", "nan", "inf", "1e999", "s", "b", "1", "2", "350001", '"', "0x10", "=1+1"]),
    st.text(max_size=8),
    st.floats().map(str),
    st.integers().map(str),
)


@settings(max_examples=100)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.lists(FIELDS, max_size=4), max_size=9).map(
            lambda rows: text_of(["EventId", "RankOrder", "Class"], rows)
        ),
        st.lists(st.tuples(st.integers(1, 6), FIELDS, FIELDS), min_size=1, max_size=3).map(
            lambda rows: ranked(**{f"id35000{i - 1}": [f"35000{i - 1}", a, b] for i, a, b in rows})
        ),
    )
)
def test_a_malformed_file_is_an_error_of_the_file_or_good_predictions(content: bytes) -> None:
    found = read(content, RANKED)
    if found.y_pred is not None:
        assert found.y_pred.shape == (6, 2)
        assert np.isfinite(found.y_pred).all()
    assert all(error and "\n" not in error and len(error) < 300 for error in found.errors)


@given(
    st.lists(
        st.lists(st.text("ab1 .\t\u00a0\x1f-", max_size=4), min_size=1, max_size=3), max_size=6
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n \n", "\n,\n"]),
)
def test_the_fast_way_is_the_slow_way(lines: list[list[str]], end: str, tail: str) -> None:
    text = end.join(",".join(line) for line in lines) + tail
    fast = _plain(text)
    if fast is not None and not any(not "".join(line) for line in lines):
        slow = _any(text)
        assert fast[0] == slow[0]
        assert [[*column] for column in fast[1]] == [[*column] for column in slow[1]]
        assert slow[2] == []


@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_every_good_file_is_read_as_it_was_meant(order: list[int], classes: list[bool]) -> None:
    rows = [[IDS[i], order[i] + 1, "s" if classes[i] else "b"] for i in order]
    y_pred = read(text_of(["EventId", "RankOrder", "Class"], rows), RANKED).y_pred
    assert y_pred is not None
    assert (np.argmax(y_pred, axis=1) == np.array(classes)).all()
    for kind in (True, False):
        own = [i for i in range(6) if classes[i] is kind]
        assert sorted(own, key=lambda i: order[i]) == sorted(own, key=lambda i: y_pred[i, 1])
