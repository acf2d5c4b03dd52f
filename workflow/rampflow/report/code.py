"""The code of an entry as highlighted HTML."""

from __future__ import annotations

from rampflow.report import words

PREFIX = "py-"
"""Before the one-letter classes of Pygments, so that they meet no class of the page."""


def highlighted(name: str, text: str) -> str:
    """Return a text as HTML with a class for every kind of token.

    Parameters
    ----------
    name : str
        Name of the file, which says what language it is in.
    text : str
        Any text; characters that cannot be seen are spelled out.

    Returns
    -------
    str
        Escaped text in ``<span>`` elements; a language that is not known is plain text.
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import TextLexer, get_lexer_for_filename
    from pygments.util import ClassNotFound

    seen = words.visible(text.replace("\r\n", "\n"), keep="\n\t")
    try:
        lexer = get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False, ensurenl=False)
    html: str = highlight(seen, lexer, HtmlFormatter(nowrap=True, classprefix=PREFIX))
    return html
