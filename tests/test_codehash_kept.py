"""Hashes of code that are looked up are those that would be computed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rampflow.cell import keys
from rampflow.codehash import kept
from rampflow.codehash.kept import kept_parts
from rampflow.plan.aggregates import CODE


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep hashes in a folder of the test; return the questions that were computed."""
    monkeypatch.setattr(kept, "KEPT", tmp_path / "kept" / "code.json")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "one.py").write_text("a = 1\n")
    return []


def ask(folder: Path, calls: list[str], question: str = "one") -> dict[str, str]:
    def compute() -> dict[str, str]:
        calls.append(question)
        return {question: str(len(calls))}

    return kept_parts([(folder / "code", ["data"])], question, compute)


def test_the_same_question_about_the_same_files_is_computed_once(
    tmp_path: Path, calls: list[str]
) -> None:
    assert ask(tmp_path, calls) == ask(tmp_path, calls) == {"one": "1"}
    assert calls == ["one"]
    ask(tmp_path, calls, "two")
    assert calls == ["one", "two"]


@pytest.mark.parametrize("name", ["one.py", "new.py", "below/new.py"])
def test_any_file_that_could_be_followed_counts(
    tmp_path: Path, calls: list[str], name: str
) -> None:
    ask(tmp_path, calls)
    file = tmp_path / "code" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("a = 2\n")
    ask(tmp_path, calls)
    assert len(calls) == 2
    file.rename(file.with_name("other.py"))
    ask(tmp_path, calls)
    assert len(calls) == 3


def test_content_counts_and_not_the_time(tmp_path: Path, calls: list[str]) -> None:
    ask(tmp_path, calls)
    os.utime(tmp_path / "code" / "one.py", (1, 1))
    (tmp_path / "code" / "data").mkdir()
    (tmp_path / "code" / "data" / "made.py").write_text("b = 1\n")
    (tmp_path / "code" / "card.md").write_text("words")
    ask(tmp_path, calls)
    assert calls == ["one"]


def test_a_file_that_cannot_be_read_is_no_error(tmp_path: Path, calls: list[str]) -> None:
    (tmp_path / "code" / "gone.py").symlink_to(tmp_path / "nowhere")
    ask(tmp_path, calls)
    ask(tmp_path, calls)
    assert calls == ["one", "one"]


def test_an_answer_about_files_that_changed_meanwhile_is_not_kept(
    tmp_path: Path, calls: list[str]
) -> None:
    file = tmp_path / "code" / "one.py"

    def compute() -> dict[str, str]:
        file.write_text("a = 22\n")
        return {"one": "of the new file"}

    folders = [(tmp_path / "code", ())]
    assert kept_parts(folders, "one", compute) == {"one": "of the new file"}
    file.write_text("a = 1\n")
    assert (
        kept_parts(folders, "one", lambda: {"one": "of the old file"})["one"] == "of the old file"
    )


def test_every_file_that_our_own_steps_follow_counts(repo: Path) -> None:
    counted = {Path(name).with_suffix("").as_posix() for name, *_ in kept._state(keys.PACKAGE, ())}
    steps = [name for names in CODE.values() for name in names]
    for entry in (*keys.RUNNER, "cell.prepare:prepare", *steps):
        for module in keys.package_parts(entry):
            path = module.removeprefix("rampflow").removeprefix(".").replace(".", "/")
            assert {path, f"{path}/__init__".lstrip("/")} & counted, module


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_spoilt_file_is_made_anew(tmp_path: Path, calls: list[str], content: bytes) -> None:
    kept.KEPT.parent.mkdir()
    kept.KEPT.write_bytes(content)
    ask(tmp_path, calls)
    ask(tmp_path, calls)
    assert calls == ["one"]


def test_where_nothing_can_be_written_it_is_computed(tmp_path: Path, calls: list[str]) -> None:
    kept.KEPT.parent.write_text("no folder")
    ask(tmp_path, calls)
    ask(tmp_path, calls)
    assert calls == ["one", "one"]


def test_only_the_newest_stay(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    for question in "abcdef":
        ask(tmp_path, calls, question)
    for question in "efd":
        ask(tmp_path, calls, question)
    assert calls == [*"abcdef", "d"]
