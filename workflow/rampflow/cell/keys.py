"""What a cell depends on, in clear, and the keys made of it.

A key is the hash of its parts. The parts are kept beside the result, so that "why is it stale?"
is a comparison of two dictionaries.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rampflow.codehash import WHOLE, code_files, code_parts, kept_parts
from rampflow.hashing import file_sha256, files_of, folder_sha256, key_of
from rampflow.paths import SUBMISSION_FILE, Project
from rampflow.problems.contract import FITTING, FOLDING, REFERENCES_FILE, SCORING

PACKAGE = Path(__file__).parents[1]
"""The folder of the package, whose code inside a step belongs to the key."""

Parts = dict[str, Any]
"""The parts of a key in clear: plain values only."""

RUNNER = ("cell.runner:main", "cell.train:run_training", "cell.predict:run_prediction")
"""The package's own code that decides what a submission is shown and what is taken from it."""


def submission_parts(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a submission that can change its predictions.

    ``submission.yaml`` is not among them: a new display name re-fits nothing.
    """
    return folder_sha256(folder, leave_out=[SUBMISSION_FILE])


def problem_files(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a problem that a step's copy of its code holds.

    That is ``problem.py``, what it imports from its folder, and files that are not Python: not
    the data, not a simulator that knows the answers, not the problem card.
    """
    names = _other_files(folder)
    for path in code_files([(folder / "problem.py", "problem", [WHOLE])], _roots(folder)):
        if path.is_relative_to(folder):
            names.append(path.relative_to(folder).as_posix())
    return {name: file_sha256(folder / name) for name in sorted(names)}


def problem_parts(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Return the hash of the problem's code reachable from some names, file by file.

    Files beside it that are not Python count too, since code may read them; not the problem
    card (``*.md``), the data, and DVC's own files.
    """
    found = _code_parts(folder, "problem", names)
    ours = f"{PACKAGE.name}."
    parts = {
        name if name.startswith(ours) else f"{name.replace('.', '/')}.py": digest
        for name, digest in found.items()
    }
    return parts | {name: file_sha256(folder / name) for name in _other_files(folder)}


def reference_parts(folder: Path) -> dict[str, str]:
    """Return the hash of the code that makes a problem's references; empty if it has none."""
    file = folder / REFERENCES_FILE
    if not file.is_file():
        return {}
    found = _code_parts(folder, file.stem, ["get_references"])
    return found | {name: file_sha256(folder / name) for name in _other_files(folder)}


def _code_parts(folder: Path, module: str, names: Sequence[str]) -> dict[str, str]:
    """Return the hash of a problem's code reachable from names of one of its modules."""

    def compute() -> dict[str, str]:
        return code_parts([(folder / f"{module}.py", module, names)], _roots(folder))

    return kept_parts(
        ((PACKAGE, ()), (folder, ("data",))), ["problem", module, list(names)], compute
    )


def _roots(folder: Path) -> dict[str, Path]:
    """Return where modules are found that a problem's code may import: ours, not libraries.

    Modules in folders below count too, since code may put such a folder on ``sys.path``. The
    nearest comes first, and a package before a file, as Python has it. References are not among
    them: they may know the answers, so no step of a submission ever gets a copy.
    """
    names = files_of(folder, leave_out=["data", REFERENCES_FILE])
    found = [folder / name for name in names]
    files = [path for path in found if path.suffix == ".py"]
    folders = {up for path in files for up in path.parents if up.is_relative_to(folder)}
    modules = sorted(
        [path for path in {*files, *folders} if path != folder],
        key=lambda p: (len(p.parts), p.is_file(), str(p)),
    )
    roots = {PACKAGE.name: PACKAGE}
    for path in modules:
        roots.setdefault(path.stem if path.is_file() else path.name, path)
    return roots


def _other_files(folder: Path) -> list[str]:
    """Return the files of a problem that are neither code, nor data, nor for people."""
    names = files_of(folder, leave_out=["data"])
    return [name for name in names if not name.endswith((".py", ".md", ".dvc"))]


def package_parts(*names: str) -> dict[str, str]:
    """Return the hash of the package's own code reachable from some of its names.

    Parameters
    ----------
    names : str
        Such as ``cell.runner:main``: module below the package, and a top-level name of it.
    """
    entries = []
    for entry in names:
        module, _, name = entry.partition(":")
        file = PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
        entries.append((file, f"{PACKAGE.name}.{module}", [name]))
    roots = {PACKAGE.name: PACKAGE}
    return kept_parts(((PACKAGE, ()),), ["package", *names], lambda: code_parts(entries, roots))


def prepare_parts(project: Project, problem: str, data: dict[str, str], seed: int) -> Parts:
    """Return what the folds and the stored X and y depend on."""
    return {
        "data": data,
        "problem": problem_parts(project.problem(problem), FOLDING),
        "seed": seed,
        "prepare": package_parts("cell.prepare:prepare"),
        **environment_parts(project),
    }


def environment_parts(project: Project) -> Parts:
    """Return what every step depends on: the packages and the Python they run in."""
    return {
        "lock": file_sha256(project.lock) if project.lock.exists() else "none",
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def common_fit_parts(project: Project, problem: str, data: dict[str, str]) -> Parts:
    """Return the parts of the fit key that all cells of an event share."""
    return {
        "data": data,
        "problem": problem_parts(project.problem(problem), FITTING),
        "runner": package_parts(*RUNNER),
        **environment_parts(project),
    }


def fit_parts(
    common: Parts,
    files: dict[str, str],
    entry: list[str],
    fold: Parts,
    seed: int,
    threads: int,
    gpus: int = 0,
) -> Parts:
    """Return all parts of a fit key.

    Parameters
    ----------
    common : dict
        `common_fit_parts`.
    files : dict of str to str
        `submission_parts`.
    entry : list of str
        The files that the workflow loads.
    fold : dict
        The number of the fold, and the hashes of what was prepared for it: its rows, the labels
        of its training rows, X of each part, the shapes that predictions must have.
    seed : int
        The event's seed plus the fold.
    threads : int
        BLAS and OpenMP threads that were declared.
    gpus : int
        GPUs that were declared; what a machine has does not count, as with its processor.
    """
    return {
        **common,
        "submission": files,
        "entry": entry,
        "fold": fold,
        "seed": seed,
        "threads": threads,
        "gpus": gpus,
    }


def score_parts(project: Project, problem: str, truth: dict[str, str]) -> Parts:
    """Return what scores depend on beside the fit key: the labels and the metrics' code.

    Parameters
    ----------
    project : Project
        Where the problem's code is.
    problem : str
        The problem.
    truth : dict of str to str
        Part (``train``, ``test``) → hash of its labels.
    """
    return {
        "truth": truth,
        "metrics": problem_parts(project.problem(problem), SCORING),
        "score": package_parts("cell.score:score_cell"),
    }


def score_key(parts: Parts) -> str:
    """Return the key of a score. It stands inside the cell's folder, so the fit key is implied."""
    return key_of(parts)


SENTENCES = {
    "data": "data set",
    "problem": "problem code",
    "runner": "rampflow's own step code",
    "prepare": "rampflow's own preparing code",
    "submission": "submission file",
    "entry": "list of entry files",
    "fold": "prepared",
    "seed": "seed",
    "threads": "declared threads",
    "gpus": "declared GPUs",
    "lock": "lock file",
    "python": "Python version",
    "truth": "labels",
    "metrics": "metric code",
    "score": "rampflow's own scoring code",
}


DEFAULTS = {"gpus": 0}
"""Parts that older keys do not have, and what they would be."""


def differences(old: Parts, new: Parts) -> list[str]:
    """Say in words in which parts two keys differ.

    Parameters
    ----------
    old, new : dict
        Parts of keys of one kind. A part missing from `new` is not compared (not known yet).

    Returns
    -------
    list of str
        Such as ``submission file regressor.py changed`` or ``seed 1000 → 7``.
    """
    found = []
    for name, value in new.items():
        before = old.get(name, DEFAULTS.get(name))
        if before == value:
            continue
        label = SENTENCES.get(name, name)
        if isinstance(value, dict) and isinstance(before, dict):
            found += [f"{label} {line}" for line in _item_differences(before, value)]
        else:
            found.append(f"{label} {_arrow(before, value)}")
    return found


def _item_differences(before: Parts, now: Parts) -> list[str]:
    lines = [f"{name} is new" for name in now if name not in before]
    lines += [f"{name} is gone" for name in before if name not in now]
    lines += [
        f"{name} changed ({_arrow(before[name], now[name])})"
        for name in now
        if name in before and before[name] != now[name]
    ]
    return lines


def _arrow(before: object, now: object) -> str:
    if _is_hash(before) and _is_hash(now):
        before, now = _short(before), _short(now)
    return f"{before} → {now}"


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and len(value) >= 32


def _short(digest: object) -> str:
    return str(digest).removeprefix("sha256:")[:8] + "…"
