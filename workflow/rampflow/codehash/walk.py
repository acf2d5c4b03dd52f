"""Follow names through files: which statements are reached."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rampflow.codehash.nodes import DYNAMIC, WHOLE
from rampflow.codehash.statements import Statement, statements
from rampflow.hashing import sha256

IMPORTING = {"exec", "eval", "__import__", "import_module"}
"""Names that can import a module whose name is computed."""

Entries = Iterable[tuple[Path, str, Iterable[str]]]


@dataclass
class _Walk:
    """The walk through files: which names of which files are wanted."""

    roots: dict[str, Path]
    labels: dict[Path, str] = field(default_factory=dict)
    wanted: dict[Path, set[str]] = field(default_factory=dict)
    pending: list[Path] = field(default_factory=list)
    files: dict[str, Path | None] = field(default_factory=dict)
    subclasses: bool = False
    """Whether a class that was reached may know of its subclasses."""

    def want(self, path: Path, label: str, name: str = "") -> None:
        """Want a name of a file; without one, only what runs when the file is imported."""
        self.labels.setdefault(path, label)
        names = self.wanted.setdefault(path, set())
        if name not in names:
            names.add(name)
            self.pending.append(path)

    def want_import(self, module: str, name: str) -> None:
        """Follow an import if it leads into a file of ours."""
        self.want_loaded(module, name)
        if name != WHOLE and (inner := self._file(f"{module}.{name}")):
            self.want(inner, f"{module}.{name}", WHOLE)
        if found := self._file(module):
            self.want(found, module, name)

    def want_loaded(self, module: str, name: str) -> None:
        """Follow what an import runs: the file, and ``__init__.py`` of the packages above it."""
        parts = [*module.split("."), *([] if name == WHOLE else [name])]
        for length in range(1, len(parts) + 1):
            dotted = ".".join(parts[:length])
            if found := self._file(dotted):
                self.want(found, dotted)

    def want_beside(self, path: Path) -> None:
        """Want every module beside a file, its own package excepted."""
        own = self.labels[path].partition(".")[0]
        for name, base in self.roots.items():
            if name != own and path.is_relative_to(base.parent):
                self.want_import(name, WHOLE)

    def want_subclasses(self) -> None:
        """From now on all subclasses count, in files that were seen and in those to come."""
        if not self.subclasses:
            self.subclasses = True
            self.pending += self.wanted

    def reached(self, path: Path) -> list[Statement]:
        """Return the statements of one file that are reached."""
        label = self.labels[path]
        package = label if path.name == "__init__.py" else label.rpartition(".")[0]
        return _reached(statements(path, package), self.wanted[path], self.subclasses)

    def _file(self, module: str) -> Path | None:
        if module not in self.files:
            self.files[module] = self._find(module)
        return self.files[module]

    def _find(self, module: str) -> Path | None:
        first, _, rest = module.partition(".")
        if not (base := self.roots.get(first)):
            return None
        if base.is_file():
            return base if not rest else None
        path = base.joinpath(*rest.split(".")) if rest else base
        # as Python does: a package hides a module of the same name
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if candidate.is_file():
                return candidate
        return None


def _reached(found: list[Statement], names: set[str], subclasses: bool) -> list[Statement]:
    """Return the statements of one file that are reachable from some of its names."""
    taken = [WHOLE in names or s.always or (subclasses and _is_derived(s.node)) for s in found]
    reached = set(names)
    changed = True
    while changed:
        changed = False
        for position, statement in enumerate(found):
            if not taken[position] and (statement.binds | statement.changes) & reached:
                taken[position] = changed = True
            if taken[position] and not statement.uses <= reached:
                reached |= statement.uses
                changed = True
            if taken[position] and statement.uses & DYNAMIC:
                return found
    return [s for s, is_taken in zip(found, taken, strict=True) if is_taken]


def _is_derived(node: ast.stmt) -> bool:
    return any(isinstance(n, ast.ClassDef) and n.bases for n in ast.walk(node))


def _walk(entries: Entries, roots: dict[str, Path]) -> _Walk:
    walk = _Walk(roots)
    for file, label, names in entries:
        for name in names:
            walk.want(file, label, name)
    while walk.pending:
        path = walk.pending.pop()
        for statement in walk.reached(path):
            for module, name in statement.imports:
                walk.want_import(module, name)
            if statement.uses & IMPORTING:
                _follow_dynamic(walk, path, statement)
            if "__subclasses__" in statement.uses:
                walk.want_subclasses()
        label = walk.labels[path]
        package = label if path.name == "__init__.py" else label.rpartition(".")[0]
        for statement in statements(path, package):
            for module, name in statement.loads:
                walk.want_loaded(module, name)
    return walk


def _follow_dynamic(walk: _Walk, path: Path, statement: Statement) -> None:
    walk.want_beside(path)
    for text in statement.texts:
        if text.replace(".", "").replace("_", "").isalnum():
            walk.want_import(text, WHOLE)


def code_parts(entries: Entries, roots: dict[str, Path]) -> dict[str, str]:
    """Return the hash of the code reachable from some names, file by file.

    Parameters
    ----------
    entries : iterable of (Path, str, iterable of str)
        Python files, their module names, and the top-level names to start from; those that a file
        does not define are passed over. ``"*"`` stands for the whole file.
    roots : dict of str to Path
        Where our own modules are found: first part of a module's name → package folder or file.
        Other imports (libraries) are the lock file's business.

    Returns
    -------
    dict of str to str
        Module name → SHA-256 of the statements that count, in source order. Files of which
        nothing counts are left out.

    Raises
    ------
    ProblemError
        If a file is not Python.
    """
    walk = _walk(entries, roots)
    parts = {}
    for path in walk.wanted:
        reached = walk.reached(path)
        if any(module != "__future__" for s in reached for module, _ in s.imports or [("", "")]):
            parts[walk.labels[path]] = sha256("\n".join(s.text for s in reached).encode())
    return dict(sorted(parts.items()))


def code_files(entries: Entries, roots: dict[str, Path]) -> list[Path]:
    """Return the files that are imported where some names are used; see `code_parts`."""
    return sorted(_walk(entries, roots).wanted)
