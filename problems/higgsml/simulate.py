"""Make the data set of the HiggsML problem: draw collisions, derive quantities, write a file.

Usage::

    python problems/higgsml/simulate.py --seed 41 --train 25000 --test 55000 \
        --output problems/higgsml/data/events.npz

The same arguments give the same bytes. The challenge of 2014 had 250,000 and 550,000 events. The
collisions themselves are in ``collisions.py`` beside this file.
"""

from __future__ import annotations

import argparse
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from collisions import draw_collisions
from kinematics import COLUMNS, MISSING, OF_ONE_JET, OF_TWO_JETS, derive
from missing_mass import missing_mass

Array = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]

FIRST_ID = 100_000
FAILS = 0.024
"""How often a missing-mass calculator finds nothing although something is there."""
DIGITS = 1000
"""Quantities are rounded to thousandths, as published."""
WEIGHT_DIGITS = 1_000_000


def make_arrays(seed: int, n_train: int, n_test: int) -> Arrays:
    """Simulate the data set.

    What was measured is rounded before anything is derived from it, and what is derived is rounded
    too, so that the last bits of a floating-point number do not reach the file.

    Parameters
    ----------
    seed : int
        Of the simulation.
    n_train, n_test : int
        Numbers of events; the first ones are those of training.

    Returns
    -------
    dict of str to ndarray
        ``n_train``; ``columns``, names; ``thousandths`` of shape (n_events, n_columns), their
        values; ``event_id``; ``label``, 1 for signal; ``weight``, in millionths.
    """
    rng = np.random.default_rng(seed)
    n_events = n_train + n_test
    collisions = draw_collisions(n_events, rng)
    table = measured_and_derived(collisions.measured, rng)
    ticks = [np.rint(table[name] * DIGITS).astype(np.int32) for name in COLUMNS]
    return {
        "n_train": np.array(n_train),
        "columns": np.array(COLUMNS),
        "thousandths": np.stack(ticks, axis=1),
        "event_id": np.arange(FIRST_ID, FIRST_ID + n_events, dtype=np.int32),
        "label": collisions.label.astype(np.int8),
        "weight": np.rint(collisions.weight * WEIGHT_DIGITS).astype(np.int32),
    }


def measured_and_derived(measured: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    """Return all columns of events, with `MISSING` where a quantity does not exist.

    Parameters
    ----------
    measured : dict of str to ndarray, shape (n_events,)
        The columns ``PRI_``, at full precision.
    rng : numpy.random.Generator
        Of the failures of the missing-mass calculator.

    Returns
    -------
    dict of str to ndarray, shape (n_events,)
        Columns ``PRI_`` in thousandths, columns ``DER_`` that follow from them.
    """
    table = {name: np.rint(values * DIGITS) / DIGITS for name, values in measured.items()}
    fails = rng.random(len(table["PRI_met"])) < FAILS
    table |= derive(table) | {"DER_mass_MMC": np.where(fails, MISSING, missing_mass(table))}
    for n_jets, names in ((1, OF_ONE_JET), (2, OF_TWO_JETS)):
        for name in names:
            table[name] = np.where(table["PRI_jet_num"] >= n_jets, table[name], MISSING)
    return table


def encode(arrays: Arrays) -> bytes:
    """Return arrays as the bytes of an ``.npz`` file.

    NumPy's own writer leaves details of the archive to the version of Python; here all are given,
    and nothing is compressed, as two compressors need not give the same bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, values in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, values, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, member.getvalue())
    return buffer.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target, then rename: a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> None:
    """Command line: simulate and write the file."""
    parser = argparse.ArgumentParser(description="Simulate the data set of the HiggsML problem.")
    parser.add_argument("--seed", type=int, default=41, help="seed of the simulation")
    parser.add_argument("--train", type=int, default=25_000, help="number of events for training")
    parser.add_argument("--test", type=int, default=55_000, help="number of events for testing")
    parser.add_argument("--output", type=Path, required=True, help="npz file to write")
    options = parser.parse_args(arguments)
    if min(options.train, options.test) < 1:
        parser.error("give at least one event for training and one for testing")
    write_atomically(options.output, encode(make_arrays(options.seed, options.train, options.test)))


if __name__ == "__main__":
    main()
