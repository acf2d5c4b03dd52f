"""What every test shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is slow now and then; no test here is about time. The examples of a property
# share the folder of their test, and each says what it wants of it. CI draws the same examples
# every time: a draw that fails is found by those who look for it, and stops nobody else.
settings.register_profile(
    "rampflow",
    deadline=None,
    derandomize=bool(os.environ.get("RAMPFLOW_CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("rampflow")


# Snakemake's plugin for SLURM asks it when it is imported, and would wait for one that is silent.
# A test that wants SLURM starts one of its own (tests/support/slurm.py).
os.environ["SLURM_CONF"] = os.devnull


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the cluster: it waits more than it computes, and others work meanwhile."""
    items.sort(key=lambda item: "test_slurm.py" not in item.nodeid)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes after its argument: bytes may hold the time, and workers must agree."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def repo() -> Path:
    """Return the folder of the repository."""
    return Path(__file__).parents[1]
