"""The part of ``rampflow check`` for a file of predictions: what is wrong with it, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rampflow.commands.common import plural, show
from rampflow.errors import ConfigError
from rampflow.paths import Project

if TYPE_CHECKING:
    from rampflow.challenge.reading import Wanted


def check_predictions(project: Project, file: Path) -> int:
    """Check a file of predictions of a challenge. No score is shown.

    Parameters
    ----------
    project : Project
        Where the event is.
    file : Path
        ``submissions/<event>/<team>/<entry>.csv`` or ``.csv.gz``; it need not be described yet.

    Returns
    -------
    int
        0 only if it would be scored.

    Raises
    ------
    ConfigError
        If it is no such file, or the event is no challenge.
    """
    from rampflow.challenge.reading import read_predictions
    from rampflow.challenge.table import content_of
    from rampflow.config.event import load_event, load_event_file

    event, team, entry = _entry_of(project, file)
    configured = load_event_file(project, event)
    if configured.kind != "challenge":
        raise ConfigError(
            "this event takes no predictions",
            where=f"{project.relative(project.event_file(event))}: kind",
            do="hand in code, or make the event `kind: challenge`",
        )
    wanted, ids = _wanted(project, event)
    header, last = ",".join(wanted.table.header), ids[-1]
    show(f"{team}/{entry}: wanted are {header}, and {plural(len(ids), 'row')}: {ids[0]} to {last}")
    content, unreadable = content_of(file, configured.challenge.max_mb)
    if unreadable:
        show(f"  {unreadable}")
        return 1
    found = read_predictions(content, wanted)
    for error in found.errors:
        show(f"  {error}")
    entries = {e.full_name: e for e in load_event(project, event).predictions}
    described = entries.get(f"{team}/{entry}")
    refusal = described.refusal if described else ""
    if refusal:
        show(f"  {refusal}")
    if found.errors or refusal:
        return 1
    show("ok: the score is shown on the board only")
    return 0


def _wanted(project: Project, event: str) -> tuple[Wanted, list[str]]:
    """Return what a file has to be, and the ids; data that are not there are made."""
    from rampflow.cell.prepare import prepare
    from rampflow.challenge.entries import ids_of, wanted_of
    from rampflow.config.event import load_event_file
    from rampflow.data.dvc import ensure
    from rampflow.files import read_json
    from rampflow.plan.plan import make_plan
    from rampflow.problems.contract import load_problem

    ensure(project, load_event_file(project, event).problem)
    plan = make_plan(project, event)
    problem = load_problem(project.problem(plan.problem))
    if not plan.is_prepared:
        prepare(problem, plan.prepared, plan.prepare_parts, plan.loaded.event.seed)
    ids = ids_of(problem, read_json(plan.prepared.record))
    wanted, _ = wanted_of(project, problem, ids)
    return wanted, ids


def _entry_of(project: Project, file: Path) -> tuple[str, str, str]:
    path = file.resolve()
    root = (project.root / "submissions").resolve()
    parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
    if len(parts) != 3 or not path.is_file():
        raise ConfigError(
            "this is not a file of predictions of this project",
            where=str(file),
            do="name a file submissions/EVENT/TEAM/ENTRY.csv",
        )
    return parts[0], parts[1], path.name.partition(".csv")[0]
