"""What tests of shipped submissions share."""

from __future__ import annotations

import sys
from pathlib import Path

from rampflow.config.event import load_event
from rampflow.paths import Project


def forget_modules_of(folder: Path, before: set[str]) -> None:
    """Drop modules below `folder` imported since `before`: their names are also those of others.

    Parameters
    ----------
    folder : Path
        Such as that of the submissions of an event.
    before : set of str
        The names in ``sys.modules`` earlier.
    """
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def sources_of(root: Path, event: str, name: str) -> set[str]:
    """Return the submissions that one builds on, and those that these build on, and so forth."""
    by_name = {s.name: s.file.builds_on for s in load_event(Project(root), event).submissions}
    found: set[str] = set()
    waiting = [credit.submission for credit in by_name[name]]
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting += [credit.submission for credit in by_name[source]]
    return found
