"""What a team sees of an exception in its submission."""

from __future__ import annotations

from pathlib import Path

from rampflow.cell.failure import describe


def failure(code: str, name: str) -> Exception:
    try:
        exec(compile(code, name, "exec"), {})
    except Exception as error:
        return error
    raise AssertionError("it did not fail")


def test_an_exception_is_told_without_paths_and_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "submission"
    error = failure(
        f"raise ValueError('at {folder}/a.py <object at 0x7f00deadbeef>')", f"{folder}/a.py"
    )
    found = describe(error, str(folder))
    assert found["reason"] == "ValueError: at a.py <object at 0x…>"
    assert 'File "a.py", line 1' in found["traceback"]
    assert str(tmp_path) not in found["traceback"]


def test_an_exception_without_words_has_a_name() -> None:
    assert describe(KeyError(), "s")["reason"] == "KeyError"
