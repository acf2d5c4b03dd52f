"""Hashes: equal hash, equal thing; the same in every process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rampflow import hashing

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=6,
)


@given(st.binary())
def test_bytes(content: bytes) -> None:
    assert hashing.sha256(content) == hashlib.sha256(content).hexdigest()


@given(plain, plain)
def test_values_have_one_hash_exactly_if_they_are_equal_as_json(a: object, b: object) -> None:
    import json

    same = json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)
    assert (hashing.value_sha256(a) == hashing.value_sha256(b)) == same


@given(st.dictionaries(st.text(), st.integers()), st.randoms())
def test_the_order_of_keys_does_not_count(value: dict[str, int], random: object) -> None:
    items = list(value.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert hashing.key_of(dict(items)) == hashing.key_of(value)


def test_a_key_is_128_bits_in_hexadecimal() -> None:
    assert len(hashing.key_of({"a": 1})) == hashing.KEY_LENGTH == 32
    assert hashing.key_of({"a": 1}) == hashing.value_sha256({"a": 1})[:32]


def test_what_is_not_a_number_has_no_key() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        hashing.key_of([float("nan")])


@pytest.mark.parametrize("seed", ["0", "1", "77"])
def test_a_key_is_the_same_in_every_process(seed: str, repo: Path) -> None:
    program = (
        "from rampflow.hashing import key_of; names = {'b', 'a', 'c', 'é'};"
        "print(key_of({name: [len(name), 0.1] for name in names}))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(repo / "workflow")}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == hashing.key_of({n: [len(n), 0.1] for n in ("a", "b", "c", "é")})


@given(arrays(st.sampled_from(["<f8", "<i4", "?"]), array_shapes(max_dims=3, max_side=4)))
def test_an_array_and_its_copy_have_one_hash_whatever_the_layout(array: np.ndarray) -> None:
    assert hashing.array_sha256(np.asfortranarray(array)) == hashing.array_sha256(array)
    assert hashing.array_sha256(array[::-1][::-1]) == hashing.array_sha256(array)


def test_kind_shape_and_number_of_arrays_count() -> None:
    a = np.zeros(4)
    others = [(a.astype("<f4"),), (a.reshape(2, 2),), (a[:2], a[2:]), (a, a), (a.astype("<i8"),)]
    assert len({hashing.array_sha256(*o) for o in [(a,), *others]}) == 6


def test_files_of_a_folder_are_sorted_and_hidden_names_and_caches_left_out(tmp_path: Path) -> None:
    for name in ("b.py", "a/z.txt", "a/.hidden", ".git/x", "a/__pycache__/z.pyc", "data/big", "é"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert hashing.files_of(tmp_path) == ["a/z.txt", "b.py", "data/big", "é"]
    assert hashing.files_of(tmp_path, leave_out=["data", "a/z.txt"]) == ["b.py", "é"]
    digests = hashing.folder_sha256(tmp_path, leave_out=["data"])
    assert digests["a/z.txt"] == hashing.file_sha256(tmp_path / "a/z.txt")
    assert digests["a/z.txt"] == hashing.sha256(b"a/z.txt")
    assert list(digests) == ["a/z.txt", "b.py", "é"]


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    assert hashing.files_of(tmp_path) == ["loop"]
