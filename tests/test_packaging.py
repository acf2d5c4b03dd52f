"""One list of dependencies: pyproject, lock, environment.yml, licence and citation agree."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import rampflow
from tests.support.need import need_command
from tests.support.tree import copy_tree

# A package whose conda name differs from its name on PyPI.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "snakemake": "snakemake-minimal"}
# Packages for tests that conda-forge lacks; pip adds them.
NOT_CONDA = ("axe-playwright-python", "playwright")
# What a user installs from; none of it may name a host, so that any mirror serves.
LOCKS = ("requirements.lock", "requirements-dev.lock")
SOURCES = (*LOCKS, "pyproject.toml", "environment.yml", "Makefile", ".ci/run")


Entries = dict[str, list[str]]
Pins = dict[str, dict[str, Version]]


@pytest.fixture(scope="module")
def entries(repo: Path) -> Entries:
    """Lock → one text per package: its pin, its marker and its hashes."""
    texts = {name: (repo / name).read_text(encoding="utf-8") for name in LOCKS}
    return {
        name: [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip()]
        for name, text in texts.items()
    }


@pytest.fixture(scope="module")
def pins(entries: Entries) -> Pins:
    """Lock → package → version."""
    found = {
        name: [re.match(r"([a-z0-9-]+)==([^\s;\\]+)", entry) for entry in texts]
        for name, texts in entries.items()
    }
    return {
        name: {match[1]: Version(match[2]) for match in matches if match}
        for name, matches in found.items()
    }


@pytest.fixture(scope="module")
def pyproject(repo: Path) -> dict:
    return tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def project(pyproject: dict) -> dict:
    return pyproject["project"]


@pytest.fixture(scope="module")
def top_level(pyproject: dict) -> dict[str, list[Requirement]]:
    """Lock → what is asked for by name."""
    names = (pyproject["project"]["dependencies"], pyproject["dependency-groups"]["dev"])
    return {
        lock: [Requirement(name) for name in asked]
        for lock, asked in zip(LOCKS, names, strict=True)
    }


@pytest.fixture(scope="module")
def citation(repo: Path) -> dict:
    return yaml.safe_load((repo / "CITATION.cff").read_text(encoding="utf-8"))


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the first part of the name of every module that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("source", [*SOURCES, "workflow/bootstrap.py"])
def test_nothing_that_installs_names_a_host(repo, source):
    text = (repo / source).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_pin_or_its_hash(repo, lock):
    pin = r"[a-z0-9-]+==[^\s;\\]+( ; [^\\]+)? \\"
    hashed = r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    lines = (repo / lock).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(f"{pin}|{hashed}", line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_a_hash_and_one_version(entries, pins, lock):
    assert [entry.split()[0] for entry in entries[lock] if "--hash=sha256:" not in entry] == []
    assert len(pins[lock]) == len(entries[lock]), "a package has two versions: make lock has one"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_the_top_level_within_its_bounds(top_level, pins, lock):
    wrong = [str(need) for need in top_level[lock] if pins[lock][need.name] not in need.specifier]
    assert wrong == [], "the lock is older than pyproject.toml: run make lock"


def test_a_package_of_both_locks_has_one_version(pins):
    """What tests need is added to what runs and must change nothing of it."""
    run, dev = (pins[lock] for lock in LOCKS)
    shared = run.keys() & dev.keys()
    assert "numpy" in shared
    assert {name: (run[name], dev[name]) for name in shared if run[name] != dev[name]} == {}


def test_no_tool_is_in_the_lock_that_keys_hold(pins, top_level):
    """A new ruff must fit nothing again. setuptools is there since a package needs it to run."""
    run, dev = (pins[lock] for lock in LOCKS)
    tools = {need.name for need in top_level[LOCKS[1]]}
    assert tools & run.keys() <= {"setuptools"}
    assert not {"ruff", "pytest", "mypy", "uv"} & run.keys()
    assert {"ruff", "pytest", "mypy", "uv"} <= dev.keys()


def test_whatever_the_package_imports_is_declared(repo, project):
    """A package that comes along with another may be gone after that one's next release."""
    owners = packages_distributions()
    declared = {canonicalize_name(Requirement(name).name) for name in project["dependencies"]}
    files = [
        path
        for room in ("workflow/rampflow", "problems", "submissions")
        for path in (repo / room).rglob("*.py")
    ]
    undeclared = {
        f"{path.relative_to(repo)}: {module}"
        for path in files
        for module in imported_modules(path)
        if module in owners
        and declared.isdisjoint(canonicalize_name(owner) for owner in owners[module])
        and module != "rampflow"
    }
    assert undeclared == set()


def test_environment_yml_is_the_top_level_of_the_locks(repo, top_level, pins):
    """Conda has no `.postN` releases: they are new wheels of the same source."""
    found = yaml.safe_load((repo / "environment.yml").read_text(encoding="utf-8"))
    wanted = [
        f"{CONDA_NAMES.get(need.name, need.name)}={str(pins[lock][need.name]).split('.post')[0]}"
        for lock in LOCKS
        for need in top_level[lock]
        if need.name not in NOT_CONDA
    ]
    by_pip = {"pip": [f"{name}=={pins['requirements-dev.lock'][name]}" for name in NOT_CONDA]}
    assert found["dependencies"] == ["python >=3.11", "pip", *wanted, by_pip]


def test_the_oldest_python_is_the_same_everywhere(repo, project):
    assert project["requires-python"] == ">=3.11"
    assert "--python-version 3.11" in (repo / "Makefile").read_text(encoding="utf-8")
    bootstrap = importlib.import_module("bootstrap")
    assert bootstrap.OLDEST == (3, 11)


def test_the_version_is_the_same_everywhere(project, citation):
    assert project["version"] == rampflow.__version__ == str(citation["version"])


def test_the_licence_is_bsd_3_clause(repo, project, citation):
    text = (repo / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("BSD 3-Clause License\n")
    assert "The rampflow developers" in text
    assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == ["1", "2", "3"]
    assert project["license"] == citation["license"] == "BSD-3-Clause"


def test_the_citation_is_complete_and_names_ramp(citation):
    """The keys that the Citation File Format 1.2.0 requires, and the paper behind the method."""
    assert str(citation["cff-version"]) == "1.2.0"
    assert citation["message"]
    assert citation["title"]
    assert citation["authors"]
    (paper,) = citation["references"]
    assert {"type", "title", "authors"} <= paper.keys()
    assert paper["title"].startswith("The RAMP framework")
    assert paper["authors"][0]["family-names"] == "Kégl"
    assert paper["year"] == 2018


def test_the_command_can_be_imported(project):
    module, name = project["scripts"]["rampflow"].split(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_python_m_rampflow_is_the_command():
    command = [sys.executable, "-m", "rampflow", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "run" in shown.stdout


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_the_package(repo, tmp_path):
    """Templates and assets are easily forgotten: pages would fail only once installed."""
    tree = copy_tree(repo, tmp_path / "tree")
    build = f"import setuptools.build_meta as b; print(b.build_wheel({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("rampflow/")}
    package = repo / "workflow"
    files = (path for path in (package / "rampflow").rglob("*") if path.is_file())
    assert packed == {
        path.relative_to(package).as_posix() for path in files if "__pycache__" not in path.parts
    }


def test_the_ci_script_is_valid_bash(repo):
    script = repo / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run([need_command("bash"), "-n", str(script)], check=True)
