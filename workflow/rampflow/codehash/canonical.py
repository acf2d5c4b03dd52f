"""The text of a syntax tree without layout, comments and docstrings."""

from __future__ import annotations

import ast


def canonical(node: ast.AST, *, docstrings: bool = False) -> str:
    """Return the text of a syntax tree without layout and comments.

    The same for every Python version that parses the code: empty fields are left out, so
    fields that newer versions add do not show, and texts are written in ASCII, since the
    characters that count as printable change as well.

    Parameters
    ----------
    node : AST
        Any part of a tree.
    docstrings : bool
        Whether strings that stand alone as a statement count.
    """
    fields = []
    for name, value in sorted(ast.iter_fields(node)):
        if name in ("ctx", "type_comment", "kind") or value is None or value == []:
            continue
        if isinstance(value, list):
            kept = [v for v in value if not _is_layout(v, node, name, docstrings)]
            if not kept:
                continue
            text = "[" + ",".join(_item(v, docstrings) for v in kept) + "]"
        else:
            text = _item(value, docstrings)
        fields.append(f"{name}={text}")
    return f"{type(node).__name__}({','.join(fields)})"


def _is_layout(item: object, node: ast.AST, name: str, docstrings: bool) -> bool:
    if isinstance(node, ast.JoinedStr):  # Python 3.12 puts empty texts into format specifications
        return isinstance(item, ast.Constant) and item.value == ""
    return name == "body" and not docstrings and is_docstring(item)


def _item(value: object, docstrings: bool) -> str:
    if isinstance(value, ast.AST):
        return canonical(value, docstrings=docstrings)
    # Python refuses to write very large integers in decimal
    return hex(value) if type(value) is int else ascii(value)


def is_docstring(node: object) -> bool:
    """Say whether a statement is a string that stands alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
