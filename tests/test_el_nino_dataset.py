"""The data set of El Niño as a file: conventions, values, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.need import give_up, need_command

FOLDER = Path(__file__).parents[1] / "problems" / "el_nino"
SEED, MONTHS = 17, 1440
VALUES_MD5 = "8f9638b40fc16d7e267b1e4e1296f300"
"""Of the packed temperatures, big-endian as they lie in the file. Attributes may change; for other
values every number in the problem's card has to be measured again."""
OTHER_VERSIONS = ("numpy==2.1.3", "scipy==1.14.1", "netCDF4==1.7.2")
MARGIN = 2.7e-9
"""°C by which every temperature may be off without changing a byte. The computation differs by
about 1e-14 °C between the kernels of one BLAS library."""
ADVICE_NOT_TAKEN = {
    # a date of making would change the bytes, a fixed one would be a lie
    *("date_created", "date_issued", "date_modified", "date_metadata_modified"),
    # there is no address that lasts
    *("creator_url", "creator_email", "publisher_url", "publisher_email", "metadata_link"),
    # the creator is a group, named already; dvc.lock has the version
    *("creator_institution", "publisher_institution", "contributor_name", "contributor_role"),
    *("product_version", "program"),
    # the data have no vertical axis
    *(f"geospatial_vertical_{name}" for name in ("min", "max", "positive", "units", "resolution")),
    "geospatial_bounds_vertical_crs",
    # nothing was measured, and the keywords are of no vocabulary
    *("platform", "platform_vocabulary", "instrument", "instrument_vocabulary"),
    "keywords_vocabulary",
}


@pytest.fixture(scope="module")
def modules() -> Iterator[tuple[Any, Any]]:
    """Return the modules ``climate`` and ``simulate``, found as the command finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield importlib.import_module("climate"), importlib.import_module("simulate")


@pytest.fixture(scope="module")
def sst(modules: tuple[Any, Any]) -> np.ndarray:
    """Return the temperatures before they are packed, in °C."""
    climate, _ = modules
    field, _ = climate.simulate(SEED, MONTHS)
    return np.asarray(field)


@pytest.fixture(scope="module")
def content(modules: tuple[Any, Any], sst: np.ndarray) -> bytes:
    """Return the bytes of the file."""
    _, simulate = modules
    return bytes(simulate.encode(sst, SEED))


@pytest.fixture(scope="module")
def file(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the file."""
    path = tmp_path_factory.mktemp("dataset") / "enso.nc"
    path.write_bytes(content)
    return path


# -- conventions -----------------------------------------------------------------------------------


def issues(file: Path, convention: str) -> list[tuple[int, str]]:
    """Return weight (3 = error, 2 = recommended, 1 = suggested) and words of what a check finds."""
    try:
        from compliance_checker.runner import CheckSuite, ComplianceChecker
    except ImportError:
        give_up("needs the package compliance-checker (of requirements-dev.lock)")
    CheckSuite.load_all_available_checkers()
    found = file.with_suffix(".json")
    _, has_crashed = ComplianceChecker.run_checker(
        str(file), [convention], 0, "strict", output_filename=str(found), output_format="json"
    )
    assert not has_crashed
    report = json.loads(found.read_text())[convention]
    return [
        (int(result["weight"]), message)
        for group in ("high_priorities", "medium_priorities", "low_priorities")
        for result in report[group]
        if result["value"][0] < result["value"][1]  # others may have words too
        for message in result["msgs"]
    ]


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every connection fail the test, also one whose failure the caller would swallow."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("asked for the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("offline")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_file_conforms_to_cf(file: Path) -> None:
    assert issues(file, "cf:1.8") == []


@pytest.mark.usefixtures("offline")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_file_conforms_to_acdd_and_leaves_out_only_what_would_not_be_true(file: Path) -> None:
    found = issues(file, "acdd:1.3")
    assert [message for weight, message in found if weight == 3] == []
    missing = [re.fullmatch(r"(?:Attr )?(\w+) (?:is )?not present", words) for _, words in found]
    assert [w for (_, w), match in zip(found, missing, strict=True) if not match] == []
    assert {match[1] for match in missing if match} == ADVICE_NOT_TAKEN


@pytest.mark.usefixtures("offline")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_file_that_does_not_conform_is_found(file: Path, tmp_path: Path) -> None:
    """The checks above would fail: units that are none, no title, a box that is elsewhere."""
    broken = tmp_path / "broken.nc"
    broken.write_bytes(file.read_bytes())
    with netCDF4.Dataset(broken, "r+") as dataset:
        dataset["sst"].units = "furlong"
        dataset.title = ""
        dataset.geospatial_lat_min = 11.0
    words = " ".join(message for _, message in issues(broken, "cf:1.8"))
    assert "furlong" in words
    words = " ".join(message for _, message in issues(broken, "acdd:1.3"))
    assert "title" in words
    assert "geospatial_lat_min" in words


def test_the_attributes_are_those_of_the_arguments(modules: tuple[Any, Any]) -> None:
    climate, simulate = modules
    content = simulate.encode(climate.simulate(3, 24)[0], 3)
    with netCDF4.Dataset("memory", memory=content) as dataset:
        assert dataset.id == "el_nino_simulated_seed3_24months"
        assert " " not in dataset.id
        assert dataset.history == "simulate.py --seed 3 --months 24"
        assert dataset.time_coverage_start == "1701-01-16T12:00:00Z"
        assert dataset.time_coverage_end == "1702-12-16T12:00:00Z"
        assert dataset.time_coverage_duration == "P24M"
        edges = [dataset["lat"][0] - 2.5, dataset["lon"][0] - 2.5]
        edges += [dataset["lat"][-1] + 2.5, dataset["lon"][-1] + 2.5]
        south, west, north, east = (f"{edge:g}" for edge in edges)
        corner, opposite = f"{south} {west}", f"{north} {east}"
        assert dataset.geospatial_bounds.startswith(f"POLYGON (({corner}, ")
        assert dataset.geospatial_bounds.endswith(f", {corner}))")
        assert opposite in dataset.geospatial_bounds


# -- the same bytes --------------------------------------------------------------------------------


def values_md5(path: Path) -> str:
    """Return the MD5 of the packed temperatures as they lie in the file."""
    with netCDF4.Dataset(path) as dataset:
        dataset.set_auto_maskandscale(False)
        return hashlib.md5(dataset["sst"][:].astype(">i2").tobytes()).hexdigest()  # noqa: S324


def test_the_values_are_those_that_the_card_was_measured_on(file: Path) -> None:
    assert values_md5(file) == VALUES_MD5


def test_every_temperature_keeps_a_distance_from_where_rounding_tips_over(sst: np.ndarray) -> None:
    ticks = (sst - 20.0) / 0.001
    distance = np.abs(ticks - np.floor(ticks) - 0.5).min() * 0.001
    assert distance > MARGIN


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([1e-14, 1e-12, 1e-9, MARGIN]))
def test_noise_below_the_margin_changes_no_byte(
    modules: tuple[Any, Any], sst: np.ndarray, content: bytes, seed: int, size: float
) -> None:
    """Rounding differs between processors by less than a hundred-thousandth of the margin."""
    noise = np.random.default_rng(seed).choice([-size, size], sst.shape)
    assert modules[1].encode(sst + noise, SEED) == content


def test_noise_above_the_margin_does(
    modules: tuple[Any, Any], sst: np.ndarray, content: bytes
) -> None:
    """So the law above is about the packing, and the margin is not wide without end."""
    encode = modules[1].encode
    found = [encode(sst + size, SEED) != content for size in (-2 * MARGIN, 2 * MARGIN)]
    assert any(found)


PROGRAM = """
import sys, netCDF4, numpy, scipy
versions = numpy.__version__, scipy.__version__, netCDF4.__version__
with netCDF4.Dataset(sys.argv[1]) as dataset:
    total = dataset["sst"][:].astype("f8").filled(0.0)
print("/".join(versions), total.shape, repr(float(total[:, 6, 20].sum())))
"""


@pytest.mark.slow
def test_other_versions_of_the_libraries_make_the_same_bytes(file: Path, tmp_path: Path) -> None:
    """Older numpy, SciPy and netCDF4 in an environment of their own simulate, write and read."""
    uv = Path(sys.executable).with_name("uv")
    uv_path = str(uv) if uv.exists() else need_command("uv")
    environment = tmp_path / "older"
    python = environment / "bin" / "python"
    quiet = {name: v for name, v in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    quiet |= {"UV_PYTHON_DOWNLOADS": "never", "PYTHONDONTWRITEBYTECODE": "1"}
    quiet |= {"UV_HTTP_TIMEOUT": "600"}
    base = os.path.realpath(sys.executable)
    for command in (
        [uv_path, "venv", "--quiet", "--python", base, str(environment)],
        [uv_path, "pip", "install", "--quiet", "--only-binary", ":all:", "--python", str(python)]
        + list(OTHER_VERSIONS),
    ):
        made = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if made.returncode:
            last = made.stderr.strip().splitlines()[-1:]
            give_up(f"needs {', '.join(OTHER_VERSIONS)} of a package index: {''.join(last)}")

    other = tmp_path / "other.nc"
    simulate = [str(FOLDER / "simulate.py"), "--output", str(other)]
    subprocess.run([str(python), *simulate], env=quiet, check=True)
    assert other.read_bytes() == file.read_bytes()
    read = [
        subprocess.run(
            [interpreter, "-c", PROGRAM, str(file)],
            env=quiet,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split(" ", 1)
        for interpreter in (sys.executable, str(python))
    ]
    assert read[0][0] != read[1][0] == "/".join(v.partition("==")[2] for v in OTHER_VERSIONS)
    assert read[0][1] == read[1][1]
