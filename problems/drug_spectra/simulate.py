"""Make the data set of the drug spectra problem: mix infusions, take their spectra, write a file.

Usage::

    python problems/drug_spectra/simulate.py --seed 31 \
        --output problems/drug_spectra/data/spectra.npz

The same arguments give the same bytes. The infusions themselves are in ``bench.py`` beside this
file.
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
from bench import MOLECULES, SHIFT, draw_vials, spectra

Arrays = dict[str, npt.NDArray[Any]]

TICK = 2e-6
"""Intensities are whole numbers of this: the last bits of a floating-point number, which differ
between processors, do not reach the file. A seventieth of the noise."""


def make_arrays(seed: int) -> Arrays:
    """Simulate the data set.

    Parameters
    ----------
    seed : int
        Of the simulation.

    Returns
    -------
    dict of str to ndarray
        ``molecule``, ``concentration``, ``solute`` and ``vial`` of each vial; ``shift``, the Raman
        shift of the pixels in 1/cm; ``ticks`` of shape (n_vials, n_pixels), the spectra, of which
        ``tick`` is the unit.

    Raises
    ------
    ValueError
        If a spectrum does not fit the packing.
    """
    rng = np.random.default_rng(seed)
    vials = draw_vials(rng)
    ticks = np.rint(spectra(vials, rng) / TICK)
    largest = np.iinfo(np.uint16).max
    if ticks.min() < 0 or ticks.max() > largest:
        raise ValueError(
            f"intensities from {ticks.min() * TICK:.4f} to {ticks.max() * TICK:.4f} do not fit "
            f"0 to {largest * TICK:.4f}: check the parameters of the simulation"
        )
    return {
        "molecule": np.array(MOLECULES)[vials.molecule],
        "concentration": vials.concentration.astype(np.int32),
        "solute": vials.solute.astype(np.int8),
        "vial": vials.vial.astype(np.int8),
        "shift": np.round(SHIFT, 3),
        "tick": np.array(TICK),
        "ticks": ticks.astype(np.uint16),
    }


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
    parser = argparse.ArgumentParser(description="Simulate the data set of the drug spectra.")
    parser.add_argument("--seed", type=int, default=31, help="seed of the simulation")
    parser.add_argument("--output", type=Path, required=True, help="npz file to write")
    options = parser.parse_args(arguments)
    write_atomically(options.output, encode(make_arrays(options.seed)))


if __name__ == "__main__":
    main()
