"""What a step finds: links lead where they led, nothing is shown twice, folders can be passed."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.sandbox import bubble, user, view
from rampflow.sandbox.reads import outermost
from rampflow.sandbox.view import View, _follow, parents, system

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")

VIEW = View((Path("/data/x"), Path("/data/x/inner"), Path("/usr/bin/env")), Path("/w/tmp"), 10, 20)
some_paths = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(lambda p: Path("/", *p)),
    max_size=8,
)


@given(some_paths)
def test_the_outermost_paths_cover_all_and_not_each_other(paths: list[Path]) -> None:
    kept = outermost(paths)
    assert all(any(path.is_relative_to(k) for k in kept) for path in paths)
    assert not any(a != b and a.is_relative_to(b) for a in kept for b in kept)


def test_links_are_followed_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").touch()
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "up").symlink_to("../real/file")
    links: dict[Path, str] = {}
    assert _follow(tmp_path / "one" / "up", links) == tmp_path / "real" / "file"
    assert set(links) >= {tmp_path / "one", tmp_path / "two", tmp_path / "real" / "up"}
    (tmp_path / "loop").symlink_to("loop")
    _follow(tmp_path / "loop", links)  # ends


def test_what_is_shown_is_there_and_shown_once() -> None:
    found = system()
    assert all(path.exists() and not path.is_symlink() for path in found.binds)
    assert outermost(found.binds) == list(found.binds)
    home = Path.home()
    assert not any(home.is_relative_to(path) for path in found.binds)
    assert any(Path(os.path.realpath(sys.executable)).is_relative_to(p) for p in found.binds)
    for link, target in found.links:
        assert os.readlink(link) == target


def test_folders_are_made_before_what_lies_in_them() -> None:
    found = parents(VIEW)
    assert {Path("/data"), Path("/w")} <= set(found)
    assert all(folder.parent in (Path("/"), *found[:i]) for i, folder in enumerate(found))


def test_a_view_goes_through_json() -> None:
    assert View.from_json(VIEW.to_json()) == VIEW


def test_the_command_shows_everything_read_only_and_bounds_what_can_be_written() -> None:
    words = bubble.mounts(VIEW)
    assert "--bind" not in words
    assert "--dev-bind" not in words
    for at, word in enumerate(words):
        if word == "--tmpfs":
            assert words[at - 2] == "--size"
    shown = [words[at + 1] for at, word in enumerate(words) if word == "--ro-bind"]
    assert "/data/x" in shown
    assert "/data/x/inner" not in shown, "it is shown already"
    assert words[-2:] == ["--remount-ro", "/"]


def test_others_may_read_what_everybody_may(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").touch(mode=0o644)
    for folder in (tmp_path / "a", inner):
        folder.chmod(0o755)
    assert user.others_may_read([inner], by_name=False)
    (inner / "file").chmod(0o640)
    assert not user.others_may_read([inner], by_name=False)
    (inner / "file").chmod(0o644)
    (tmp_path / "a").chmod(0o750)
    assert user.others_may_read([inner], by_name=False)
    assert not user.others_may_read([inner], by_name=True)
    assert not user.others_may_read([tmp_path / "absent"], by_name=False)


def test_only_root_becomes_somebody_else() -> None:
    found = user.unprivileged_user()
    assert (found is None) == bool(os.geteuid()) or found is None
    if found is not None:
        assert found > 0
        assert stat.S_ISDIR(Path("/proc/self").stat().st_mode)


def test_devices_are_those_that_are_there() -> None:
    assert all((Path("/dev") / name).exists() for name in view.DEVICES[:5])
