"""Simulators of data sets: other kernels of the numerical libraries make the same bytes."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
OTHER_KERNELS = {
    "OPENBLAS_CORETYPE": "PRESCOTT",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX2 FMA3",
}
"""What an old processor has: its last bits are others. Features that this one lacks are ignored."""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels are those of x86_64")
@pytest.mark.parametrize("problem", ["variable_stars", "drug_spectra", "higgsml"])
def test_an_older_processor_makes_the_bytes_that_dvc_has_locked(
    problem: str, tmp_path: Path
) -> None:
    (out,) = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"][problem]["outs"]
    file = tmp_path / "made.npz"
    command = [sys.executable, str(ROOT / "problems" / problem / "simulate.py")]
    subprocess.run(
        [*command, "--output", str(file)],
        env=os.environ | OTHER_KERNELS,
        check=True,
        capture_output=True,
    )
    assert hashlib.md5(file.read_bytes()).hexdigest() == out["md5"]
