"""The contract of a problem: what ``problems/<problem>/problem.py`` must define.

A superset of a RAMP kit's ``problem.py``. See `REQUIRED` and `OPTIONAL` for the names. What may lie
beside it, see `rampflow.problems.references`.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from rampflow.errors import ProblemError, RampflowError

REQUIRED = {
    "problem_title": "what people read",
    "Predictions": "the class of predictions, such as make_regression()",
    "workflow": "an object with train_submission and test_submission",
    "score_types": "a list of metrics; the first is official",
    "get_cv": "get_cv(X, y): pairs (train_is, valid_is) into the training set",
    "get_train_data": "get_train_data(path): X and y of the training set",
}
OPTIONAL = {
    "get_test_data": "get_test_data(path): X and y of the test set",
    "sequence": "a TimeSequence where a later X gives an earlier label away",
    "input_files": "names below data/ of what X reads by name: a list, or part → list",
    "limits": "a dict, written out: limits of a step, below those of the event",
}
READING = ("get_train_data", "get_test_data", "sequence")
"""Names that decide what X and y are."""
FITTING = (*READING, "workflow")
"""Names that fit and predict depend on."""
FOLDING = (*READING, "get_cv", "Predictions", "input_files")
"""Names that preparing depends on; the predictions say which shape is wanted."""
SCORING = ("score_types", "Predictions")
"""Names that a score depends on."""
REFERENCES_FILE = "references.py"
"""The file beside ``problem.py`` that makes the unranked rows of a board; no step gets a copy."""


@dataclass(frozen=True)
class Problem:
    """A problem that keeps the contract.

    Parameters
    ----------
    folder : Path
        Where ``problem.py`` lies; passed to ``get_train_data`` and ``get_test_data``.
    module : module
        The loaded ``problem.py``.
    """

    folder: Path
    module: ModuleType

    @property
    def title(self) -> str:
        """What people read."""
        return str(self.module.problem_title)

    @property
    def predictions(self) -> Any:
        """The class of predictions."""
        return self.module.Predictions

    @property
    def workflow(self) -> Any:
        """The object that trains and tests a submission."""
        return self.module.workflow

    @property
    def element_files(self) -> list[str]:
        """The files of a submission that the workflow loads; empty where it does not say.

        RAMP kits name some without ``.py``.
        """
        names = getattr(self.workflow, "element_names", ())
        named = [names] if isinstance(names, str) else names
        return [name if "." in name else f"{name}.py" for name in map(str, named)]

    @property
    def score_types(self) -> list[Any]:
        """The metrics; the first is official."""
        return list(self.module.score_types)

    @property
    def sequence(self) -> Any | None:
        """How time is revealed, or None where rows are exchangeable."""
        return getattr(self.module, "sequence", None)

    def input_files(self, part: str) -> list[str]:
        """Return names below ``data/`` that X of a part reads by name, such as a folder of images.

        A step sees these, and nothing else of ``data/``: labels have to lie elsewhere.

        Raises
        ------
        ProblemError
            If ``input_files`` is not what `OPTIONAL` says, or names what does not exist.
        """
        said = getattr(self.module, "input_files", ())
        names = said.get(part, ()) if isinstance(said, dict) else said
        where = f"{self.folder / 'problem.py'}: input_files"
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise ProblemError(f"input_files is {said!r}", where=where, do="write a list of names")
        for name in names:
            parts = Path(name).parts
            if not parts or ".." in parts or Path(name).is_absolute():
                raise ProblemError(f"{name!r} is not a name below data/", where=where)
            if not (self.folder / "data" / name).exists():
                raise ProblemError(f"data/{name} does not exist", where=where)
        return list(names)

    def read(self, part: str) -> tuple[Any, Any] | None:
        """Read X and y of a part.

        Parameters
        ----------
        part : str
            ``train`` or ``test``.

        Returns
        -------
        tuple or None
            X (opaque) and y, or None if the problem has no test set.

        Raises
        ------
        RampflowError
            What the problem raised, or a ProblemError with file and line if that was no such error.
        """
        reader: Callable[[str], tuple[Any, Any]] | None
        reader = getattr(self.module, f"get_{part}_data", None)
        if reader is None:
            return None
        try:
            found = reader(str(self.folder))
            if found is None:
                return None
            X, y = found
        except RampflowError:  # the problem has said itself what is wrong and where
            raise
        except Exception as error:
            raise self._error(f"get_{part}_data failed", error) from error
        return X, y

    def folds(self, X: Any, y: Any) -> list[tuple[Any, Any]]:
        """Return the folds, materialised once: ``get_cv`` may be random or a generator."""
        try:
            folds: Iterable[tuple[Any, Any]] = self.module.get_cv(X, y)
            return [(train_is, valid_is) for train_is, valid_is in folds]
        except RampflowError:
            raise
        except Exception as error:
            raise self._error("get_cv failed", error) from error

    def _error(self, what: str, error: Exception) -> ProblemError:
        return error_inside(self.folder / "problem.py", what, error)


def error_inside(file: Path, what: str, error: Exception) -> ProblemError:
    """Return what a problem's code raised as an error of the problem, with file and line.

    Parameters
    ----------
    file : Path
        The file that was called; named where no line of its folder is known.
    what : str
        What failed.
    error : Exception
        What was raised.
    """
    frames = traceback.extract_tb(error.__traceback__)
    inside = [f for f in frames if Path(f.filename).is_relative_to(file.parent)]
    where = f"{inside[-1].filename}:{inside[-1].lineno}" if inside else str(file)
    return ProblemError(f"{what}: {type(error).__name__}: {error}", where=where)


def load_problem(folder: Path) -> Problem:
    """Load ``problem.py`` of a folder and check that it keeps the contract.

    The folder is put on ``sys.path``, so that ``problem.py`` may import modules beside it.

    Raises
    ------
    ProblemError
        If it cannot be imported, or a name of the contract is missing.
    """
    file = folder / "problem.py"
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("problem", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ProblemError("the file does not exist", where=str(file))
    module = importlib.util.module_from_spec(spec)
    sys.modules["problem"] = module
    problem = Problem(folder, module)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise problem._error("cannot be imported", error) from error
    missing = [name for name in REQUIRED if not hasattr(module, name)]
    if missing:
        raise ProblemError(
            f"the contract wants {', '.join(missing)}",
            where=str(file),
            do="; ".join(f"{name}: {REQUIRED[name]}" for name in missing),
        )
    if not problem.score_types:
        raise ProblemError("score_types is empty", where=f"{file}: score_types")
    for name in ("train_submission", "test_submission"):
        if not callable(getattr(problem.workflow, name, None)):
            raise ProblemError(f"workflow has no {name}", where=f"{file}: workflow")
    return problem
