"""The page of a whole clone, ``results/index.html``: all events, all teams and people, all data.

Everything comes from the boards of the events, so it is as old as they are; people are those that
``config/teams.yaml`` names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rampflow.config.schemas import Team
from rampflow.report import words
from rampflow.report.links import link_of
from rampflow.report.reuse import Use
from rampflow.report.sentence import result_sentence
from rampflow.report.shape import Board, Row, blend_score, failed, scored
from rampflow.report.templating import Templates

Content = dict[str, Any]


@dataclass(frozen=True)
class Evaluated:
    """An event as the site needs it.

    Parameters
    ----------
    name : str
        The name of its folder below ``results/``.
    board : Board
        The content of its ``leaderboard.json``.
    uses : sequence of Use
        Who has code of whom.
    parts : sequence of str
        The boards of a challenge that have a page: ``public``, ``private``.
    """

    name: str
    board: Board
    uses: Sequence[Use] = ()
    parts: Sequence[str] = ()

    @property
    def title(self) -> str:
        """What people call it."""
        return words.name(self.board["event"]["title"]) or words.name(self.name)

    def link(self, row: Row) -> str:
        """Return the address of an entry, seen from the page of the site."""
        return f"{self.name}/report/{link_of(self.board, has_pages=True)(row)}"


def build_site(events: Sequence[Evaluated], teams: Mapping[str, Team]) -> str:
    """Make the page.

    Parameters
    ----------
    events : sequence of Evaluated
        Those that have a board, in any order.
    teams : mapping of str to Team
        Who agreed to be named.

    Returns
    -------
    str
        The same for the same boards; the latest event first.
    """
    ordered = sorted(events, key=lambda one: one.name)
    ordered.sort(key=lambda one: one.board["event"]["opened"] or "", reverse=True)
    people = _teams(ordered, teams)
    content = {
        "tiles": [
            {"label": "Events", "value": len(ordered), "remark": ""},
            {
                "label": "Entries",
                "value": sum(len(one.board["rows"]) for one in ordered),
                "remark": f"{sum(len(failed(one.board)) for one in ordered)} failed",
            },
            {"label": "Teams", "value": len(people), "remark": ""},
            {"label": "People", "value": _n_people(people), "remark": "who agreed to be named"},
            {"label": "Data sets", "value": len(_data(ordered)), "remark": ""},
        ],
        "events": [_event(one) for one in ordered],
        "teams": people,
        "data": _data(ordered),
    }
    return Templates().render("site.html.j2", content)


def _event(one: Evaluated) -> Content:
    clock = words.common_clock([words.moment(one.board["event"]["opened"])])
    event, metric, ranked = one.board["event"], one.board["metric"], scored(one.board)
    return {
        "title": one.title,
        "address": f"{one.name}/report/index.html",
        "problem": words.name(event["problem_title"], 100),
        "phase": words.name(event["phase"], 20),
        "opened": words.minute(event["opened"], clock)[:10],
        "boards": [
            {"part": part, "address": f"{one.name}/{part}/report/index.html"} for part in one.parts
        ],
        "entries": words.count(len(one.board["rows"]), "entry", "entries"),
        "teams": words.count(len({row["team"] for row in one.board["rows"]}), "team", "teams"),
        "metric": words.metric_heading(metric),
        "best": words.score(metric, ranked[0]["score"]) if ranked else words.ABSENT,
        "blend": words.score(metric, blend_score(one.board)),
        "sentence": result_sentence(one.board),
    }


def _teams(events: Sequence[Evaluated], teams: Mapping[str, Team]) -> list[Content]:
    """Prepare the teams: those whose code others use most first, then by their shares."""
    found: dict[str, Content] = {}
    for one in events:
        n_scored = len(scored(one.board))
        for row in one.board["rows"]:
            made = found.setdefault(row["team"], _team(row, teams.get(row["team"])))
            made["share"] += words.finite(row["contributivity"]) or 0.0
            made["historical"] += words.finite(row["historical_contributivity"]) or 0.0
            if one.name not in made["seen"]:
                # rows come best first, so this is the team's best, or failed with all others
                made["seen"].add(one.name)
                rank = f"rank {row['rank']} of {n_scored}" if row["rank"] else "no score"
                entry = {"title": one.title, "address": one.link(row), "rank": rank}
                made["events"].append(entry)
        for use in one.uses:
            source = use.source.partition("/")[0]
            if use.is_across and source in found:
                found[source]["users"].add((one.name, use.submission.partition("/")[0]))
    ordered = sorted(
        found.values(), key=lambda t: (-len(t["users"]), -t["historical"], -t["share"], t["name"])
    )
    for made in ordered:
        made["n_users"] = len({team for _, team in made["users"]})
        made["shares"] = f"{made['share']:.2f}"
        made["historicals"] = f"{made['historical']:.2f}"
    return ordered


def _team(row: Row, described: Team | None) -> Content:
    members = described.members if described else ()
    return {
        "name": words.team_name(row),
        "members": [
            {"name": words.name(m.name), "affiliation": words.name(m.affiliation or "", 100)}
            for m in members
        ],
        "share": 0.0,
        "historical": 0.0,
        "events": [],
        "seen": set(),
        "users": set(),
    }


def _n_people(teams: Sequence[Content]) -> int:
    return len({(m["name"], m["affiliation"]) for team in teams for m in team["members"]})


def _data(events: Sequence[Evaluated]) -> list[Content]:
    found: dict[tuple[str, str], list[Content]] = {}
    for one in events:
        for file in one.board["provenance"]["data"]:
            event = {"title": one.title, "address": f"{one.name}/report/index.html"}
            found.setdefault((file["path"], file["md5"]), []).append(event)
    return [
        {"path": words.name(path, 200), "hash": words.name(digest, 80), "events": used}
        for (path, digest), used in sorted(found.items())
    ]
