"""The aggregate steps of an event: which there are, what each is made from, and their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rampflow.cell import keys
from rampflow.config.predictions import PredictionEntry
from rampflow.config.schemas import Event
from rampflow.hashing import folder_sha256, key_of, small_file_sha256
from rampflow.paths import AGGREGATES, CHALLENGE

if TYPE_CHECKING:
    from rampflow.plan.plan import Plan

BEFORE = {
    "bag": (),
    "compare": ("bag",),
    "blend": ("bag",),
    "history": ("bag",),
    "reuse": ("blend",),
    "leaderboard": ("compare", "history", "reuse"),
    "page": ("leaderboard",),
    "entries": ("bag",),
    "public": ("entries",),
    "public_page": ("public",),
    "private": ("public",),
    "private_page": ("private",),
}
"""Step → the steps that it is made from."""
CODE = {
    "bag": ("board.bagging:bag_event",),
    "compare": ("board.comparison:compare_event",),
    "blend": ("board.blending:blend_event",),
    "history": ("board.history:blend_history",),
    "reuse": ("board.reuse:reuse_event",),
    "leaderboard": ("board.leaderboard:build_leaderboard", "board.provenance:provenance"),
    "page": ("report.details:read_details", "report.page:write_report"),
    "entries": ("challenge.entries:gather_entries",),
    "public": ("challenge.boards:build_public", "board.provenance:provenance"),
    "public_page": ("report.challenge:write_challenge_page",),
    "private": ("challenge.boards:build_private", "board.provenance:provenance"),
    "private_page": ("report.challenge:write_challenge_page",),
}
"""Step → the functions that it is made by."""


def steps_of(event: Event) -> tuple[str, ...]:
    """Return the aggregate steps of an event, each after those that it is made from."""
    if event.kind != "challenge":
        return AGGREGATES
    more = [step for step in CHALLENGE if event.phase == "closed" or not step.startswith("private")]
    return (*AGGREGATES, *more)


def aggregate_keys(plan: Plan) -> dict[str, str]:
    """Return the key of each aggregate step.

    Each holds those of the steps before, so a change goes downwards.

    Parameters
    ----------
    plan : Plan
        Of an event whose folds are prepared.
    """
    depends = _dependencies(plan)
    if plan.loaded.event.kind == "challenge":
        depends |= _challenge_dependencies(plan)
    found: dict[str, str] = {}
    for step in steps_of(plan.loaded.event):
        code = keys.package_parts(*CODE[step])
        found[step] = key_of([[found[before] for before in BEFORE[step]], depends[step], code])
    return found


def _dependencies(plan: Plan) -> dict[str, Any]:
    """Return what each step depends on beside the steps before and its code."""
    loaded, event = plan.loaded, plan.loaded.event
    order = [[s.name, s.order[0].isoformat()] for s in loaded.submissions]
    credits = loaded.credits()
    sources = [[[*pair] for pair in credits[s.name].items()] for s in loaded.submissions]
    names = [s.file.model_dump(mode="json") for s in loaded.submissions]
    folder, kit = plan.project.problem(plan.problem), plan.project.starting_kit(plan.problem)
    title = keys.problem_parts(folder, ("problem_title",))
    references = [keys.reference_parts(folder), plan.data.parts, plan.data.instead_of]
    greedy, doubt = (o.model_dump(mode="json") for o in (event.blend, event.uncertainty))
    return {
        "bag": [order, plan.tasks.keys, plan.tasks.score, event.phase],
        "compare": doubt,
        "blend": [greedy, doubt, sources],
        "history": greedy,
        "reuse": [sources, folder_sha256(kit) if kit.is_dir() else {}],
        "leaderboard": [
            event.model_dump(mode="json", exclude={"cluster"}),
            names,
            _refused(plan),
            _teams(plan),
            title,
            references,
        ],
        "page": _report_files(),
    }


def _challenge_dependencies(plan: Plan) -> dict[str, Any]:
    """Return the same of the steps of a challenge."""
    from rampflow.problems.tables import NAMES

    loaded, folder = plan.loaded, plan.project.problem(plan.problem)
    predictions = [
        [
            entry.full_name,
            entry.refusal,
            entry.file.model_dump(mode="json") if entry.file else None,
            _content(plan, entry) if not entry.refusal else "",
        ]
        for entry in loaded.predictions
    ]
    codes = [[s.name, s.file.model_dump(mode="json")] for s in loaded.submissions]
    table = keys.problem_parts(folder, NAMES)
    references = [keys.reference_parts(folder), plan.data.parts, plan.data.instead_of]
    title = keys.problem_parts(folder, ("problem_title",))
    options = loaded.event.challenge.model_dump(mode="json")
    return {
        "entries": [predictions, codes, _refused(plan), options, table, references],
        "public": [loaded.event.model_dump(mode="json", exclude={"cluster"}), _teams(plan), title],
        "public_page": _report_files(),
        "private": "",
        "private_page": _report_files(),
    }


def _content(plan: Plan, entry: PredictionEntry) -> str:
    """Return the hash of a file of predictions; of one that is too large its size."""
    path = plan.project.prediction_file(plan.event, entry.team, entry.name, entry.suffix)
    return small_file_sha256(path, plan.loaded.event.challenge.max_mb)


def _refused(plan: Plan) -> list[Any]:
    return [[s.name, s.file.model_dump(mode="json"), why] for s, why in plan.loaded.refused]


def _teams(plan: Plan) -> dict[str, Any]:
    return {name: team.model_dump(mode="json") for name, team in plan.loaded.teams.items()}


def _report_files() -> dict[str, Any]:
    report = keys.PACKAGE / "report"
    return {kind: folder_sha256(report / kind) for kind in ("templates", "assets")}
