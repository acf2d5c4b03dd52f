"""Every path of a rampflow project, in one place. Nobody else joins names to paths."""

from rampflow.paths.project import SUBMISSION_FILE, Project
from rampflow.paths.results import AGGREGATES, CellFolder, EventResults, Prepared, Work

__all__ = [
    "AGGREGATES",
    "SUBMISSION_FILE",
    "CellFolder",
    "EventResults",
    "Prepared",
    "Project",
    "Work",
]
