"""How to get the same result, in words: commands from a clone, and what the result depends on."""

from __future__ import annotations

import shlex
from typing import Any

from rampflow.report import words
from rampflow.report.shape import Board, DataFile, Provenance

Content = dict[str, Any]


def reproduce(board: Board) -> Content:
    """Return commands, a warning, and pairs of what the result depends on and its version or hash.

    Parameters
    ----------
    board : Board
        The leaderboard.

    Returns
    -------
    dict
        Variables of ``templates/reproduce.html.j2``.
    """
    provenance = board["provenance"]
    return {
        "rampflow": words.name(provenance["rampflow"]),
        "commands": _commands(board),
        "warning": _warning(provenance),
        "facts": _facts(board),
    }


def _commands(board: Board) -> str:
    """Shell lines from a clone to the same board, and to the proof that it is the same."""
    event, commit = board["event"]["name"], board["provenance"]["code"]["commit"]
    lines = [f"git checkout {shlex.quote(commit)}"] if commit else []
    lines += [
        f"make run EVENT={shlex.quote(event)}",
        f"rampflow verify {shlex.quote(event)} --against PUBLISHED_FOLDER",
    ]
    return words.visible("\n".join(lines), keep="\n")


def _warning(provenance: Provenance) -> str:
    """Return what a reader must know before trusting the commands; empty where all is well."""
    found = []
    if not provenance["code"]["commit"]:
        found.append("This result was made outside a git repository, so no commit names the code.")
    elif provenance["code"]["clean"] is False:
        found.append("The project had changes that are not in this commit.")
    if other := [words.name(file["path"], 200) for file in provenance["data"] if _is_other(file)]:
        found.append(
            f"{', '.join(other)}: made on this machine with other bytes, so it is not the data set "
            "that is locked, and all scores belong to what was made here."
        )
    return " ".join(found)


def _is_other(file: DataFile) -> bool:
    return file.get("locked") is not None


def _facts(board: Board) -> list[Content]:
    """Pairs of what the result depends on and its version or hash; unknown ones are left out."""
    provenance, seed = board["provenance"], board["event"]["seed"]
    facts = [("Made with", provenance["command"], "")]
    facts.append(("Code", provenance["code"]["commit"] or "", "git commit"))
    for file in provenance["data"]:
        # DVC locks an MD5; the hash of a file outside DVC says what it is
        kind, _, digest = file["md5"].rpartition(":")
        remark = f"{kind or 'md5'} of {words.name(file['path'], 200)}"
        if _is_other(file):
            remark += f"; locked is {words.name(file['locked'], 200)}"
        facts.append(("Data", digest, remark))
    facts += [
        ("Folds", provenance["folds_sha256"] or "", "sha256"),
        ("Environment lock", provenance["lock_sha256"] or "", "sha256"),
    ]
    python, threads = provenance["python"], provenance["threads"]
    plain = [
        ("Versions", f"rampflow {provenance['rampflow']}, Python {python}"),
        ("Threads", f"{threads} per fit"),
        ("Seed", f"{seed} plus the number of the fold, from 0"),
    ]
    coded = [
        {"label": label, "value": words.name(value, 200), "remark": remark, "is_code": True}
        for label, value, remark in facts
        if value
    ]
    return coded + [
        {"label": label, "value": words.name(value, 200), "remark": "", "is_code": False}
        for label, value in plain
    ]
