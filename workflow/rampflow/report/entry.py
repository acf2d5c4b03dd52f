"""What the page of an entry is filled with: its numbers, folds, code and feedback.

A participant reads it to find out where the entry stands and why; so a failed one begins with its
error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

from markupsafe import Markup

from rampflow.report import words
from rampflow.report.code import highlighted
from rampflow.report.details import Details, Fold, Standing
from rampflow.report.links import address
from rampflow.report.marks import fold_strip
from rampflow.report.reuse import Use
from rampflow.report.rows import allowed_ranks, firmness, interval
from rampflow.report.shape import Board, Row, scored

Content = dict[str, Any]

UNBROKEN = "\u2060–\u2060"
"""A dash at which no line ends."""
MOST_OTHERS = 100
"""Other entries drawn on each fold, evenly spread over the ranks."""


@dataclass(frozen=True)
class Entries:
    """All entries of a board, to make pages of.

    Parameters
    ----------
    board : Board
    details : Details
    to_root : str
        The way from the page to the folder of ``index.html``, such as ``../../``.
    """

    board: Board
    details: Details
    to_root: str

    @cached_property
    def standing(self) -> Standing:
        """How the scored entries stand on every fold."""
        return Standing(self.board, self.details)

    @cached_property
    def ranked(self) -> list[Row]:
        """The scored entries, best first."""
        return scored(self.board)

    @cached_property
    def clock(self) -> tzinfo:
        """What times are shown on."""
        return words.common_clock(words.moment(row["commit"]) for row in self.board["rows"])

    @cached_property
    def by_name(self) -> dict[str, Row]:
        """The entries by ``team/model``."""
        return {name_of(row): row for row in self.board["rows"]}

    @cached_property
    def built_on(self) -> dict[str, list[Row]]:
        """The entries that name an entry as their source, or have its code."""
        found: dict[str, list[Row]] = {}
        for row in self.board["rows"]:
            detected = [use.source for use in self.uses_of.get(name_of(row), [])]
            declared = [source["submission"] for source in row["builds_on"]]
            for source in dict.fromkeys([*declared, *detected]):
                found.setdefault(source, []).append(row)
        return found

    @cached_property
    def uses_of(self) -> dict[str, list[Use]]:
        """What was found in the code of an entry, by ``team/model``."""
        found: dict[str, list[Use]] = {}
        for use in self.details.uses:
            if use.similarity is not None:
                found.setdefault(use.submission, []).append(use)
        return found

    @cached_property
    def similar(self) -> dict[tuple[str, str], float]:
        """Entry and source → the share of its code that is there."""
        uses = self.details.uses
        return {(u.submission, u.source): u.similarity for u in uses if u.similarity is not None}

    @cached_property
    def others(self) -> list[list[float]]:
        """Scores of other entries on every fold, to be drawn."""
        return [self.standing.scores(fold, MOST_OTHERS) for fold in range(self.standing.n_folds)]

    def link(self, row: Row, remark: str = "") -> Content:
        """Return a link to the page of another entry."""
        return {
            "address": self.to_root + address(row, len(self.board["rows"])),
            "text": f"{words.team_name(row, 30)}, {words.entry_name(row, 40)}",
            "remark": remark,
        }

    def content(self, row: Row, *, with_code: bool = True) -> Content:
        """Prepare the page, or the part of a team's page, of one entry.

        Parameters
        ----------
        row : Row
        with_code : bool, optional
            Whether its code is shown.
        """
        folds = self.details.of(row)
        is_scored = row["rank"] is not None
        place = self.ranked.index(row) if is_scored and with_code else None
        return {
            "id": row["model"],
            "team": words.team_name(row),
            "entry": words.entry_name(row),
            "name": words.visible(name_of(row)),
            "commit": words.minute(row["commit"], self.clock),
            "is_scored": is_scored,
            "status": words.status(row),
            "reason": words.reason(row) if not is_scored else "",
            "log": words.log_tail(row),
            "better": self.link(self.ranked[place - 1]) if place else None,
            "worse": self.link(self.ranked[place + 1])
            if place is not None and place + 1 < len(self.ranked)
            else None,
            "sources": self._sources(row),
            "users": [self.link(other) for other in self.built_on.get(name_of(row), [])],
            "tiles": self._tiles(row) if is_scored else [],
            "strip": Markup(self._strip(row, folds)) if with_code else "",
            "folds": self._folds(row, folds),
            "peak": _peak(folds),
            "code": self._code(row) if with_code else [],
            "hash": row["submission_hash"][:16],
        }

    def _sources(self, row: Row) -> list[Content]:
        found = []
        for source in row["builds_on"]:
            other = self.by_name.get(source["submission"])
            remark = f"credit {words.percent(source['credit'], 0)}"
            if (similarity := self.similar.get((name_of(row), source["submission"]))) is not None:
                remark += f", {words.percent(similarity, 0)} of its code is there"
            if other is None:
                found.append(
                    {"address": "", "text": words.name(source["submission"]), "remark": remark}
                )
            else:
                found.append(self.link(other, remark))
        declared = {source["submission"] for source in row["builds_on"]}
        for use in self.uses_of.get(name_of(row), []):
            if use.source not in declared and use.source in self.by_name:
                remark = f"not declared; {words.percent(use.similarity, 0)} of its code is there"
                found.append(self.link(self.by_name[use.source], remark))
        return found

    def _tiles(self, row: Row) -> list[Content]:
        board, metric = self.board, self.board["metric"]
        ranks = allowed_ranks(row)
        level = words.percent(board["comparison"]["level"], 0)
        sure = interval(metric, row)
        which = board["ranked_on"].removesuffix(" validation").removesuffix(" test")
        is_test = board["ranked_on"].endswith("test")
        other = row["valid_score"] if is_test else row["train_time"]
        tiles: list[Content] = [
            {
                "label": f"{words.metric_heading(metric)}, {which} "
                f"{'test' if is_test else 'validation'}",
                "value": words.score(metric, row["score"]),
                "remark": f"{sure} ({level})" if sure else "",
            },
            {
                "label": "Rank",
                "value": row["rank"],
                "remark": f"of {len(self.ranked)} scored"
                + (f"; the data allow {ranks.replace('–', UNBROKEN)}" if ranks else ""),
            },
            {
                "label": "Contributivity",
                "value": words.percent(row["contributivity"]),
                "remark": firmness(board, row) or "share of the blend",
            },
            {
                "label": "Fit time per fold",
                "value": f"{words.seconds(row['train_time'])} s",
                "remark": f"{words.seconds(row['test_time'])} s to predict",
            },
        ]
        if is_test:
            tiles.insert(
                2,
                {
                    "label": f"{words.metric_heading(metric)}, validation",
                    "value": words.score(metric, other),
                    "remark": "bagged",
                },
            )
        else:
            tiles.append(
                {
                    "label": "First place",
                    "value": words.percent(row["first_place_probability"], 0),
                    "remark": "of the resampled sets of rows",
                }
            )
        return tiles

    def _strip(self, row: Row, folds: Sequence[Fold]) -> str:
        n_folds, metric = self.standing.n_folds, self.board["metric"]
        own = [fold.score for fold in folds[:n_folds]]
        if len(own) < n_folds or not any(self.others):
            return ""
        label = f"{words.metric_label(metric)} on every fold, among other entries; better is up"
        return fold_strip(own, self.others, metric=metric, label=label)

    def _folds(self, row: Row, folds: Sequence[Fold]) -> list[Content]:
        metric, n_folds = self.board["metric"], self.standing.n_folds
        found = []
        for k, fold in enumerate(folds):
            rank = None
            if fold.score is not None and k < n_folds and row["rank"] is not None:
                rank = self.standing.rank(k, fold.score)
            found.append(
                {
                    "name": str(k) if k < n_folds else "refit",
                    "score": words.score(metric, fold.score),
                    "rank": rank if rank is not None else words.ABSENT,
                    "train_s": words.seconds(fold.train_s),
                    "test_s": words.seconds(fold.test_s),
                    "peak": _megabytes(fold.peak_memory_mb),
                    "status": ""
                    if fold.status == "ok"
                    else words.name(fold.status.replace("_", " "), 20),
                }
            )
        return found

    def _code(self, row: Row) -> list[Content]:
        return [
            {"name": words.name(name, 120), "html": Markup(highlighted(name, text))}
            for name, text in self.details.code_of(row)
        ]


def name_of(row: Row) -> str:
    """Return ``team/model``."""
    return f"{row['team']}/{row['model']}"


def _megabytes(value: float | None) -> str:
    value = words.finite(value)
    return words.ABSENT if value is None else f"{value:.0f}"


def _peak(folds: Sequence[Fold]) -> str:
    peaks = [fold.peak_memory_mb for fold in folds if fold.peak_memory_mb is not None]
    return _megabytes(max(peaks)) if peaks else ""
