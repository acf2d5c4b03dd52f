"""What a name, a text and a moment may be, in every file that people write."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NAME_RULE = "1 to 64 of a-z, 0-9, _ and -, starting with a letter or a digit"


def _check_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"not a valid name: {NAME_RULE}")
    return name


def _check_file(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", name):
        raise ValueError("not a plain file name (no folders, no leading dot)")
    return name


def _check_source(reference: str) -> str:
    team, slash, model = reference.partition("/")
    if not slash or not NAME.fullmatch(team) or not NAME.fullmatch(model):
        raise ValueError("not a submission: write team/model")
    return reference


Name = Annotated[str, AfterValidator(_check_name)]
FileName = Annotated[str, AfterValidator(_check_file)]
Source = Annotated[str, AfterValidator(_check_source)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Moment = Annotated[AwareDatetime, Field(strict=False)]
