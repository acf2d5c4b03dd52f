"""What every test shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A loaded machine is slow now and then; no test here is about time.
settings.register_profile("rampflow", deadline=None)
settings.load_profile("rampflow")


@pytest.fixture(scope="session")
def repo() -> Path:
    """Return the folder of the repository."""
    return Path(__file__).parents[1]
