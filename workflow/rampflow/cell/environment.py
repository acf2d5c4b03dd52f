"""The environment variables of a submission's process: few, and the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from rampflow.cell.processes import THREAD_VARIABLES

PACKAGE_PARENT = Path(__file__).parents[2]
PASSED_ON = ("LD_LIBRARY_PATH", "OPENBLAS_", "MKL_", "CUDA_", "ROCR_", "TZ", "LANG", "LC_")
"""Variables, or beginnings of their names, that a submission's process takes from ours."""


def step_environment(
    scratch: Path, threads: int, more: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """Return the environment of a submission's process: clean, with pinned threads.

    Parameters
    ----------
    scratch : Path
        The folder that it may write.
    threads : int
        BLAS and OpenMP threads.
    more : iterable of (name, value)
        Variables of this step alone.
    """
    kept = {n: v for n, v in os.environ.items() if n.startswith(PASSED_ON)}
    return {
        **kept,
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONPATH": str(PACKAGE_PARENT),
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        **dict(more),
    }
