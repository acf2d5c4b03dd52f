"""One event as a job of a cluster sees it: what the submit node wrote down; nothing is planned.

Snakemake reads the Snakefile again in every job. Planning there would cost each job what it costs
the whole evaluation, and would ask about data that only the submit node looks after.
"""

from __future__ import annotations

from functools import cached_property

from rampflow.cell.task import TaskFile, read_pack, read_tasks
from rampflow.errors import ResultError
from rampflow.plan.asked import Asked
from rampflow.plan.packs import Pack


class Job(Asked):
    """What the rules ask in a job."""

    is_prepared = True
    missing: tuple[str, ...] = ()
    """What aggregates wait for: nothing, or they would not be here."""
    missing_files: tuple[str, ...] = ()
    problem = "the event"
    before_prepare: tuple[str, ...] = ()

    @cached_property
    def tasks(self) -> TaskFile:
        """All cells with their keys, as planned."""
        return read_tasks(self.project, self.event)

    def pack(self, name: str) -> Pack:
        """Return a pack by its name."""
        keys = read_pack(self.project, self.event, name)
        folds = [self._found[key][1] for key in keys]
        is_refit = [fold == self.tasks.n_folds for fold in folds]
        known = tuple(fold for fold, refit in zip(folds, is_refit, strict=True) if not refit)
        submission, _ = self._found[keys[0]]
        return Pack(submission.name, known, tuple(keys), any(is_refit))

    def stamp(self, step: str) -> str:
        """Return the stamp of an aggregate step that the submit node has made."""
        found = self.results.stamps(step)
        if not found:
            raise ResultError(f"there is no stamp of {step}", where=str(self.results.state))
        return self.path(found[-1])

    @property
    def stamps(self) -> list[str]:
        """The stamps of all aggregate steps."""
        return [self.stamp(step) for step in self.steps]

    def board_mb(self) -> int:
        """Return any number: the submit node has said how much memory there is."""
        return 0
