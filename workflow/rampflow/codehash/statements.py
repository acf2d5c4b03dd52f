"""A file cut into its top-level statements: what each binds, uses, imports and may change."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rampflow.codehash.canonical import canonical, is_docstring
from rampflow.codehash.nodes import (
    DYNAMIC,
    WHOLE,
    Definition,
    Pair,
    at_import,
    bound_names,
    dynamic_names,
    imported,
    is_constant,
    is_pure,
    last_name,
    pure_names,
    strings_of,
)
from rampflow.errors import ProblemError


@dataclass(eq=False)
class Statement:
    """A top-level statement.

    Parameters
    ----------
    node : stmt
        Its syntax tree.
    binds, uses : frozenset of str
        The names it binds at the top level, and those it uses anywhere.
    imports, loads : tuple of (str, str)
        What it imports anywhere, and what is imported when its file is.
    always : bool
        Whether it counts wherever its file counts.
    acts : bool
        Whether it calls something when its file is imported, or changes an object in place.
    texts : frozenset of str
        The strings in it that could be names of modules.
    docstrings : bool
        Whether docstrings count, since the file reads them.
    changes : frozenset of str
        Objects of the file that it may change when the file is imported.
    """

    node: ast.stmt
    binds: frozenset[str]
    uses: frozenset[str]
    imports: tuple[Pair, ...]
    loads: tuple[Pair, ...]
    always: bool
    acts: bool
    texts: frozenset[str]
    docstrings: bool
    changes: frozenset[str] = field(default=frozenset())

    @cached_property
    def text(self) -> str:
        """Its text for the hash."""
        return canonical(self.node, docstrings=self.docstrings)


def statements(path: Path, package: str) -> list[Statement]:
    """Cut a file into its top-level statements, in source order.

    Parameters
    ----------
    path : Path
        A Python file.
    package : str
        What its relative imports are relative to.

    Raises
    ------
    ProblemError
        If the file is not Python.
    """
    try:
        return _statements(path, package, path.read_bytes())
    except RecursionError:
        raise ProblemError("the code is nested too deeply", where=str(path)) from None


@functools.lru_cache(maxsize=1024)
def _statements(path: Path, package: str, content: bytes) -> list[Statement]:
    try:
        tree = ast.parse(content, filename=str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise ProblemError(
            f"the file is not valid Python: {error}", where=f"{path}:{line}" if line else str(path)
        ) from None
    nodes = list(ast.walk(tree))
    used = {n.id for n in nodes if isinstance(n, ast.Name)} | strings_of(nodes)
    loaded = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    pure = {name for node in tree.body for name in pure_names(node)}
    _drop_annotations(tree, pure)
    docstrings = any(
        isinstance(n, ast.Name | ast.Attribute) and last_name(n) == "__doc__" for n in nodes
    )
    found = [
        _statement(node, package, pure, docstrings) for node in tree.body if not is_docstring(node)
    ]
    for one in found:
        if one.loads and not one.binds & used:
            one.always = True  # nothing uses it, not even an annotation: it is for its effects
        if one.acts and one.binds and all(n[0] == "_" and n not in loaded for n in one.binds):
            one.always = True  # `_ = register(...)`
    _find_changes(found, nodes)
    return found


def _statement(node: ast.stmt, package: str, pure: set[str], docstrings: bool) -> Statement:
    inner = list(ast.walk(node))
    now = list(at_import(node))
    walrus = {n.target.id for n in now if isinstance(n, ast.NamedExpr)}
    bound = set(bound_names(node))
    imports = tuple(pair for n in inner for pair in imported(n, package))
    names = {last_name(n) for n in inner if isinstance(n, ast.Name)}
    special = {d for n in inner for d in dynamic_names(n)}
    special |= {name for _, name in imports if name in DYNAMIC}
    decorated = any(
        isinstance(n, Definition) and any(not is_pure(d, pure) for d in n.decorator_list)
        for n in now
    )
    return Statement(
        node=node,
        binds=frozenset(bound | walrus if bound else bound),
        uses=frozenset(names | special),
        imports=imports,
        loads=tuple(pair for n in now for pair in imported(n, package)),
        always=not bound
        or decorated
        or "__getattr__" in bound
        or any(
            name == WHOLE
            for n in inner
            if isinstance(n, ast.ImportFrom)
            for _, name in imported(n, package)
        ),
        acts=any(isinstance(n, ast.Call | ast.AugAssign) for n in now),
        texts=frozenset(strings_of(inner)),
        docstrings=docstrings,
    )


def _find_changes(found: list[Statement], nodes: list[ast.AST]) -> None:
    """Note which objects of the file each statement may change when the file is imported.

    What is called may change every object that it can name; numbers, texts, functions, classes
    and modules are not counted as objects, except names that a function declares ``global``.
    """
    objects = {name for n in nodes if isinstance(n, ast.Global) for name in n.names}
    users: dict[str, set[str]] = {}
    for one in found:
        if isinstance(one.node, ast.Assign | ast.AnnAssign) and not is_constant(one.node.value):
            objects |= one.binds
        for name in one.binds:
            users.setdefault(name, set()).update(one.uses)
    for one in found:
        if one.acts:
            one.changes = frozenset(_closure(one.uses, users) & objects)


def _closure(names: Iterable[str], users: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    pending = set(names)
    while pending:
        reached |= pending
        pending = {n for name in pending for n in users.get(name, ())} - reached
    return reached


def _drop_annotations(tree: ast.Module, pure: set[str]) -> None:
    """Drop the annotations of functions: they are for readers, and name much that does not run.

    Not where a decorator may read them, as that of ``functools.singledispatch`` does.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        if any(not is_pure(d, pure) or last_name(d).startswith("single") for d in decorators):
            continue
        a = node.args
        for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]:
            if arg is not None:
                arg.annotation = None
        if not isinstance(node, ast.Lambda):
            node.returns = None
