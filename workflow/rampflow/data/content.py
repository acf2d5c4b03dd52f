"""The hash of what was stored: of the values, not of the way a process happened to pickle them.

A pickle of equal values differs from process to process: sets are written in the order of the hash
seed, strings are written once or twice depending on what Python shares, and paths name the machine.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

import cloudpickle

from rampflow.data import packed
from rampflow.hashing import file_sha256, files_of, value_sha256


def stored_sha256(folder: Path, hide: Iterable[str] = ()) -> str:
    """Return the hash of what `rampflow.data.store` has stored in a folder.

    Parameters
    ----------
    folder : Path
        Where it was stored. Arrays are hashed as files, pickles by their content.
    hide : iterable of str
        Text that strings may hold and that does not count, such as the folder of the problem:
        the same data at another place have the same hash.
    """
    texts = sorted(set(hide), key=len, reverse=True)
    names = files_of(folder)
    hashes = {name: file_sha256(folder / name) for name in names if not name.endswith(".pkl")}
    for name in set(names) - set(hashes):
        is_packed = name == packed.VALUE
        with (folder / name).open("rb") as stream:
            value = packed.load(folder) if is_packed else cloudpickle.load(stream)
        try:
            hashes[name] = content_sha256(value, texts)
            if is_packed:  # the values in it were hashed with it
                hashes.pop(packed.BUFFERS, None)
        except Exception:  # only cloudpickle can write it, such as a lambda: then as written
            hashes[name] = file_sha256(folder / name)
    return value_sha256(hashes)


def content_sha256(value: Any, hide: Iterable[str] = ()) -> str:
    """Return the hash of a value that the standard pickle can write.

    It is the same in every process, whatever ``PYTHONHASHSEED``. The order of a dictionary counts,
    that of a set does not.

    Parameters
    ----------
    value : object
        Anything.
    hide : iterable of str
        Text in strings and paths that does not count.
    """
    digest = _Digest()
    _Canonical(digest, list(hide)).dump(value)
    return digest.sha256.hexdigest()


_Pickler: Any = pickle._Pickler
"""The pickler written in Python: the one in C asks nobody how a set is to be written."""


class _Digest:
    """A file that only remembers the hash of what is written to it."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, content: Any) -> None:
        self.sha256.update(content)


class _Canonical(_Pickler):  # type: ignore[misc]
    """Writes equal values as equal bytes; they are never read back."""

    dispatch = dict(_Pickler.dispatch)

    def __init__(self, file: _Digest, hide: list[str]) -> None:
        super().__init__(file, protocol=5)
        self.hide = hide

    def memoize(self, obj: Any) -> None:
        # whether two equal strings are one object is up to the interpreter: write both
        if not isinstance(obj, str | bytes):
            super().memoize(obj)

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, PurePath):  # its own pickle holds the single names, which hide nothing
            return type(obj), (str(obj),)
        parts = packed.as_one(obj)  # thousands of arrays would be written one by one
        return NotImplemented if parts is None else (packed.taken_apart, parts)

    def _save_text(self, obj: str) -> None:
        for text in self.hide:
            obj = obj.replace(text, "")
        super().save_str(obj)

    def _save_members(self, obj: set[Any] | frozenset[Any]) -> None:
        members = sorted(obj, key=lambda member: content_sha256(member, self.hide))
        self.save((type(obj).__name__, members))

    dispatch[str] = _save_text
    dispatch[set] = _save_members
    dispatch[frozenset] = _save_members
