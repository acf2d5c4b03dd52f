"""The page on configuration, made from the schemas: ``python -m rampflow.config.document``."""

from __future__ import annotations

import re
import types
import typing
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rampflow.config import schemas

PAGES = (
    (schemas.Defaults, "config/config.yaml"),
    (schemas.Event, "config/events/EVENT.yaml"),
    (schemas.SubmissionFile, "submissions/EVENT/TEAM/MODEL/submission.yaml"),
    (schemas.PredictionFile, "submissions/EVENT/TEAM/ENTRY.yaml, beside ENTRY.csv"),
    (schemas.Team, "config/teams.yaml, below the name of each team"),
)

HEAD = """# Configuration

Every key of every file. A wrong key, type, file or name gives one error that names the file and
the key, before anything runs; several are reported at once. Names of events, problems, teams and
models are {rule}.
Times need a time zone (`2015-05-21T10:12:00+02:00`). A file may hold at most 64 KiB.

This page is made from `workflow/rampflow/config/schemas.py` by
`python -m rampflow.config.document > docs/configuration.md`; a test keeps them equal.
"""


def configuration_page() -> str:
    """Return the page as Markdown."""
    parts = [HEAD.format(rule=schemas.NAME_RULE)]
    for schema, file in PAGES:
        parts.append(f"\n## {file}\n\n| key | type | default | meaning |\n|---|---|---|---|\n")
        parts.append("".join(_rows(schema, "")))
    return "".join(parts)


def _rows(schema: type[BaseModel], prefix: str) -> list[str]:
    rows = []
    for name, field in schema.model_fields.items():
        key = f"{prefix}{name}"
        inner = _schema_in(field.annotation)
        default = "" if inner and not field.is_required() else _default(field)
        rows.append(f"| `{key}` | {_type(field)} | {default} | {field.description} |\n")
        if inner:
            many = typing.get_origin(field.annotation) is tuple
            rows += _rows(inner, f"{key}[]." if many else f"{key}.")
    return rows


def _schema_in(annotation: Any) -> type[BaseModel] | None:
    candidates = [annotation, *typing.get_args(annotation)]
    found = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
    return found[0] if found else None


def _type(field: FieldInfo) -> str:
    annotation = field.annotation
    text = _type_name(annotation)
    bounds = [
        f"{sign} {getattr(m, name)}"
        for m in field.metadata
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if getattr(m, name, None) is not None
    ]
    return f"{text} {', '.join(bounds)}".strip()


def _type_name(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        return f"list of {_type_name(arguments[0])}"
    if origin in (types.UnionType, typing.Union):
        return _type_name(next(a for a in arguments if a is not type(None)))
    if origin is typing.Annotated:
        return _type_name(arguments[0])
    if _schema_in(annotation):
        return "keys below"
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
    name = re.sub(r".*\.", "", getattr(annotation, "__name__", str(annotation)))
    return names.get(name, "time" if "Datetime" in name or "datetime" in name else name)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value == () or value == "":
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    print(configuration_page(), end="")
