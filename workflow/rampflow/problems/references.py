"""References: predictions of the organisers that a board shows beside the entries, unranked.

``references.py`` beside ``problem.py`` may define ``get_references(path)``, which returns a list of
`Reference`: the best forecast that is possible, an operational forecast, last year's winner. It may
know what no submission knows, so ``problem.py`` must not import it: only a trusted step does.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from rampflow.errors import ProblemError
from rampflow.problems.contract import REFERENCES_FILE, Problem, error_inside


@dataclass(frozen=True, eq=False)
class Reference:
    """One unranked row of a board.

    Parameters
    ----------
    name : str
        What people read; other references have other names.
    note : str
        One line: where the predictions come from, and what may be concluded.
    train : array-like, optional
        Predictions of all training rows, in the shape that a submission's have. Rows that no fold
        validates are not looked at.
    test : array-like, optional
        Predictions of all test rows.
    is_limit : bool
        Whether no forecast can be better but by chance: the row is then called the known limit,
        and drawn as a line.
    """

    name: str
    note: str
    train: npt.ArrayLike | None = None
    test: npt.ArrayLike | None = None
    is_limit: bool = False


def load_references(problem: Problem) -> list[Reference]:
    """Return the references of a problem.

    Parameters
    ----------
    problem : Problem
        Loaded: ``references.py`` may import ``problem`` and modules beside it.

    Returns
    -------
    list of Reference
        Empty where the problem has no ``references.py``, or its function returns none.

    Raises
    ------
    ProblemError
        If the file cannot be imported, has no ``get_references``, or that raises or returns
        something else.
    """
    file = problem.folder / REFERENCES_FILE
    if not file.is_file():
        return []
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ProblemError("the file cannot be imported", where=str(file))
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise error_inside(file, "cannot be imported", error) from error
    if not callable(getattr(module, "get_references", None)):
        raise ProblemError(
            "there is no get_references(path)",
            where=str(file),
            do="define it, or remove the file",
        )
    try:
        found = list(module.get_references(str(problem.folder)) or ())
    except Exception as error:
        raise error_inside(file, "get_references failed", error) from error
    _check(found, where=f"{file}: get_references")
    return found


def _check(found: list[Any], where: str) -> None:
    for reference in found:
        if not isinstance(reference, Reference):
            raise ProblemError(
                f"get_references returned a {type(reference).__name__}",
                where=where,
                do="return a list of rampflow.problems.references.Reference",
            )
        for value in (reference.name, reference.note):
            if not isinstance(value, str) or not value.strip():
                raise ProblemError("a reference needs a name and a note, both text", where=where)
    for name, count in Counter(reference.name for reference in found).items():
        if count > 1:
            raise ProblemError(f"{count} references have the name {name!r}", where=where)
