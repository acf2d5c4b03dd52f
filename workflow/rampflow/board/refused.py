"""Rows of submissions that break a rule of the event: listed with the reason, never evaluated."""

from __future__ import annotations

from typing import Any

from rampflow.config.event import LoadedEvent, Submission

REFUSED = "refused"
"""Their status."""


def refused_rows(loaded: LoadedEvent, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a row for each, with the columns of the board.

    Parameters
    ----------
    loaded : LoadedEvent
        The event as people wrote it.
    columns : tuple of str
        The columns of the board; those that say something of an evaluation are None.
    """
    return [
        {**dict.fromkeys(columns), **_facts(loaded, submission, reason)}
        for submission, reason in loaded.refused
    ]


def _facts(loaded: LoadedEvent, submission: Submission, reason: str) -> dict[str, Any]:
    described = loaded.teams.get(submission.team)
    return {
        "team": submission.team,
        "model": submission.model,
        "commit": submission.file.submitted_at.isoformat(),
        "n_folds_failed": 0,
        "status": REFUSED,
        "reason": reason,
        "log": "",
        "display_name": submission.display_name,
        "team_name": described.display_name if described else submission.team,
        "builds_on": [
            {"submission": c.submission, "credit": c.credit} for c in submission.file.builds_on
        ],
        "submission_hash": "",
    }
