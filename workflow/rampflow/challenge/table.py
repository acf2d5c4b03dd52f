"""A CSV table taken apart into columns of text, or the reason why it cannot be."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SHOWN = 40
"""Characters of a value that a message shows."""
Table = tuple[list[str], Sequence[Sequence[str]], list[str]]
"""Headings, the fields of each column without blanks around them, and what is wrong."""


def content_of(path: Path, max_mb: float) -> tuple[bytes, str]:
    """Read a file, or what a file that ends with ``.gz`` unpacks to; never more than is allowed.

    Parameters
    ----------
    path : Path
        The file.
    max_mb : float
        The most bytes of a table, in MB (10⁶ B).

    Returns
    -------
    content : bytes
        The table.
    error : str
        Empty, or why there is none.
    """
    most = int(max_mb * 1e6)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            content = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        return b"", f"the file cannot be read: {getattr(error, 'strerror', '') or error}"
    if len(content) > most:
        return b"", f"the file is larger than {max_mb:g} MB"
    return content, ""


def columns_of(content: bytes) -> Table:
    """Take a table apart.

    Parameters
    ----------
    content : bytes
        UTF-8, comma-separated, the headings in the first line. Blank lines at the end are left out.

    Returns
    -------
    header : list of str
        The headings.
    columns : sequence of sequence of str
        The fields below each.
    errors : list of str
        Empty, or the one reason why the others are.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _wrong(f"line {line}: not UTF-8 text")
    if "\0" in text:
        return _wrong(f"line {text.count(chr(10), 0, text.index(chr(0))) + 1}: not a text file")
    found = None if '"' in text else _plain(text)
    return found or _any(text)


def _wrong(error: str) -> Table:
    return [], [], [error]


def _plain(text: str) -> Table | None:
    """Split a table without quotes whose lines have the same number of commas; None for others.

    Two passes over the text instead of a list for each line: several times as fast.
    """
    text = text.replace("\r\n", "\n").rstrip()
    header, _, body = text.partition("\n")
    n_columns = header.count(",") + 1
    if "\r" in text or not body or not header.strip():
        return None
    codes = np.frombuffer(body.encode(), np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    commas = np.searchsorted(np.flatnonzero(codes == ord(",")), [*ends.tolist(), len(codes)])
    if (np.diff(commas, prepend=0) != n_columns - 1).any():
        return None
    names, fields = header.split(","), body.replace("\n", ",").split(",")
    if not text.isascii() or any(blank in text for blank in " \t\v\f\x1c\x1d\x1e\x1f"):
        names, fields = ([field.strip() for field in part] for part in (names, fields))
    return names, [fields[column::n_columns] for column in range(n_columns)], []


def _any(text: str) -> Table:
    """Split any table, line by line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[list[str]] = []
    try:
        lines.extend([field.strip() for field in line] for line in reader)
    except csv.Error as error:
        return _wrong(f"line {reader.line_num}: not CSV: {error}")
    while lines and lines[-1] in ([], [""]):
        lines.pop()
    if not lines:
        return _wrong("the file is empty")
    n_fields = len(lines[0])
    ragged = [row for row, line in enumerate(lines[1:]) if len(line) != n_fields]
    if ragged:
        n_found = len(lines[1 + ragged[0]])
        return _wrong(at_line(ragged[0], f"{n_found} fields, not {n_fields}", len(ragged)))
    return lines[0], list(zip(*lines[1:], strict=True)) or [()] * n_fields, []


def at_line(row: int, what: str, count: int) -> str:
    """Return a message with its line.

    Parameters
    ----------
    row : int
        Counted from 0 below the headings, which are line 1.
    what : str
        What is wrong there.
    count : int
        In how many lines it is.
    """
    more = f" (and {count - 1} more such lines)" if count > 1 else ""
    return f"line {row + 2}: {what}{more}"


def shown(field: str) -> str:
    """Return a field as a message shows it: quoted, and cut where it is long."""
    return repr(field if len(field) <= SHOWN else field[: SHOWN - 1] + "…")
