"""Files that are whole or absent, and folders that belong to whoever came first."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow import files
from rampflow.errors import ResultError

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a" / "b" / "x.txt", "é\n")
    assert (tmp_path / "a" / "b" / "x.txt").read_bytes() == b"\xc3\xa9\n"


def test_an_error_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    files.write_text(tmp_path / "x", "before")

    def write_half() -> None:
        with files.written_aside(tmp_path / "x") as aside:
            aside.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert (tmp_path / "x").read_text() == "before"
    assert os.listdir(tmp_path) == ["x"]


def test_nobody_sees_a_file_before_it_is_whole(tmp_path: Path) -> None:
    with files.written_aside(tmp_path / "x") as aside:
        aside.write_text("half")
        assert not (tmp_path / "x").exists()
        assert aside.parent == tmp_path, "a rename is atomic on one file system only"
    assert (tmp_path / "x").read_text() == "half"


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.written_aside(tmp_path / "x"):
        pass


@given(json_values)
def test_json_comes_back_as_it_was(tmp_path: Path, value: object) -> None:
    files.write_json(tmp_path / "x.json", value)
    assert files.read_json(tmp_path / "x.json") == value


def test_half_a_character_comes_back(tmp_path: Path) -> None:
    files.write_json(tmp_path / "x", {"reason": "file \udce9"})
    assert files.read_json(tmp_path / "x") == {"reason": "file \udce9"}


def test_json_is_the_same_text_whatever_the_order_of_keys(tmp_path: Path) -> None:
    files.write_json(tmp_path / "a", {"b": 0.1, "a": [1, None]})
    files.write_json(tmp_path / "b", {"a": [1, None], "b": 0.1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_text().endswith("\n")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": object()}])
def test_json_refuses_what_others_cannot_read(tmp_path: Path, value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        files.write_json(tmp_path / "x", value)
    assert os.listdir(tmp_path) == []


@given(st.dictionaries(st.text("ab", min_size=1), st.integers(), min_size=1), st.data())
def test_a_truncated_file_is_never_taken_for_a_result(
    tmp_path: Path, value: dict[str, int], data: st.DataObject
) -> None:
    path = tmp_path / "x.json"
    files.write_json(path, value)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 3))])
    with pytest.raises(ResultError, match="not JSON") as caught:
        files.read_json(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe{", b"", b"{'a': 1}"])
def test_what_is_not_json_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(ResultError, match="not JSON"):
        files.read_json(tmp_path / "x.json")


def test_an_absent_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="does not exist") as caught:
        files.read_json(tmp_path / "x.json")
    assert caught.value.where == str(tmp_path / "x.json")


def test_the_first_folder_stays_and_the_second_goes(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "final"
    for name in ("first", "second"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "x").write_text(name)
    assert files.publish_folder(tmp_path / "first", final)
    assert not files.publish_folder(tmp_path / "second", final)
    assert (final / "inner" / "x").read_text() == "first"
    assert sorted(os.listdir(tmp_path)) == ["deep"]


def test_an_empty_folder_counts_as_absent(tmp_path: Path) -> None:
    (tmp_path / "final").mkdir()
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "x").write_text("1")
    assert files.publish_folder(tmp_path / "aside", tmp_path / "final")
    assert (tmp_path / "final" / "x").exists()


def test_of_many_writers_at_once_one_wins_whole(tmp_path: Path) -> None:
    for attempt in range(10):
        n_writers = 4
        final, barrier = tmp_path / f"final{attempt}", threading.Barrier(n_writers)
        won: list[int] = []

        def write(
            i: int,
            final: Path = final,
            barrier: threading.Barrier = barrier,
            won: list[int] = won,
        ) -> None:
            aside = tmp_path / f"aside{i}"
            aside.mkdir()
            for name in "abc":
                (aside / name).write_text(str(i))
            barrier.wait()
            if files.publish_folder(aside, final):
                won.append(i)

        writers = [threading.Thread(target=write, args=(i,)) for i in range(n_writers)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(won) == 1
        assert {(final / name).read_text() for name in "abc"} == {str(won[0])}


def test_a_fresh_folder_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    for _ in range(2):
        assert files.fresh_folder(folder) == folder
        assert os.listdir(folder) == []
        (folder / "left").mkdir()
