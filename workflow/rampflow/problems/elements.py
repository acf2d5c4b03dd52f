"""The files of a submission: importing them, finding what they must define, checking what it makes.

Their errors are read by teams, so they say what was expected and what came instead.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import SubmissionError

Rows = npt.NDArray[np.int_] | Sequence[int]

_PRIVATE = "_submission_"


class _Uncached(SourceFileLoader):
    """Compiles the file anew each time.

    Cached bytecode is trusted by time in whole seconds and size, so an edit can go unseen; and
    writing it would add files to the submission.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def import_element(module_path: str | Path, name: str) -> ModuleType:
    """Import one file of a submission.

    Once the import is over, the module is not in ``sys.modules``: cloudpickle then stores its
    classes by value, and two submissions with files of the same name cannot meet. Files that the
    submission imports itself are ordinary modules, found because its folder is on ``sys.path``.

    Parameters
    ----------
    module_path : str or Path
        The folder of the submission.
    name : str
        The name of the file without ``.py``.

    Returns
    -------
    module
        Its ``__file__`` is the full path, so code that reads beside it works.

    Raises
    ------
    SubmissionError
        If there is no such file. What the file itself raises is passed on as it is.
    """
    path = Path(module_path).resolve() / f"{name}.py"
    if not path.is_file():
        raise SubmissionError(
            f"the submission has no file {path.name}",
            where=str(path.parent),
            do=f"add {path.name}: the problem's workflow loads it",
        )
    private = _PRIVATE + name
    loader = _Uncached(private, str(path))
    spec = importlib.util.spec_from_file_location(private, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up in sys.modules while the file runs, so it is there so long
    sys.modules[private] = module
    try:
        loader.exec_module(module)
    finally:
        del sys.modules[private]
    return module


def get_attribute(module: ModuleType, name: str, kind: str = "class") -> Any:
    """Return a class or function that a file of a submission must define.

    Raises
    ------
    SubmissionError
        If the file does not define it; the error lists what the file does define.
    """
    try:
        return getattr(module, name)
    except AttributeError:
        file = module.__name__.removeprefix(_PRIVATE) + ".py"
        own = [
            key
            for key, value in module.__dict__.items()
            if getattr(value, "__module__", None) == module.__name__
        ]
        raise SubmissionError(
            f"{file} defines no {kind} {name}; it defines {', '.join(own) or 'nothing'}",
            where=str(module.__file__),
            do=f"name the {kind} {name}, with this spelling and these capitals",
        ) from None


def take_rows(X: Any, rows: Rows) -> Any:
    """Return some rows of a table, an array, a sparse matrix or a list, in the order asked for."""
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    if isinstance(X, list | tuple):
        return [X[int(row)] for row in rows]
    return X[rows]


def count_rows(X: Any) -> int:
    """Return the number of rows of a table, an array, a sparse matrix or a list."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def check_rows(values: Any, n_expected: int, maker: str, hint: str = "") -> npt.NDArray[Any]:
    """Return what a submission made as an array, once it has one row for each row of X.

    Parameters
    ----------
    values : array-like
        What the submission returned.
    n_expected : int
        The number of rows asked for.
    maker : str
        What returned the values, for the error: ``FeatureExtractor.transform``.
    hint : str
        What the team can do about it.

    Raises
    ------
    SubmissionError
        If the number of rows is another one, or if there are no rows at all (a single number,
        None).
    """
    array = np.asarray(values) if not hasattr(values, "shape") else values
    if array.ndim == 0:
        raise SubmissionError(
            f"{maker} returned {type(values).__name__}, not an array of {n_expected} rows",
            do=hint or "return one row for each row of X; is a 'return' missing?",
        )
    if array.shape[0] != n_expected:
        raise SubmissionError(
            f"{maker} returned {array.shape[0]} rows; {n_expected} were expected",
            do=hint or "return one row for each row of X, in the same order",
        )
    return array
