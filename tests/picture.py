"""Make the README's picture of the report: ``python -m tests.picture``.

Run it in the environment of `make test`, after `make run`: it opens the page of an event in
chromium and writes ``docs/report.png``. Fonts and chromium differ between machines, so the picture
is made by hand when the look changes, and no test compares it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rampflow.config.event import default_event
from rampflow.paths import Project
from tests.support.browser import browser, opened

REPO = Path(__file__).parents[1]


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("event", nargs="?", help="the event; the default one if absent")
    parser.add_argument("--output", type=Path, default=REPO / "docs" / "report.png")
    parser.add_argument("--width", type=int, default=1300, help="of the window, in pixels")
    parser.add_argument("--height", type=int, default=1700, help="of the picture, in pixels")
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    arguments = parser.parse_args()
    project = Project(REPO)
    page_file = project.event(arguments.event or default_event(project)).page
    if not page_file.is_file():
        parser.error(f"{page_file} does not exist; evaluate the event first: make run")
    size = {"width": arguments.width, "height": arguments.height}
    scheme = "dark" if arguments.dark else "light"
    with (
        browser() as chromium,
        opened(chromium, page_file, viewport=size, color_scheme=scheme) as page,
    ):
        page.screenshot(path=arguments.output)
    from PIL import Image

    # 128 colours are enough for a page, and a third of the size
    with Image.open(arguments.output) as picture:
        small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(arguments.output, optimize=True)
    print(arguments.output)


if __name__ == "__main__":
    main()
