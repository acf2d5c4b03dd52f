"""Make the data set of the variable stars problem: invent the stars, look at them, write a file.

Usage::

    python problems/variable_stars/simulate.py --seed 23 --train 2000 --test 1000 \
        --output problems/variable_stars/data/stars.npz

The same arguments give the same bytes. The stars themselves are in ``sky.py`` beside this file.
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
from sky import BANDS, Array, Mask, draw_stars, listed_classes, listed_periods, observe

Arrays = dict[str, npt.NDArray[Any]]

ZERO_POINT = 24.5
"""The magnitude of a star of flux 1."""


def make_arrays(seed: int, n_train: int, n_test: int) -> Arrays:
    """Simulate the data set.

    Whatever a processor may compute a little differently is rounded to the digits of a catalogue,
    so that the last bits of a floating-point number do not reach the file.

    Parameters
    ----------
    seed : int
        Of the simulation.
    n_train, n_test : int
        Numbers of stars; the first ones are those of training.

    Returns
    -------
    dict of str to ndarray
        ``n_train``; ``type``, the class of each star; ``catalogue`` of shape (n_stars, n_columns)
        with ``columns``, their names; and for each band, such as ``b``: ``times_b``, the days of
        all nights; ``n_points_b``, the number of points of each star; and of all points, star
        after star, ``night_b`` (an index into the times), ``light_b``, ``error_b``,
        ``background_b`` and ``pollution_b`` (hundredths).
    """
    rng = np.random.default_rng(seed)
    stars = draw_stars(n_train + n_test, rng)
    seen = observe(stars, rng)
    period, multiple = listed_periods(stars, rng)
    kind = listed_classes(stars, rng)
    arrays: Arrays = {"n_train": np.array(n_train), "type": kind.astype(np.int8)}
    for band, letter in enumerate(BANDS):
        points = {
            "light": _hundredths(seen.light[band], np.int16),
            "error": _hundredths(seen.error[band], np.uint8),
            "background": _hundredths(seen.background[band], np.uint8),
            "pollution": _hundredths(seen.pollution[band], np.uint8),
        }
        arrays |= _band(letter, seen.times[band], seen.seen[band], points)
    table = {
        **_sky_positions(len(kind), rng),
        **_periods(period, multiple),
        **_statistics(arrays, rng),
    }
    arrays["columns"] = np.array(sorted(table))
    arrays["catalogue"] = np.stack([table[name] for name in sorted(table)], axis=1)
    return arrays


def _hundredths(values: Array, dtype: type[np.integer[Any]]) -> npt.NDArray[Any]:
    """Round to hundredths and store them as whole numbers.

    Raises
    ------
    ValueError
        If a value does not fit.
    """
    ticks = np.rint(values / 0.01)
    limits = np.iinfo(dtype)
    if ticks.min() < limits.min or ticks.max() > limits.max:
        raise ValueError(
            f"values from {values.min():.2f} to {values.max():.2f} do not fit hundredths in "
            f"{np.dtype(dtype).name}: check the parameters of the simulation"
        )
    return ticks.astype(dtype)


def _band(letter: str, times: Array, seen: Mask, points: Arrays) -> Arrays:
    """Return the arrays of one band: points that are seen, star after star."""
    nights = np.broadcast_to(np.arange(len(times), dtype=np.uint8), seen.shape)
    flat = {"night": nights, **points}
    return {
        f"times_{letter}": times,
        f"n_points_{letter}": seen.sum(axis=1).astype(np.int16),
        **{f"{name}_{letter}": values[seen] for name, values in flat.items()},
    }


def _sky_positions(n_stars: int, rng: np.random.Generator) -> dict[str, Array]:
    """Return right ascension and declination, anywhere in a field that has no structure."""
    where = rng.random((n_stars, 2))
    ascension = np.rint((4.5 + where[:, 0]) * 360000).astype(np.int64)  # hundredths of a second
    declination = np.rint((65.5 + 5 * where[:, 1]) * 360000).astype(np.int64)  # south
    positions = {}
    for name, value, sign in (("asc", ascension, 1.0), ("dec", declination, -1.0)):
        positions[f"{name}_d"] = sign * (value // 360000)
        positions[f"{name}_m"] = (value // 6000 % 60).astype(float)
        positions[f"{name}_s"] = value % 6000 / 100
    return positions


def _periods(period: Array, multiple: npt.NDArray[np.int64]) -> dict[str, Array]:
    """Return what the catalogue says of the period, with the digits of a catalogue."""
    frequency = np.rint(1e9 / period)  # whole 1e-9 per day
    return {
        "frequency": frequency / 1e9,
        "period": np.round(1e9 / frequency, 6),
        "div_period": multiple.astype(float),
    }


def _statistics(arrays: Arrays, rng: np.random.Generator) -> dict[str, Array]:
    """Return the columns that the catalogue derives from the points as they are in the file."""
    table: dict[str, Array] = {}
    for letter in BANDS:
        light, n_points = arrays[f"light_{letter}"].astype(np.int64), arrays[f"n_points_{letter}"]
        starts = np.cumsum(n_points, dtype=np.int64) - n_points
        total = np.add.reduceat(light, starts)
        fainter = np.repeat(total, n_points) < light * np.repeat(n_points, n_points)
        n_fainter = np.add.reduceat(fainter.astype(np.int64), starts)
        flux = 10 ** (-0.4 * (light / 100 - ZERO_POINT))
        mean = np.add.reduceat(flux, starts) / n_points
        square = np.add.reduceat(flux**2, starts) / n_points
        table[f"magnitude_{letter}"] = np.round(total / n_points / 100, 4)
        table[f"num_points_good_{letter}"] = n_points.astype(float)
        table[f"asym_{letter}"] = np.round(n_fainter / np.maximum(n_points - n_fainter, 1), 5)
        table[f"sigma_flux_{letter}"] = np.round(np.sqrt(np.maximum(square - mean**2, 0)), 3)
    chi2 = _scatter(arrays)
    quality = np.rint(np.log2(chi2 + 0.2) - 0.3 + 0.3 * rng.standard_normal(len(chi2)))
    table["quality"] = np.clip(quality, 0, 3)
    table["log_p_not_variable"] = np.round(0.4 - 4 * np.log10(chi2 + 0.5), 5)
    return table


def _scatter(arrays: Arrays) -> Array:
    """Return the blue scatter of each star relative to its errors: about 1 if it is constant."""
    light, error = arrays["light_b"] / 100, arrays["error_b"] / 100
    n_points = arrays["n_points_b"]
    starts = np.cumsum(n_points, dtype=np.int64) - n_points
    mean = np.add.reduceat(light, starts) / n_points
    deviation = (light - np.repeat(mean, n_points)) / error
    return np.asarray(np.add.reduceat(deviation**2, starts) / n_points)


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
    parser = argparse.ArgumentParser(description="Simulate the data set of the variable stars.")
    parser.add_argument("--seed", type=int, default=23, help="seed of the simulation")
    parser.add_argument("--train", type=int, default=2000, help="number of stars for training")
    parser.add_argument("--test", type=int, default=1000, help="number of stars for testing")
    parser.add_argument("--output", type=Path, required=True, help="npz file to write")
    options = parser.parse_args(arguments)
    if min(options.train, options.test) < 1:
        parser.error("give at least one star for training and one for testing")
    write_atomically(options.output, encode(make_arrays(options.seed, options.train, options.test)))


if __name__ == "__main__":
    main()
