"""Make the data set of the pollinating insects problem: paint photographs, write one file.

Usage::

    python problems/pollinating_insects/simulate.py --seed 41 --train 2000 --test 1000 --size 40 \
        --output problems/pollinating_insects/data/insects.npz

The same arguments give the same bytes. The insects are in ``kinds.py``, the painting is in
``meadow.py`` beside this file.
"""

from __future__ import annotations

import argparse
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from kinds import draw_kinds
from meadow import listed_kinds, photographs

Arrays = dict[str, npt.NDArray[Any]]

BATCH = 200
"""Photographs that are painted at once; another number makes other photographs."""


def exposures(
    seed: int, n_train: int, n_test: int, size: int
) -> tuple[npt.NDArray[np.int64], Iterator[npt.NDArray[np.float64]]]:
    """Return what the insects are called, and their photographs as numbers from 0 to 255.

    Parameters
    ----------
    seed : int
        Of the simulation.
    n_train, n_test : int
        Numbers of photographs; the kinds are drawn for each part on its own.
    size : int
        Height and width in pixels.

    Returns
    -------
    listed : ndarray of int, shape (n_train + n_test,)
        Labels.
    light : iterator of ndarray of float, shape (BATCH, size, size, 3)
        Batch after batch, not rounded; the last one may be smaller.
    """
    rng = np.random.default_rng(seed)
    kind = np.concatenate([draw_kinds(n, rng) for n in (n_train, n_test)])
    listed = listed_kinds(kind, rng)
    starts = range(0, len(kind), BATCH)
    batches = (photographs(kind[start : start + BATCH], size, rng) for start in starts)
    return listed, (255 * np.clip(batch, 0, 1) for batch in batches)


def make_arrays(seed: int, n_train: int, n_test: int, size: int) -> Arrays:
    """Simulate the data set; parameters as for `exposures`.

    Light is rounded to whole numbers, so that the last bits of a floating-point number, which
    differ between processors, do not reach the file.

    Returns
    -------
    dict of str to ndarray
        ``n_train``; ``label``, what each insect is called; ``images`` of shape (n_train + n_test,
        size, size, 3), red, green and blue from 0 to 255. The first ones are those of training.
    """
    listed, light = exposures(seed, n_train, n_test, size)
    return {
        "n_train": np.array(n_train),
        "label": listed.astype(np.int8),
        "images": np.concatenate([np.rint(batch).astype(np.uint8) for batch in light]),
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
    parser = argparse.ArgumentParser(description="Simulate photographs of pollinating insects.")
    parser.add_argument("--seed", type=int, default=41, help="seed of the simulation")
    parser.add_argument("--train", type=int, default=2000, help="photographs for training")
    parser.add_argument("--test", type=int, default=1000, help="photographs for testing")
    parser.add_argument("--size", type=int, default=40, help="height and width in pixels")
    parser.add_argument("--output", type=Path, required=True, help="npz file to write")
    options = parser.parse_args(arguments)
    if min(options.train, options.test) < 1 or options.size < 8:
        parser.error("give at least one photograph of each part, and at least 8 pixels")
    arrays = make_arrays(options.seed, options.train, options.test, options.size)
    write_atomically(options.output, encode(arrays))


if __name__ == "__main__":
    main()
