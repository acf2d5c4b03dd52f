"""Entries of a challenge that are predictions: found, described, and never a reason to stop.

An entry is a pair of files: the predictions, ``<entry>.csv`` or ``<entry>.csv.gz``, and
``<entry>.yaml``, which says when they were handed in. Whatever is wrong with a pair is written down
as the reason why that entry is refused, so that one team's mistake does not keep the board from
being made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from rampflow.config.challenge import PredictionFile
from rampflow.config.loading import read_yaml, validate
from rampflow.config.names import NAME, NAME_RULE
from rampflow.errors import RampflowError, Several
from rampflow.paths import Project

SUFFIXES = (".csv", ".csv.gz")
"""How a file of predictions may end."""
DESCRIBED = ".yaml"


@dataclass(frozen=True)
class PredictionEntry:
    """One entry of predictions.

    Parameters
    ----------
    team, name : str
        Its folder and the name of its files.
    file : PredictionFile or None
        What describes it; None if that cannot be read.
    refusal : str
        Why it is not looked at; empty if it is.
    suffix : str
        How its file of predictions ends.
    """

    team: str
    name: str
    file: PredictionFile | None
    refusal: str = ""
    suffix: str = SUFFIXES[0]

    @property
    def full_name(self) -> str:
        """``team/name``."""
        return f"{self.team}/{self.name}"

    @property
    def display_name(self) -> str:
        """What people read."""
        return (self.file.display_name if self.file else None) or self.name

    @property
    def submitted_at(self) -> datetime | None:
        """The stated time, if there is one."""
        return self.file.submitted_at if self.file else None

    def refused(self, why: str) -> PredictionEntry:
        """Return the entry with a reason, unless it has one already."""
        return self if self.refusal else replace(self, refusal=why)


def load_predictions(project: Project, event: str) -> list[PredictionEntry]:
    """Return all prediction entries of an event, by team and name.

    Parameters
    ----------
    project : Project
        Where the files are.
    event : str
        The event.

    Returns
    -------
    list of PredictionEntry
        Those that are not as they must be have a `refusal`.
    """
    root = project.submissions(event)
    pairs = {
        (path.parent.name, path.name.removesuffix(suffix))
        for suffix in (*SUFFIXES, DESCRIBED)
        for path in root.glob(f"*/*{suffix}")
        if not path.name.startswith(".") and not path.parent.name.startswith((".", "__"))
    }
    return [_load(project, event, team, name) for team, name in sorted(pairs)]


def _load(project: Project, event: str, team: str, name: str) -> PredictionEntry:
    for kind, found in (("team", team), ("entry", name)):
        if not NAME.fullmatch(found):
            return PredictionEntry(
                team, name, None, f"the {kind} {found!r} has no valid name: {NAME_RULE}"
            )
    described = project.prediction_file(event, team, name, DESCRIBED)
    try:
        file = validate(PredictionFile, read_yaml(described, described.name), described.name)
    except Several as several:
        return PredictionEntry(team, name, None, _line(several.errors[0]))
    except RampflowError as error:
        return PredictionEntry(team, name, None, _line(error))
    files = {suffix: project.prediction_file(event, team, name, suffix) for suffix in SUFFIXES}
    there = [suffix for suffix, path in files.items() if path.is_symlink() or path.exists()]
    if len(there) > 1:
        return PredictionEntry(team, name, file, f"there are {name}.csv and {name}.csv.gz")
    entry = PredictionEntry(team, name, file, suffix=there[0] if there else SUFFIXES[0])
    return entry.refused(_wrong(project, event, entry, file))


def _line(error: RampflowError) -> str:
    return f"{error.where}: {error.what}" if error.where else error.what


def _wrong(project: Project, event: str, entry: PredictionEntry, file: PredictionFile) -> str:
    """Return what is wrong with an entry that is described, or an empty text."""
    team, name = entry.team, entry.name
    predictions = project.prediction_file(event, team, name, entry.suffix)
    if file.team != team:
        return f"{name}.yaml: team: the team is {file.team!r} but the folder is {team!r}"
    if _is_link(predictions) or _is_link(project.prediction_file(event, team, name, DESCRIBED)):
        return f"{name}: links are not allowed; hand in the file itself"
    if not predictions.is_file():
        return f"there is no file {name}.csv beside {name}.yaml"
    if project.submission(event, team, name).is_dir():
        return f"the team has a code submission of the name {name} as well; rename one"
    if file.model and not project.submission(event, team, file.model).is_dir():
        return f"{name}.yaml: model: the team has no folder {file.model!r}"
    return ""


def _is_link(path: Path) -> bool:
    return path.is_symlink() or path.parent.is_symlink()
