"""What users see when they are wrong, and what is nobody's fault but the machine's.

Every error says *what* is wrong, *where* (file and key) and what to *do*. The three are kept
apart so that the terminal, JSON output and pages can show them in their own way.
"""

from __future__ import annotations


class RampflowError(Exception):
    """A user error: what is wrong, where, and what to do about it.

    Parameters
    ----------
    what : str
        One sentence: what is wrong, with the value found and the values allowed.
    where : str, optional
        File and key, such as ``config/events/x.yaml: limits.time_s``.
    do : str, optional
        What the reader can do now.
    """

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.do:
            lines.append(f"  do:    {self.do}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.do))


def _rebuild(cls: type[RampflowError], what: str, where: str, do: str) -> RampflowError:
    return cls(what, where=where, do=do)


class ConfigError(RampflowError, ValueError):
    """An event, a submission or the list of teams is not what its schema says."""


class ProblemError(RampflowError, ValueError):
    """A problem's ``problem.py`` does not keep the contract."""


class DataError(RampflowError, ValueError):
    """A data set is missing, cannot be made, or is not the one that DVC has locked."""


class ResultError(RampflowError, ValueError):
    """A result folder is missing, incomplete or not readable."""


class SubmissionError(RampflowError, RuntimeError):
    """A submission broke its contract; the text is shown to the team."""


class Several(RampflowError):
    """Several user errors found in one pass, so that they can be mended in one go.

    Parameters
    ----------
    errors : list of RampflowError
        In the order in which they were found; at least one.
    """

    def __init__(self, errors: list[RampflowError]) -> None:
        self.errors = errors
        super().__init__(f"{len(errors)} errors")

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)

    def __reduce__(self) -> tuple[object, ...]:
        return (Several, (self.errors,))


class Fault(RampflowError, RuntimeError):
    """The machine's or our own fault, never a participant's: retried, never stored as a cell."""


def raise_all(errors: list[RampflowError]) -> None:
    """Raise nothing, the one error, or all of them as one.

    Parameters
    ----------
    errors : list of RampflowError
        What was found; may be empty.
    """
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Several(errors)
