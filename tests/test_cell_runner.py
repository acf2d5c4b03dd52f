"""The runner, piece by piece, in this process: labels it fills in, answers to requests."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.cell import wire
from rampflow.cell.runner import REQUESTS, Runner, _serve_apart, _whole_y, preload, serve


@given(st.sets(st.integers(0, 29), min_size=1), st.booleans())
def test_labels_of_other_rows_are_drawn_from_those_of_the_training_rows(
    rows: set[int], table: bool
) -> None:
    train_is = np.array(sorted(rows))
    y_train: Any = train_is * 10.0
    y = _whole_y(pd.Series(y_train) if table else y_train, train_is, 30)
    values = np.asarray(y)
    assert len(values) == 30
    np.testing.assert_array_equal(values[train_is], y_train)
    assert set(values) <= set(y_train)
    np.testing.assert_array_equal(values, np.asarray(_whole_y(y_train, train_is, 30)))


def test_libraries_are_imported_before_a_fit_and_no_code_of_the_submission_runs(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.py").write_text("import colorsys, helper, none_such\nraise SystemExit('ran')")
    (tmp_path / "helper.py").write_text("raise SystemExit('ran')")
    (tmp_path / "broken.py").write_text("def (")
    preload(tmp_path)


@pytest.mark.parametrize("request_", ["_seed", "__init__", "channel", ""])
def test_only_requests_are_answered(request_: str) -> None:
    assert request_ not in REQUESTS
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, {"request": request_})
        with pytest.raises(ValueError, match="no request"):
            serve(Runner(theirs, theirs), theirs)


def test_a_failed_request_is_answered_with_words_and_ends_the_service() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server = threading.Thread(target=serve, args=(Runner(theirs, theirs), theirs))
        server.start()
        wire.send(ours, {"request": "load", "names": ["model"]}, [np.zeros(3, np.uint8)])
        answer, _ = wire.receive(ours)
        server.join(timeout=600)
        assert not server.is_alive()
    assert answer["error"]["reason"].startswith("UnpicklingError")


def test_every_request_is_a_method() -> None:
    assert all(callable(getattr(Runner, name)) for name in REQUESTS)


@pytest.mark.parametrize("code", [0, 1])
def test_a_sibling_that_a_submission_ends_leaves_nobody_waiting(code: int) -> None:
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        runner = Runner(theirs, theirs)
        runner.begin = lambda template: os._exit(code)  # type: ignore[method-assign,assignment]
        _serve_apart(runner)
        os._exit(0)
    theirs.close()
    ours.settimeout(600.0)
    with ours:
        wire.send(ours, {"request": "begin", "template": "t"})
        with pytest.raises(wire.Closed):
            wire.receive(ours, 0)
    os.waitpid(child, 0)
