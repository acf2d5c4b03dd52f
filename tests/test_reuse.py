"""Who built on whose code: robust to renaming and layout, blind to what all have."""

from __future__ import annotations

import csv
import keyword
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.board.reuse import reuse_event
from rampflow.files import write_json
from rampflow.paths import EventResults
from rampflow.reuse.detection import LEAST_COUNT, detect
from rampflow.reuse.fingerprints import GRAM, WINDOW, fingerprints, of_files
from rampflow.reuse.tokens import code_tokens

CODE = """
import numpy as np


class Regressor:
    def fit(self, X, y):
        weights = np.linalg.solve(X.T @ X + 0.1 * np.eye(X.shape[1]), X.T @ y)
        self.weights = weights / np.abs(weights).sum()
        return self

    def predict(self, X):
        lagged = np.concatenate([X[:-1], X[1:]], axis=1)
        return np.clip(lagged.mean(axis=1) * self.weights[0], -3.0, 3.0)
"""
RENAMED = (
    CODE.replace("weights", "w")
    .replace("lagged", "both")
    .replace("X", "features")
    .replace("np", "numpy_")
    .replace("0.1", "0.25")
    .replace("        return self\n", '        """Fit."""\n\n        return self  # done\n')
    .replace("    ", "  ")
)
OTHER = """
from sklearn.ensemble import RandomForestRegressor


def build(n_trees=100):
    forest = RandomForestRegressor(n_estimators=n_trees, max_depth=7, random_state=0)
    for name in sorted({"a": 1, "b": 2}):
        print(name, forest.get_params().get(name, None), sep=", ", end="\\n", flush=True)
    while not forest:
        forest = [one for one in (1, 2, 3) if one % 2 and one > 1]
    return forest
"""
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and name not in dir(__builtins__)
)


@given(names, names)
def test_names_that_an_author_chooses_do_not_count(one: str, other: str) -> None:
    text = "def {0}({1}):\n    return {1}.mean() + np.sum({1} * 2)\n"
    assert code_tokens(text.format(one, other)) == code_tokens(text.format("f", "x"))


def test_renaming_and_layout_leave_the_fingerprints() -> None:
    assert of_files([RENAMED]) == of_files([CODE])
    assert len(of_files([CODE]) & of_files([OTHER])) == 0


@given(st.lists(st.sampled_from("abcdef"), max_size=40), st.lists(st.sampled_from("abcdef")))
def test_a_long_shared_passage_is_always_found(before: list[str], after: list[str]) -> None:
    shared = [str(i) for i in range(GRAM + WINDOW - 1)]
    alone = fingerprints(["x", *shared, "y"])
    assert fingerprints([*before, *shared, *after]) & alone or not alone


@pytest.mark.parametrize("text", ["", "(((", "def f(:\n", "\x00", "x = 'a\n", "\u202e", "é" * 99])
def test_what_is_not_python_has_tokens_all_the_same(text: str) -> None:
    assert isinstance(of_files([text]), frozenset)


def prints(*ranges: range) -> frozenset[int]:
    return frozenset(i for one in ranges for i in one)


def test_the_source_is_the_earlier_entry_with_most_and_then_what_explains_the_rest() -> None:
    entries = [
        ("a/one", prints(range(0, 60))),
        ("b/two", prints(range(100, 140))),
        ("c/both", prints(range(0, 50), range(100, 130), range(500, 520))),
    ]
    found = [(r.submission, r.source, r.similarity, r.credit) for r in detect(entries)]
    assert found == [("c/both", "a/one", 0.5, 0.5), ("c/both", "b/two", 0.3, 0.3)]


def test_of_two_that_have_as_much_the_later_is_the_source() -> None:
    same = prints(range(50))
    found = detect([("a/one", same), ("a/two", same), ("b/three", same)])
    assert [(r.submission, r.source) for r in found] == [("a/two", "a/one"), ("b/three", "a/two")]


def test_the_kit_and_what_most_teams_have_do_not_count() -> None:
    form = range(1000, 1100)
    entries = [(f"team{i}/one", prints(form, range(50 * i, 50 * i + 40))) for i in range(12)]
    assert detect(entries) == []
    assert detect(entries[:2]) != []
    assert detect(entries[:2], prints(form)) == []


def test_entries_of_one_time_and_chance_matches_are_no_sources() -> None:
    same = prints(range(50))
    assert detect([("a/one", same), ("b/two", same)], is_before={"a/one": 0, "b/two": 0}) == []
    few = prints(range(LEAST_COUNT - 1))
    assert detect([("a/one", few), ("b/two", few)]) == []


@given(st.lists(st.frozensets(st.integers(0, 30), max_size=25), max_size=6))
def test_credits_sum_to_at_most_one_and_sources_are_earlier(sets: list[frozenset[int]]) -> None:
    entries = [(f"t{i}/m", one) for i, one in enumerate(sets)]
    found = detect(entries)
    for name, _ in entries:
        mine = [r for r in found if r.submission == name]
        assert sum(r.credit for r in mine) <= 1 + 1e-12
        assert all(int(r.source[1]) < int(name[1]) for r in mine)
        assert all(r.credit <= r.similarity + 1e-12 for r in mine)


def test_an_event_has_declared_beside_detected_and_credit_flows(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    start = datetime(2015, 5, 21, tzinfo=UTC)
    folders, texts = {}, {"a/first": CODE, "b/copy": RENAMED, "c/other": OTHER}
    for name, text in texts.items():
        folders[name] = tmp_path / name
        folders[name].mkdir(parents=True)
        (folders[name] / "regressor.py").write_text(text)
    results = EventResults(tmp_path / "results")
    share = {"contributivity": {"b/copy": 1.0}, "historical_contributivity": {"b/copy": 1.0}}
    write_json(results.blend_record, share)
    times = {name: start + timedelta(hours=i) for i, name in enumerate(folders)}
    builds_on = {"c/other": {"a/first": 0.5}}
    kit = tmp_path / "kit"
    options = {"submitted_at": times, "builds_on": builds_on}
    reuse_event(folders, kit, results, **options)
    with results.reuse.open() as stream:
        assert [tuple(row.values()) for row in csv.DictReader(stream)] == [
            ("b/copy", "a/first", "", "1.0", "1.0"),
            ("c/other", "a/first", "0.5", "", ""),
        ]
    with results.credit.open() as stream:
        rows = {row["submission"]: row for row in csv.DictReader(stream)}
    assert float(rows["a/first"]["historical_detected"]) == 1.0
    assert float(rows["b/copy"]["historical_detected"]) == 0.0
    kit.mkdir()
    (kit / "regressor.py").write_text(CODE)
    reuse_event(folders, kit, results, **options)
    assert "b/copy" not in results.reuse.read_text()
