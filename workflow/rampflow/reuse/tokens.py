"""Code as tokens that neither renaming nor reformatting changes.

Names that an author chooses become one token, and so do numbers and texts; comments, docstrings,
blank lines and indentation are left out. What stays is the structure and the vocabulary that
nobody renames: keywords, operators, and the attributes and functions of libraries.
"""

from __future__ import annotations

import builtins
import io
import keyword
import re
import token as kinds
import tokenize

NAME, NUMBER, TEXT = "n", "0", "s"
_LEFT_OUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins))
_WORD = re.compile(r"\w+|[^\w\s]")


def code_tokens(text: str) -> list[str]:
    """Return the tokens of Python code.

    Parameters
    ----------
    text : str
        Any text; what is not Python is cut into words and signs.

    Returns
    -------
    list of str
        In order.

    Examples
    --------
    >>> code_tokens("total = np.mean(values)  # of all")
    ['n', '=', 'n', '.', 'mean', '(', 'n', ')']
    """
    try:
        found = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return _WORD.findall(text)
    tokens: list[str] = []
    before = two_before = ""
    for i, one in enumerate(found):
        if one.type in _LEFT_OUT or (one.type == kinds.STRING and _is_alone(found, i)):
            continue
        tokens.append(_normal(one, before, two_before))
        two_before, before = before, one.string
    return tokens


def _normal(one: tokenize.TokenInfo, before: str, two_before: str) -> str:
    if one.type == kinds.NUMBER:
        return NUMBER
    if one.type == kinds.STRING or one.string[:1] in "\"'":
        return TEXT
    if one.type != kinds.NAME:
        return one.string
    is_attribute = before == "." and two_before not in ("self", "cls")
    return one.string if is_attribute or one.string in _KEPT else NAME


def _is_alone(found: list[tokenize.TokenInfo], i: int) -> bool:
    """Tell whether a text is a statement of its own: a docstring, or a comment in disguise."""
    ends = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
    starts = i == 0 or found[i - 1].type in (*ends, tokenize.COMMENT)
    return starts and i + 1 < len(found) and found[i + 1].type in (*ends, tokenize.COMMENT)
