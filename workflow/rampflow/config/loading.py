"""YAML files into typed values, with errors that name the file and the key."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from rampflow.errors import ConfigError, RampflowError, raise_all

MAX_BYTES = 64 * 1024
"""A configuration file larger than this is refused unread."""

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Schema(BaseModel):
    """Base of every configuration type: strict, frozen, no unknown keys, finite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Loader(LOADER):  # type: ignore[misc]
    """Safe YAML that refuses a key given twice and leaves dates as text."""

    yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in LOADER.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be plain text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path, shown: str) -> dict[str, Any]:
    """Read a small YAML file whose top level is a mapping.

    Parameters
    ----------
    path : Path
        The file.
    shown : str
        Its name as the user writes it, for errors.

    Raises
    ------
    ConfigError
        If the file is absent, too large, not UTF-8, not YAML or not a mapping.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"the file is larger than {MAX_BYTES // 1024} KiB", where=shown)
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (safe)
    except FileNotFoundError:
        raise ConfigError("the file does not exist", where=shown) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file cannot be read: {error}", where=shown) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "not YAML"
        raise ConfigError(f"the file is not valid YAML: {reason}", where=shown + line) from None
    if not isinstance(content, dict):
        raise ConfigError("the file must hold keys and values (key: value)", where=shown)
    return content


SchemaType = TypeVar("SchemaType", bound=BaseModel)


def validate(schema: type[SchemaType], content: dict[str, Any], shown: str) -> SchemaType:
    """Check values against a schema.

    Parameters
    ----------
    schema : type
        What is allowed.
    content : dict
        What was read.
    shown : str
        The file's name, for errors.

    Raises
    ------
    ConfigError
        One error per wrong key (several are raised as one), each with file and key.
    """
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        problems: list[RampflowError] = [
            _config_error(schema, dict(problem), shown) for problem in error.errors()
        ]
        raise_all(problems)
        raise


def _config_error(schema: type[BaseModel], problem: dict[str, Any], shown: str) -> ConfigError:
    location: Sequence[Any] = problem["loc"]
    where = f"{shown}: {_key(location)}" if location else shown
    if problem["type"] == "extra_forbidden":
        allowed = sorted(_fields(schema, location[:-1]))
        close = difflib.get_close_matches(str(location[-1]), allowed, n=1)
        do = f"did you mean {close[0]!r}?" if close else f"allowed keys: {', '.join(allowed)}"
        return ConfigError(f"unknown key {str(location[-1])!r}", where=where, do=do)
    if problem["type"] == "missing":
        return ConfigError(f"the key {str(location[-1])!r} is missing", where=where)
    message = str(problem["msg"]).removeprefix("Value error, ")
    found = repr(problem.get("input"))
    shown_found = found if len(found) <= 80 else found[:77] + "..."
    return ConfigError(f"{message[0].lower()}{message[1:]} (found {shown_found})", where=where)


def _key(location: Sequence[Any]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _fields(schema: type[BaseModel], location: Sequence[Any]) -> list[str]:
    """Return the keys allowed at a place of a schema, following nested schemas."""
    for part in location:
        if isinstance(part, int) or part not in schema.model_fields:
            continue
        annotation = schema.model_fields[part].annotation
        inner = [annotation, *getattr(annotation, "__args__", ())]
        found = [a for a in inner if isinstance(a, type) and issubclass(a, BaseModel)]
        if not found:
            return []
        schema = found[0]
    return list(schema.model_fields)
