"""What a piece of a syntax tree binds, imports, and reaches in ways that cannot be followed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

WHOLE = "*"
"""Stands for all names of a module."""

DYNAMIC = {"globals", "locals", "vars", "exec", "eval", "__import__", "import_module"}
"""Names whose use makes the whole file count."""
DYNAMIC_ATTRIBUTES = {"import_module", "__import__", "__globals__", "f_globals"}
HOOKS = {"__init_subclass__", "__subclasses__", "metaclass"}
"""Names by which a class can learn of the classes that derive from it."""
PURE = {"abc", "contextlib", "dataclasses", "enum", "functools", "typing"}
"""Modules whose decorators keep no list of what they decorate."""
PLAIN = {"property", "staticmethod", "classmethod", "setter", "getter", "deleter"}
"""Decorators of methods that keep no list either."""

Pair = tuple[str, str]
"""Module and name; the name is `WHOLE` for the module itself."""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def is_constant(node: ast.expr | None) -> bool:
    """Say whether an expression is made of numbers and texts only."""
    if isinstance(node, ast.Tuple):
        return all(is_constant(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand)
    return node is None or isinstance(node, ast.Constant)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a statement that run when the file is imported."""
    yield node
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, Function):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from at_import(child)


def pure_names(node: ast.stmt) -> Iterator[str]:
    """Yield the names that an import of the file binds to modules or names of `PURE`."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] in PURE:
                yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module in PURE:
        for alias in node.names:
            yield alias.asname or alias.name


def is_pure(decorator: ast.expr, pure: set[str]) -> bool:
    """Say whether a decorator keeps no list of what it decorates."""
    return _root(decorator) in pure or last_name(decorator) in PLAIN


def _root(node: ast.expr) -> str:
    """Return the first name of a decorator: ``functools`` of ``@functools.lru_cache(8)``."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return last_name(node)


def last_name(node: ast.AST) -> str:
    """Return the last name of a reference: ``lru_cache`` of ``functools.lru_cache(8)``."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def dynamic_names(node: ast.AST) -> Iterator[str]:
    """Yield the name of something that reaches names in a way that cannot be followed."""
    if isinstance(node, ast.Attribute):
        owner = last_name(node.value)
        reads_modules = owner == "sys" and node.attr == "modules"
        if node.attr in DYNAMIC_ATTRIBUTES or reads_modules:
            yield "import_module"
        elif owner in ("builtins", "__builtins__") and node.attr in DYNAMIC:
            yield node.attr
    if last_name(node) in HOOKS or getattr(node, "name", None) in HOOKS:
        yield "__subclasses__"
    if (
        isinstance(node, ast.keyword)
        and node.arg == "metaclass"
        and last_name(node.value) != "ABCMeta"
    ):
        yield "__subclasses__"


def strings_of(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the strings: a quoted annotation or a name in ``__all__`` is a use too."""
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def bound_names(node: ast.stmt) -> Iterator[str]:
    """Yield the names a top-level statement binds; none if it may have other effects."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.ClassDef(name=name):
            yield name
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        case ast.Assign(targets=targets):
            names = [n for t in targets for n in ast.walk(t)]
            if not any(isinstance(n, ast.Attribute | ast.Subscript) for n in names):
                yield from (n.id for n in names if isinstance(n, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            yield name
        case ast.If(body=body, orelse=orelse):
            yield from _bound_blocks(body + orelse)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            yield from _bound_blocks(body + [s for h in handlers for s in h.body] + orelse + final)


def _bound_blocks(body: list[ast.stmt]) -> list[str]:
    """Return what the statements of a block bind, or nothing if one may have other effects."""
    found: list[str] = []
    for statement in body:
        names = list(bound_names(statement))
        if not names and not isinstance(statement, ast.Pass):
            return []
        found += names
    return found


def _names(node: ast.ImportFrom) -> list[str]:
    return [alias.name for alias in node.names]


def imported(node: ast.AST, package: str) -> Iterator[Pair]:
    """Yield what an import statement imports; relative names are resolved in `package`."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name, WHOLE
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if node.level:
            parts = package.split(".")
            base = parts[: max(0, len(parts) - node.level + 1)]
            module = ".".join([*base, module] if module else base)
        for name in _names(node):
            yield module, name
