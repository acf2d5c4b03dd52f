"""An SVG that stands inside a page collides with nothing there."""

from __future__ import annotations

import pytest

from rampflow.report.svg import TOKENS, inline

FIGURE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="36pt" \
viewBox="0 0 72 36" xmlns="http://www.w3.org/2000/svg" version="1.1">
<metadata>who and when</metadata>
<defs><path id="m1"/><path id="m12"/></defs>
<a xlink:href="#row-1"><use xlink:href="#m12" style="fill: #0072b2"/></a>
<g id="title" clip-path="url(#m1)"><use xlink:href="#m1"/></g>
</svg>
"""


def made(prefix: str = "p-") -> str:
    return inline(FIGURE, prefix=prefix, title="A & B", description="<d>", links={"#row-1": "<x>"})


def test_it_is_one_element_without_prologue_or_addresses() -> None:
    assert made().startswith('<svg viewBox="0 0 72 36" width="96" role="group"')
    assert made().endswith("</svg>")
    assert "http" not in made()
    assert "who and when" not in made()


def test_every_id_and_what_refers_to_it_has_the_prefix() -> None:
    text = made()
    assert '<path id="p-m1"/><path id="p-m12"/>' in text
    assert '<use href="#p-m12"' in text
    assert '<g id="p-title" clip-path="url(#p-m1)"><use href="#p-m1"/>' in text


def test_ids_that_begin_with_the_prefix_are_prefixed_all_the_same() -> None:
    assert 'id="mm1"' in made(prefix="m")
    assert 'id="mm12"' in made(prefix="m")


def test_it_is_named_and_described() -> None:
    assert '<title id="p--title">A &amp; B</title><desc id="p--desc">&lt;d&gt;</desc>' in made(
        "p--"
    )
    assert 'aria-labelledby="p--title" aria-describedby="p--desc"' in made("p--")


def test_links_of_the_page_stay_and_say_where_they_lead() -> None:
    assert '<a href="#row-1" tabindex="-1"><title>&lt;x&gt;</title>' in made()


def test_colours_of_the_design_become_variables() -> None:
    assert "fill: var(--accent)" in made()
    assert not any(colour in made() for colour in TOKENS.values())


def test_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not an SVG of matplotlib's"):
        inline("<html></html>", prefix="p-", title="", description="")
