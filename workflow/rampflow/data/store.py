"""X and y as files that a step reads in milliseconds. X is opaque: anything is stored.

Arrays are `.npy`, read by memory map. Time sequences are one `.npy` per variable, time first, so
that a prefix is a slice of bytes. Everything else (tables, lists, another framework's objects)
is pickled by this trusted side and read where it is needed, large arrays in it by memory map
(`packed.py`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import numpy.typing as npt

from rampflow.data import packed
from rampflow.errors import ProblemError
from rampflow.files import read_json, write_json
from rampflow.problems.sequence import TimeSequence

Steps = dict[str, npt.NDArray[Any]]
"""The variables of a sequence that have a time dimension, time first."""


def save(value: Any, folder: Path) -> None:
    """Store one opaque value in a new folder."""
    folder.mkdir(parents=True)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcMmSU":
        np.save(folder / "value.npy", value, allow_pickle=False)
    else:
        packed.save(value, folder)


def load(folder: Path) -> Any:
    """Return what `save` stored; arrays are memory maps, and what is written to them stays here."""
    if (folder / "value.npy").exists():
        return np.load(folder / "value.npy", mmap_mode="c", allow_pickle=False)
    return packed.load(folder)


def save_sequence(X: Any, time: TimeSequence, folder: Path) -> None:
    """Store an ``xarray.Dataset`` so that its first steps can be read alone.

    Parameters
    ----------
    X : xarray.Dataset
        A sequence.
    time : TimeSequence
        Its time dimension, burn-in and lead; stored with it.
    folder : Path
        A new folder.

    Raises
    ------
    ProblemError
        If a variable along time holds objects (such as calendar dates that numpy cannot hold).
    """
    folder.mkdir(parents=True)
    dim = time.dim
    names = [str(name) for name in X.variables if dim in X.variables[name].dims]
    for position, name in enumerate(names):
        variable = X.variables[name]
        values = variable.transpose(dim, ...).values
        if values.dtype.kind == "O":
            raise ProblemError(
                f"the variable {name!r} of X holds objects along {dim!r}",
                where="problem.py: get_train_data, get_test_data",
                do="decode times to datetime64, or store them as numbers",
            )
        np.save(folder / f"{position}.npy", values, allow_pickle=False)
    dims = {name: [d for d in X.variables[name].dims if d != dim] for name in names}
    attributes = {name: X.variables[name].attrs for name in names}
    template = {
        # without encodings: they name the file that X was read from, which goes on to the end
        "rest": X.drop_vars(names).drop_encoding(),
        "dims": {name: (dim, *dims[name]) for name in names},
        "attrs": attributes,
        "coords": [name for name in names if name in X.coords],
    }
    (folder / "template.pkl").write_bytes(cloudpickle.dumps(template, protocol=5))
    content = {"names": names, "n_steps": int(X.sizes[dim]), **asdict(time)}
    write_json(folder / "sequence.json", content)


def open_steps(folder: Path) -> Steps:
    """Return the variables along time as memory maps. Needs numpy only."""
    names = read_json(folder / "sequence.json")["names"]
    return {
        name: np.load(folder / f"{position}.npy", mmap_mode="r", allow_pickle=False)
        for position, name in enumerate(names)
    }
