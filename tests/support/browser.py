"""Debian's chromium, driven by playwright: one process for all tests of a module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.need import need_command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (1400, 800, 400, 320)
PATIENCE_MS = 300_000
"""So long a browser may take to start, and a page to show what is asked for."""

# What stands out of the window on the right, for the message of a test.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.querySelectorAll("body *")];
  return out.filter((e) => e.getBoundingClientRect().right > width + 1)
    .map((e) => `${e.tagName}.${e.className}`).slice(0, 5).concat("page");
}"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Start chromium; skip the test, or fail it in CI, where there is none."""
    chromium = need_command("chromium")
    from playwright.sync_api import sync_playwright

    # Chromium's own sandbox refuses root, as whom CI runs; the pages are ours
    arguments = ["--disable-quic", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=arguments, timeout=PATIENCE_MS
        )
        try:
            yield started
        finally:
            started.close()


@contextmanager
def opened(
    started: Browser, path: Path, *, complaints: list[str] | None = None, **options: Any
) -> Iterator[Page]:
    """Open a file in a context of its own.

    Parameters
    ----------
    started : Browser
    path : Path
        The file.
    complaints : list of str, optional
        Takes what the page says in the console, its errors, and addresses that it asks for outside
        the disk.
    **options
        As in `Browser.new_context`: ``color_scheme``, ``java_script_enabled``, ``viewport``.
    """
    heard = [] if complaints is None else complaints
    context = started.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: _note(request.url, heard))
    try:
        page.goto(path.as_uri())
        yield page
    finally:
        context.close()


def _note(address: str, heard: list[str]) -> None:
    if not address.startswith(("file:", "data:")):
        heard.append(f"asks for {address}")


def violations(page: Page) -> list[str]:
    """Return what axe finds in a page: rule, and the first element that breaks it."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
