"""A sequence that is shown step by step, hundreds of times: each time all of it, at little cost.

What a submission writes into its X must not be there the next time, so every X is a copy. Memory
that is new costs several times what copying into it does, so a copy takes the memory of an earlier
one, if nobody holds on to that.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import cloudpickle
import numpy as np
import numpy.typing as npt

from rampflow.data.store import Steps


def _taken(lent: dict[str, npt.NDArray[Any]], name: str) -> tuple[npt.NDArray[Any] | None, int]:
    """Take out memory that was lent, and count the references to it."""
    memory = lent.pop(name, None)
    return memory, sys.getrefcount(memory)


_, ALONE = _taken({"": np.empty(0)}, "")
"""References to memory that nobody else holds: how many this function sees differs with Python."""


class Growing:
    """The steps shown so far.

    Parameters
    ----------
    template : bytes
        The content of ``template.pkl``: everything that does not depend on time.
    """

    def __init__(self, template: bytes = b"") -> None:
        self.template = template
        self.steps: Steps = {}
        self._lent: dict[str, npt.NDArray[Any]] = {}

    def add(self, names: Sequence[str], values: Sequence[npt.NDArray[Any]]) -> None:
        """Append further steps of every variable along time, time first."""
        for name, more in zip(names, values, strict=True):
            before = self.steps.get(name)
            self.steps[name] = more if before is None else append_steps(before, more)

    def dataset(self) -> Any:
        """Return an ``xarray.Dataset`` of copies of the steps; nothing of it is used again."""
        return join_steps(self.template, {name: self._copy(name) for name in self.steps})

    def _copy(self, name: str) -> npt.NDArray[Any]:
        steps, (memory, n_references) = self.steps[name], _taken(self._lent, name)
        if memory is None or n_references > ALONE or len(memory) < len(steps):
            # as much as the steps may grow to before they are moved themselves
            base = steps.base
            room = base.shape if base is not None and _is_room(base, steps) else steps.shape
            memory = np.empty(room, steps.dtype)
        memory[: len(steps)] = steps
        self._lent[name] = memory
        return memory[: len(steps)]


def append_steps(steps: npt.NDArray[Any], more: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `steps` followed by `more`, at the cost of `more` only, most times.

    A sequence that grows by a few steps hundreds of times would be copied as often. So what is
    returned is the beginning of a larger array, which the next call fills.

    Parameters
    ----------
    steps : array
        What was shown before; not to be appended to twice.
    more : array
        Further steps.
    """
    n_before, n_steps = len(steps), len(steps) + len(more)
    room = steps.base
    if room is None or not _is_room(room, steps) or len(room) < n_steps:
        room = np.empty((2 * n_steps, *steps.shape[1:]), steps.dtype)
        room[:n_before] = steps
    room[n_before:n_steps] = more
    return room[:n_steps]


def _is_room(base: Any, steps: npt.NDArray[Any]) -> bool:
    # what was received is the view of a larger array as well: of the bytes it came in
    is_like = isinstance(base, np.ndarray) and base.dtype == steps.dtype
    return is_like and base.shape[1:] == steps.shape[1:]


def join_steps(template: bytes, steps: Steps) -> Any:
    """Return the ``xarray.Dataset`` of some steps.

    Parameters
    ----------
    template : bytes
        The content of ``template.pkl``: everything that does not depend on time.
    steps : dict of str to array
        The variables along time, time first, all of one length.
    """
    import xarray as xr

    parts = cloudpickle.loads(template)
    rest = parts["rest"]
    along = {
        name: xr.Variable(parts["dims"][name], values, parts["attrs"][name], fastpath=True)
        for name, values in steps.items()
    }
    if not _has_default_indexes(rest):
        joined = rest.assign(along)
        return joined.set_coords([name for name in parts["coords"] if name not in joined.coords])
    # made anew, which takes half the time of a merge
    coords = {name: rest.variables[name] for name in rest.coords}
    values = {name: rest.variables[name] for name in rest.data_vars}
    for name, variable in along.items():
        (coords if name in parts["coords"] else values)[name] = variable
    return xr.Dataset(values, coords, rest.attrs)


def _has_default_indexes(rest: Any) -> bool:
    """Tell whether a new Dataset of the same variables gets the same indexes."""
    from xarray.indexes import PandasIndex

    default = {name for name in rest.coords if rest.variables[name].dims == (name,)}
    are_plain = all(type(index) is PandasIndex for index in rest.xindexes.values())
    return are_plain and set(rest.xindexes) == default
