"""What a team may see of an exception in its submission. Said by the runner, in its process."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

MAX_TEXT = 20_000
"""Characters of an exception that are passed on."""


def describe(error: BaseException, submission: str) -> dict[str, str]:
    """Return an exception as a team needs it: one line, and its own frames.

    Memory addresses and paths of this machine are left out, so that the same failure reads the
    same everywhere.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.startswith(submission + os.sep)] or frames[-1:]
    lines = ["Traceback (your frames):"]
    for frame in own:
        lines.append(f'  File "{Path(frame.filename).name}", line {frame.lineno}, in {frame.name}')
        if frame.line:
            lines.append(f"    {frame.line}")
    last = "".join(traceback.format_exception_only(error)).strip()
    lines.append(last)
    reason = f"{type(error).__name__}: {error}".strip().rstrip(":")
    return {
        "reason": _scrub(reason, submission),
        "traceback": _scrub("\n".join(lines), submission),
        "status": "memory" if isinstance(error, MemoryError) else "error",
    }


def _scrub(text: str, submission: str) -> str:
    text = text[-MAX_TEXT:]
    text = text.replace(submission + os.sep, "").replace(str(Path(submission).parent) + os.sep, "")
    return re.sub(r"0x[0-9a-f]{6,}", "0x…", text)
