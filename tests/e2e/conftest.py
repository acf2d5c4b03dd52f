"""One evaluated toy for all: copying a finished project is much cheaper than evaluating one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.toys import Toy, make_toy


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """Return an evaluated toy project whose training data DVC tracks. Not to be changed.

    Every step was a new interpreter: what others make in packs is held against it.
    """
    toy = make_toy(tmp_path_factory.mktemp("finished") / "toy")
    toy.use_dvc()
    toy.run("run", "--pack-s", "0").ok()
    return toy


@pytest.fixture(scope="session")
def elsewhere(finished: Toy, tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """Return the same project, evaluated again in a folder with a space. Not to be changed."""
    folder = tmp_path_factory.mktemp("else") / "another place"
    toy = finished.copy(folder, with_results=False)
    toy.snakemake().ok()
    return toy


@pytest.fixture
def toy(finished: Toy, tmp_path: Path) -> Toy:
    """Return a copy of the evaluated project, to be changed."""
    return finished.copy(tmp_path / "toy")


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Toy]:
    """Return what makes a new toy project of a problem, without submissions."""
    return lambda problem: make_toy(tmp_path / "toy", problem, submissions=False)
