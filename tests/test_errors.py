"""What users see when they are wrong: what, where, what to do."""

from __future__ import annotations

import copy
import pickle

import pytest

from rampflow import errors

LEAVES = [
    errors.ConfigError,
    errors.ProblemError,
    errors.DataError,
    errors.ResultError,
    errors.SubmissionError,
    errors.Fault,
]


def test_an_error_says_what_where_and_what_to_do() -> None:
    error = errors.ConfigError("time_s is -1", where="config/events/x.yaml: limits", do="give > 0")
    expected = "time_s is -1\n  where: config/events/x.yaml: limits\n  do:    give > 0"
    assert str(error) == expected
    assert str(errors.ConfigError("time_s is -1")) == "time_s is -1"


@pytest.mark.parametrize("kind", LEAVES)
def test_an_error_survives_a_process(kind: type[errors.RampflowError]) -> None:
    error = kind("what", where="where", do="do")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert (again.what, again.where, again.do) == ("what", "where", "do")


@pytest.mark.parametrize("kind", LEAVES)
def test_an_error_is_also_one_of_python(kind: type[errors.RampflowError]) -> None:
    assert issubclass(kind, errors.RampflowError)
    assert issubclass(kind, ValueError | RuntimeError)


def test_a_fault_is_never_taken_for_a_participants_error() -> None:
    assert not issubclass(errors.Fault, errors.SubmissionError)
    assert not issubclass(errors.SubmissionError, errors.Fault)


def test_none_one_or_all_errors_are_raised() -> None:
    one, two = errors.ConfigError("one"), errors.DataError("two", where="here")
    errors.raise_all([])
    with pytest.raises(errors.ConfigError) as single:
        errors.raise_all([one])
    assert single.value is one
    with pytest.raises(errors.Several) as several:
        errors.raise_all([one, two])
    assert several.value.errors == [one, two]
    assert str(several.value) == "one\ntwo\n  where: here"
    again = pickle.loads(pickle.dumps(several.value))
    assert [str(e) for e in again.errors] == [str(one), str(two)]
