"""The photographs of honey bees in the reference data, as a steward would bring them."""

from __future__ import annotations

from pathlib import Path

from tests.support.zips import write_zip


def zip_bees(path: Path, folder: Path) -> Path:
    """Write an archive of the photographs of a folder and their table, and return its path.

    Parameters
    ----------
    path : Path
        The archive to write.
    folder : Path
        Photographs such as ``NP1034-9r.jpg`` and ``P9331-115r.jpg``: what they show, pollen or
        none, the number of the frame that they were cut from, and their own number.
    """
    content: dict[str, bytes | str] = {}
    rows = ["file,kind,group"]
    for file in sorted(folder.glob("*.jpg")):
        frame = file.name.split("-")[0]
        kind = "none" if frame.startswith("NP") else "pollen"
        rows.append(f"{file.name},{kind},{frame.lstrip('NP')}")
        content[f"images/{file.name}"] = file.read_bytes()
    return write_zip(path, content | {"labels.csv": "\n".join(rows)})
