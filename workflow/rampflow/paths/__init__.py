"""Every path of a rampflow project, in one place. Nobody else joins names to paths."""

from rampflow.paths.challenge import CHALLENGE, ChallengeResults, PartBoard, ReadEntry, Split
from rampflow.paths.project import SUBMISSION_FILE, Project
from rampflow.paths.results import AGGREGATES, CellFolder, EventResults, Prepared, Work

__all__ = [
    "AGGREGATES",
    "CHALLENGE",
    "SUBMISSION_FILE",
    "CellFolder",
    "ChallengeResults",
    "EventResults",
    "PartBoard",
    "Prepared",
    "Project",
    "ReadEntry",
    "Split",
    "Work",
]
