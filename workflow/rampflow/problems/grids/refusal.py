"""How a file is refused: one error that names the file and the variable."""

from __future__ import annotations

from pathlib import Path

from rampflow.errors import DataError


def refusal(what: str, file: Path, variable: object = "", *, do: str) -> DataError:
    """Return the error of a file that is not understood.

    Parameters
    ----------
    what : str
        What is wrong, with the value found.
    file : Path
        The file.
    variable : object
        The name of the variable that it is about, if it is about one.
    do : str
        What the data steward can do.
    """
    where = f"{file}: variable {variable}" if variable != "" else str(file)
    return DataError(what, where=where, do=do)
