"""What is said of a step that has seen the test set: never a word or a number that it chose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.board.withheld import JUDGED, KINDS, has_seen_test, kind_of

CHOSEN = ("error", "bad_predictions", "no_predictions", "memory")
ALLOWED = {*KINDS.values(), "wrong predictions"}


def failed(status: str, reason: str, step: str = "predict") -> dict[str, str]:
    return {"status": status, "reason": reason, "step": step}


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        ("error", "ValueError: 42.125", "ValueError"),
        ("error", "KeyError", "KeyError"),
        ("error", "Row42: no", "failed by an error that Python does not name"),
        ("error", "__import__: no", "failed by an error that Python does not name"),
        ("error", "ended with exit code 42 before it answered", "failed by an error that"),
        ("memory", "MemoryError: 42.125", "used too much memory"),
        ("timeout", "took longer than its limit of 9 s", "took longer than its limit of 9 s"),
        ("signal", "ended by SIGSEGV", "ended by SIGSEGV"),
        ("bad_predictions", "looks ahead: the prediction of row 4 is 42", "looks ahead"),
        (
            "bad_predictions",
            "predictions (test) have shape (42, 1)",
            "predictions of another shape",
        ),
        ("no_predictions", "ended with exit code 0", "ended before it answered"),
    ],
)
def test_the_kind_of_a_failure_is_said_in_our_words(status: str, reason: str, said: str) -> None:
    assert said in kind_of(failed(status, reason))
    assert "42" not in kind_of(failed(status, reason))


@given(st.sampled_from(CHOSEN), st.text(), st.text())
def test_words_of_a_submission_do_not_change_what_is_said(
    status: str, one: str, other: str
) -> None:
    reasons = [f"LinAlgError: {text}" for text in (one, other)]
    said = [kind_of(failed(status, reason)) for reason in reasons]
    assert said[0] == said[1] or status == "bad_predictions"
    assert status != "bad_predictions" or ALLOWED.issuperset(said)


def test_what_had_not_seen_a_test_set_is_not_withheld() -> None:
    assert has_seen_test(failed("error", ""), 6)
    assert not has_seen_test(failed("error", ""), None)
    assert not has_seen_test(failed("error", "", step="train"), 6)
    assert not set(JUDGED) & set(CHOSEN)
