"""YAML into typed values: whatever stands in a file, the answer is a value or a clear error."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from rampflow.config import schemas
from rampflow.config.loading import MAX_BYTES, Schema, read_yaml, validate
from rampflow.errors import ConfigError, RampflowError, Several

SCHEMAS = (schemas.Event, schemas.SubmissionFile, schemas.Team, schemas.Defaults)
keys = st.sampled_from(
    ["title", "problem", "phase", "limits", "time_s", "seed", "team", "entry", "builds_on"]
) | st.text(max_size=4)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


class Inner(Schema):
    """A part."""

    size: int = Field(ge=1)


class Outer(Schema):
    """A file."""

    name: str
    inner: Inner = Inner(size=1)
    many: tuple[Inner, ...] = Field(default=(), strict=False)


def load(path: Path, content: bytes | str) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for schema in SCHEMAS:
        try:
            validate(schema, read_yaml(path, "the/file.yaml"), "the/file.yaml")
        except Several as several:
            for error in several.errors:
                check(error)
        except ConfigError as error:
            check(error)


def check(error: RampflowError) -> None:
    assert isinstance(error, ConfigError)
    assert error.where.startswith("the/file.yaml")
    assert error.what


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_an_error_that_names_the_file(
    tmp_path: Path, content: bytes
) -> None:
    load(tmp_path / "x.yaml", content)


@given(st.text(alphabet="ab:-?[]{}&*!|>%@`'\"#, \n\t0~.<=e", max_size=40))
def test_any_yaml_like_text_too(tmp_path: Path, content: str) -> None:
    load(tmp_path / "x.yaml", content)


@given(junk)
def test_any_values_too(tmp_path: Path, content: object) -> None:
    load(tmp_path / "x.yaml", yaml.dump(content, allow_unicode=True))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("a: 1\na: 2", "given twice"),
        ("a: {b: 1, b: 2}", "given twice"),
        ("- a", "keys and values"),
        ("", "keys and values"),
        ("a: [", "not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]", "not valid YAML"),
        ("a: *missing", "not valid YAML"),
        ("? [a]\n: 1", "not valid YAML"),
        ("[" * 5000, "not valid YAML"),
        ("a: &x [*x]\nb: !!binary '=='", ""),
        (b"a: \xff", "cannot be read"),
        ("a: 1e999", ""),
        ("a: 0o9", ""),
        ("2015-05-21: x", ""),
        ("a: 9999-99-99", ""),
        ("a: 1:99:99", ""),
        ("<<: [1]", "not valid YAML"),
        ("<<: {a: 1}\nb: 2", ""),
    ],
)
def test_odd_files(tmp_path: Path, content: str | bytes, word: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if word:
        with pytest.raises(ConfigError, match=word) as caught:
            read_yaml(path, "shown.yaml")
        assert caught.value.where.startswith("shown.yaml")
    load(path, path.read_bytes())


def test_an_error_of_yaml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a: 1\nb: 2\nb: 3\n")
    with pytest.raises(ConfigError) as caught:
        read_yaml(tmp_path / "x", "x")
    assert caught.value.where == "x, line 3"


def test_aliases_do_not_blow_up(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    load(tmp_path / "x.yaml", bomb)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"[" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 64 KiB"):
        read_yaml(tmp_path / "x", "x")


@pytest.mark.parametrize("make", [None, Path.mkdir])
def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path, make: object) -> None:
    if callable(make):
        make(tmp_path / "x")
    with pytest.raises(ConfigError) as caught:
        read_yaml(tmp_path / "x", "shown")
    assert caught.value.where == "shown"


def test_times_stay_text_until_a_schema_reads_them(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a: 2015-05-21T10:00:00+02:00\nb: 2015-05-21\n")
    expected = {"a": "2015-05-21T10:00:00+02:00", "b": "2015-05-21"}
    assert read_yaml(tmp_path / "x", "x") == expected


@pytest.mark.parametrize(
    ("content", "where", "words"),
    [
        ({}, "f: name", ["the key 'name' is missing"]),
        ({"name": 3}, "f: name", ["string", "found 3"]),
        ({"name": "a", "inner": {"size": 0}}, "f: inner.size", ["greater than or equal to 1"]),
        ({"name": "a", "inner": {"size": "1"}}, "f: inner.size", ["integer", "found '1'"]),
        ({"name": "a", "inner": {"size": True}}, "f: inner.size", ["integer"]),
        ({"name": "a", "many": [{"size": 1}, {}]}, "f: many[1].size", ["is missing"]),
        ({"name": "a", "nmae": 1}, "f: nmae", ["unknown key 'nmae'", "did you mean 'name'?"]),
        ({"name": "a", "zz": 1}, "f: zz", ["allowed keys: inner, many, name"]),
        ({"name": "a", "inner": {"zz": 1, "size": 1}}, "f: inner.zz", ["allowed keys: size"]),
        ({"name": "a", 3: 1}, "f", ["3"]),
    ],
)
def test_an_error_names_the_key_and_says_what_to_do(
    content: dict[str, object], where: str, words: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        validate(Outer, content, "f")
    assert caught.value.where.startswith(where)
    for word in words:
        assert word in str(caught.value)


def test_all_wrong_keys_are_reported_at_once() -> None:
    with pytest.raises(Several) as caught:
        validate(Outer, {"inner": {"size": 0}, "zz": 1}, "f")
    assert [error.where for error in caught.value.errors] == ["f: name", "f: inner.size", "f: zz"]


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(ConfigError) as caught:
        validate(Outer, {"name": ["x" * 5000]}, "f")
    assert len(str(caught.value)) < 300
