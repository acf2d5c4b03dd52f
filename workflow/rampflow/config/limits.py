"""What a step may take: the event's limits, made narrower by the problem and the submission."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from rampflow.config.loading import validate
from rampflow.config.schemas import Limits, Wish
from rampflow.errors import ConfigError


def capped(limits: Limits, wish: Wish) -> Limits:
    """Return limits of which those that somebody wants lower are lower.

    Parameters
    ----------
    limits : Limits
        The most.
    wish : Wish
        What is wanted; None where nothing is.
    """
    found: dict[str, Any] = {}
    for name in Limits.model_fields:
        values = [v for v in (getattr(limits, name), getattr(wish, name)) if v is not None]
        found[name] = min(values, default=None)
    return Limits.model_construct(**found)


def problem_limits(file: Path, shown: str) -> Wish:
    """Return the ``limits`` that a ``problem.py`` asks for; its code is read and not run.

    Parameters
    ----------
    file : Path
        The file; one that cannot be parsed asks for nothing, and fails where it is loaded.
    shown : str
        Its name, for messages.

    Raises
    ------
    ConfigError
        If ``limits`` is not a plain dict of limits.
    """
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return Wish()
    found: object = {}
    for node in body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["limits"]:
            try:
                found = ast.literal_eval(node.value)
            except ValueError:
                found = None
    if not isinstance(found, dict):
        raise ConfigError(
            "limits is not a dict written out",
            where=f"{shown}: limits",
            do='write, for instance, limits = {"memory_mb": 500}',
        )
    return validate(Wish, found, f"{shown}: limits")
