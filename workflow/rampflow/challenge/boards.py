"""The two boards of a challenge. Making the public one opens no file of the private part.

Both are made alike: entries are scored on the rows of one part, teams are ranked by the entry that
counts, and the files of the part are written into a folder that can be published by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rampflow.board.cells import csv_text
from rampflow.board.refused import REFUSED
from rampflow.challenge.doubt import SURE, compare_teams
from rampflow.challenge.scoring import Score, score_part
from rampflow.challenge.shake import shake_up
from rampflow.challenge.split import Part, load_part
from rampflow.challenge.teams import (
    Entry,
    Team,
    change_of_rank,
    rank_teams,
    ranks_a_week_before,
)
from rampflow.config.event import LoadedEvent
from rampflow.files import read_json, write_json, write_text
from rampflow.paths import ChallengeResults, Project
from rampflow.problems.contract import Problem

Facts = dict[str, Any]
COLUMNS = (
    "rank",
    "change",
    "team",
    "score",
    "entries",
    "last_submission",
    "best_minus_last_h",
    "public_rank",
    "public_score",
    "entry",
    "kind",
    "model_uploaded",
    "in_the_money",
    "team_name",
    *SURE,
)
"""The columns of ``leaderboard.csv`` of a part. The first seven are the talk's, in that order."""
PRIVATE_ONLY = ("public_rank", "public_score")
ENTRY_COLUMNS = (
    "team",
    "name",
    "kind",
    "submitted_at",
    "score",
    "public_score",
    "final",
    "counts",
    "status",
    "reason",
    "display_name",
)
"""The columns of ``entries.csv`` of a part."""


@dataclass(frozen=True)
class Sources:
    """What a board of a challenge is made of.

    Parameters
    ----------
    project : Project
        Where read entries and the split are.
    loaded : LoadedEvent
        The event as people wrote it.
    problem : Problem
        Its metrics.
    provenance : dict
        What the result depends on, for the page.
    """

    project: Project
    loaded: LoadedEvent
    problem: Problem
    provenance: Facts

    @property
    def results(self) -> ChallengeResults:
        """Where the files are."""
        return self.project.challenge(self.loaded.name)

    @property
    def metric(self) -> Any:
        """The official metric."""
        return self.problem.score_types[0]

    @property
    def ranking(self) -> dict[str, Any]:
        """How teams are ranked on both boards."""
        return {
            "is_lower_the_better": bool(self.metric.is_lower_the_better),
            "unranked": self.loaded.event.challenge.baselines,
        }


def build_public(sources: Sources) -> None:
    """Write the public board: every entry of a team may count."""
    gathered = read_json(sources.results.entries)
    part = load_part(sources.project.split(gathered["split"]), "public")
    scores = _scores(sources, part, gathered)
    entries = [_entry(sources, row, scores) for row in _taken(gathered)]
    teams = rank_teams(entries, **sources.ranking)
    before = ranks_a_week_before(entries, **sources.ranking)
    _write(sources, part, gathered, scores, [_team_row(sources, t, before) for t in teams])


def build_private(sources: Sources) -> None:
    """Write the private board: the entries count that a team has chosen."""
    gathered = read_json(sources.results.entries)
    public = read_json(sources.results.part("public").leaderboard_json)
    public_scores = {_name(row): row["score"] for row in _taken(public)}
    public_teams = {row["team"]: row for row in public["rows"]}
    part = load_part(sources.project.split(gathered["split"]), "private")
    scores = _scores(sources, part, gathered)
    entries = [
        _entry(sources, row, scores, public_scores.get(_name(row))) for row in _taken(gathered)
    ]
    finals = sources.loaded.event.challenge.finals
    teams = rank_teams(entries, finals=finals, **sources.ranking)
    before = {name: row["rank"] for name, row in public_teams.items() if row["rank"] is not None}
    rows = [
        _team_row(sources, team, before)
        | {"public_rank": before.get(team.name), "public_score": team.best.public_score}
        for team in teams
    ]
    by_name = {_name(row): row["key"] for row in _taken(gathered)}
    keys = [by_name[f"{t.name}/{t.best.name}"] for t in teams if t.rank is not None]
    shake = shake_up(
        sources.project,
        sources.problem,
        load_part(sources.project.split(gathered["split"]), "public"),
        part,
        keys,
    )
    for row in gathered["entries"]:
        row["public_score"] = public_scores.get(_name(row)) if row["key"] else None
    _write(sources, part, gathered, scores, rows, shake_up=shake)


def _name(row: Facts) -> str:
    return f"{row['team']}/{row['name']}"


def _taken(gathered: Facts) -> list[Facts]:
    """Return the entries that were handed in within the rules, scored or not."""
    return [row for row in gathered["entries"] if row["status"] != REFUSED]


def _scores(sources: Sources, part: Part, gathered: Facts) -> dict[str, Score]:
    rows = [*gathered["entries"], *gathered["references"]]
    keys = [row["key"] for row in rows if row["key"]]
    return score_part(sources.project, sources.problem, part, keys)


def _official(sources: Sources, score: Score | None) -> float | None:
    return score.values[str(sources.metric.name)] if score else None


def _entry(
    sources: Sources, row: Facts, scores: dict[str, Score], public_score: float | None = None
) -> Entry:
    value = _official(sources, scores.get(row["key"]))
    at = datetime.fromisoformat(row["submitted_at"])
    return Entry(row["team"], row["name"], at, value, row["final"], public_score)


def _team_row(sources: Sources, team: Team, before: dict[str, int]) -> Facts:
    described = sources.loaded.teams.get(team.name)
    prizes = sources.loaded.event.challenge.prizes
    return {
        "rank": team.rank,
        "change": change_of_rank(team, before),
        "team": team.name,
        "score": team.best.score,
        "entries": team.n_entries,
        "last_submission": team.last.at.isoformat(),
        "best_minus_last_h": team.best_minus_last.total_seconds() / 3600,
        "entry": team.best.name,
        "kind": "team" if team.rank is not None else "baseline",
        "in_the_money": team.rank is not None and team.rank <= prizes,
        "team_name": described.display_name if described else team.name,
    }


def _write(
    sources: Sources,
    part: Part,
    gathered: Facts,
    scores: dict[str, Score],
    teams: list[Facts],
    **more: Any,
) -> None:
    comparison = _complete(sources, part, gathered, teams)
    counting = {f"{team['team']}/{team['entry']}" for team in teams}
    entries = [_entry_row(sources, row, scores, counting) for row in gathered["entries"]]
    for entry in entries:
        public = entry.pop("public_reason", entry["reason"])
        entry["reason"] = public if part.name == "public" else entry["reason"]
    references = [
        {
            **{name: row[name] for name in ("name", "note", "is_limit")},
            "score": _official(sources, scores[row["key"]]),
        }
        for row in gathered["references"]
    ]
    split = read_json(sources.project.split(gathered["split"]).record)
    board = {
        "part": part.name,
        "event": _event(sources, len(part.rows), sum(split["n_rows"].values()))
        | {"sandbox": gathered["sandbox"]},
        "metric": {
            "name": str(sources.metric.name),
            "unit": str(getattr(sources.metric, "unit", "")),
            "is_lower_the_better": bool(sources.metric.is_lower_the_better),
            "precision": int(sources.metric.precision),
        },
        "rows": teams,
        "comparison": comparison,
        **more,
        "references": references,
        "entries": entries,
        "provenance": {**sources.provenance, "split_sha256": split["rows_sha256"]},
    }
    results = sources.results.part(part.name)
    table = [*teams, *(_reference_row(row) for row in references)]
    write_text(results.leaderboard_csv, _table(COLUMNS, table, part))
    write_text(results.entries, _table(ENTRY_COLUMNS, entries, part))
    write_json(results.leaderboard_json, board)


def _complete(sources: Sources, part: Part, gathered: Facts, teams: list[Facts]) -> Facts:
    """Add to the rows of teams what is known of the entry that counts; return how it was found."""
    counted = {_name(row): row for row in _taken(gathered)}
    for team in teams:
        entry = counted[f"{team['team']}/{team['entry']}"]
        team["model_uploaded"] = entry["has_model"]
        team["entry_name"] = entry["display_name"]
        team.update(dict.fromkeys(SURE))
    ranked = [team for team in teams if team["rank"] is not None]
    keys = [(counted[f"{t['team']}/{t['entry']}"]["key"], t["score"]) for t in ranked]
    options = sources.loaded.event.uncertainty
    sure, comparison = compare_teams(sources.project, sources.problem, part, keys, options)
    for team, facts in zip(ranked, sure, strict=False):
        team.update(facts)
    return comparison


def _table(names: Sequence[str], rows: Sequence[Facts], part: Part) -> str:
    columns = [name for name in names if part.name == "private" or name not in PRIVATE_ONLY]
    return csv_text(columns, [[row.get(column) for column in columns] for row in rows])


def _entry_row(sources: Sources, row: Facts, scores: dict[str, Score], counting: set[str]) -> Facts:
    score = scores.get(row["key"])
    found = {name: value for name, value in row.items() if name != "key"}
    found |= {
        "score": _official(sources, score),
        "scores": score.values if score else {},
        "counts": row["status"] != REFUSED and _name(row) in counting,
    }
    if score and score.error:
        found |= {"status": "bad_predictions", "reason": score.error}
    return found


def _reference_row(reference: Facts) -> Facts:
    return {"team": reference["name"], "score": reference["score"], "kind": "reference"}


def _event(sources: Sources, n_rows: int, n_test: int) -> Facts:
    event = sources.loaded.event
    moments: Sequence[str] = ("opened", "public_code", "closed")
    times = {name: getattr(event, name) for name in moments}
    return {
        "name": sources.loaded.name,
        "title": event.title,
        "problem": event.problem,
        "problem_title": sources.problem.title,
        "phase": event.phase,
        "note": event.note,
        "seed": event.seed,
        "n_rows": n_rows,
        "n_test": n_test,
        "finals": event.challenge.finals,
        "prizes": event.challenge.prizes,
        "rules": event.rules.model_dump(mode="json"),
        **{name: time.isoformat() if time else None for name, time in times.items()},
    }
