"""Make an SVG of matplotlib's fit to stand inside a page.

Inside a page an SVG shares ids, colours and fonts with everything else: ids get a prefix, colours
of the design become CSS variables (so the dark theme costs nothing), the text keeps being text,
and a title and a description say what is drawn to those who cannot see it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

# Colours of the design in the light theme; assets/style.css has the same and the dark ones.
TOKENS = {
    "ink": "#1b2530",
    "muted": "#56626f",
    "accent": "#0072b2",
    "warm": "#c24e00",
    "grey": "#8a95a1",
    "line": "#d4dae1",
    "paper": "#ffffff",
}

_ID = re.compile(r'\bid="([^"]+)"')
# An id where it is given, or where something refers to it.
_REFERENCE = re.compile(r"""(\bid="|href="#|url\(#)([^")]+)(["\)])""")
_LINK = re.compile(r'<a href="([^"]+)"[^>]*>')
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt"[^>]*viewBox="([^"]+)"[^>]*>')


def inline(
    text: str, *, prefix: str, title: str, description: str, links: Mapping[str, str] | None = None
) -> str:
    """Rewrite an SVG document as an element of a page.

    Parameters
    ----------
    text : str
        What matplotlib wrote.
    prefix : str
        Put before every id; two figures of one page need two prefixes.
    title, description : str
        Plain text, escaped here.
    links : mapping of str to str, optional
        Address of a link in the figure → the text shown when the mouse rests on it. Links are
        taken out of the keyboard's way, since the table has the same ones.

    Returns
    -------
    str
        One ``<svg>`` element, of a fixed natural width in CSS pixels.
    """
    text = _with_prefixed_ids(text, prefix)
    text = _with_head(text, prefix, title, description)
    text = _with_links(text, links or {})
    for token, colour in TOKENS.items():
        text = text.replace(colour, f"var(--{token})")
    return text


def _with_head(text: str, prefix: str, title: str, description: str) -> str:
    """Drop what only a file of its own needs; name and describe the figure."""
    match = _SIZE.search(text)
    if match is None:
        raise ValueError("the text is not an SVG of matplotlib's: no <svg> with width in pt")
    width = round(float(match[1]) * 96 / 72)
    head = (
        f'<svg viewBox="{match[2]}" width="{width}" role="group" '
        f'aria-labelledby="{prefix}title" aria-describedby="{prefix}desc">'
        f'<title id="{prefix}title">{html.escape(title)}</title>'
        f'<desc id="{prefix}desc">{html.escape(description)}</desc>'
    )
    body = re.sub(r"<metadata>.*?</metadata>", "", text[match.end() :], flags=re.DOTALL)
    return head + body.rstrip()


def _with_prefixed_ids(text: str, prefix: str) -> str:
    """Prefix every id of the figure and what refers to it; leave links to the page alone."""
    ids = set(_ID.findall(text))

    def prefixed(match: re.Match[str]) -> str:
        before, name, after = match.groups()
        return f"{before}{prefix if name in ids else ''}{name}{after}"

    return _REFERENCE.sub(prefixed, text).replace("xlink:href", "href")


def _with_links(text: str, links: Mapping[str, str]) -> str:
    def labelled(match: re.Match[str]) -> str:
        label = links.get(html.unescape(match[1]))
        if label is None:
            return match[0]
        return f'<a href="{match[1]}" tabindex="-1"><title>{html.escape(label)}</title>'

    return _LINK.sub(labelled, text)
