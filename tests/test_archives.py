"""Archives that a steward brings: found in any folder, refused with one clear error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.errors import DataError
from rampflow.problems import archives
from rampflow.problems.archives import read_members
from tests.support.zips import write_zip


def test_files_are_found_in_whatever_folder_they_lie(tmp_path: Path) -> None:
    content = {"kit-main/data/a.csv": "1,2", "b.csv": b"3", "__MACOSX/kit-main/data/a.csv": "no"}
    file = write_zip(tmp_path / "kit.zip", content)
    assert read_members(file, ["a.csv", "b.csv"]) == {"a.csv": b"1,2", "b.csv": b"3"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"data/a.csv": "1"}, r"has no b\.csv"),
        ({"data/b.csv": "1", "old/b.csv": "2"}, r"has 2 files b\.csv"),
    ],
)
def test_a_file_that_is_missing_or_there_twice_is_refused(
    tmp_path: Path, content: dict[str, str], words: str
) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_members(write_zip(tmp_path / "kit.zip", content), ["b.csv"])
    assert "this one has" in caught.value.do


def test_a_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_zip(tmp_path / "kit.zip", {"a.csv": bytes(10_000)})
    monkeypatch.setattr(archives, "LARGEST", 9_999)
    with pytest.raises(DataError, match="would unpack to 10000 bytes"):
        read_members(file, ["a.csv"])


@given(data=st.binary(max_size=400))
def test_what_is_no_archive_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.mktemp("any") / "kit.zip"
    file.write_bytes(data)
    with pytest.raises(DataError, match="not a zip archive that can be read"):
        read_members(file, ["a.csv"])


@given(st.data())
def test_an_archive_that_is_cut_off_or_damaged_is_refused_or_read_in_full(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Checksums find what the structure does not."""
    file = write_zip(
        tmp_path_factory.mktemp("cut") / "kit.zip", {"a.csv": b"0123456789" * 40, "ä": "1"}
    )
    whole = file.read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:position] if data.draw(st.booleans()) else bytearray(whole)
    if isinstance(changed, bytearray):
        changed[position] ^= data.draw(st.integers(1, 255))
    file.write_bytes(changed)
    try:
        found = read_members(file, ["a.csv"])
    except DataError:
        return
    assert found == {"a.csv": b"0123456789" * 40}
