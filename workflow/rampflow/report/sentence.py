"""The result of an event in words, computed from the board.

The words must be right for every board: no entry, none that finished, one alone, equal scores, a
blend that is worse than the best entry, an entry beyond the known limit, an event still open.
"""

from __future__ import annotations

from dataclasses import dataclass

from rampflow.report import words
from rampflow.report.shape import (
    Board,
    Row,
    blend_score,
    failed,
    known_limit,
    level_with_first,
    n_blended,
    ranks_on_refit,
    ranks_on_test,
    scored,
)


@dataclass(frozen=True)
class Part:
    """A piece of the sentence; names are set apart, since they may be written right to left."""

    text: str
    is_name: bool = False


def result_sentence(board: Board) -> str:
    """The result as plain text.

    Parameters
    ----------
    board : Board

    Returns
    -------
    str
        One to six sentences.
    """
    return "".join(part.text for part in result_parts(board))


def result_parts(board: Board) -> tuple[Part, ...]:
    """The result as pieces of text, with names marked.

    Parameters
    ----------
    board : Board

    Returns
    -------
    tuple of Part
        Their texts, joined, are the sentences.
    """
    ranked, n_failed = scored(board), len(failed(board))
    if not board["rows"]:
        return (Part("No entry has been handed in yet."),)
    if not ranked:
        return (Part(_all_failed(n_failed)),)
    parts = [*_first(board, ranked), *_second(board, ranked)]
    texts = (_ties(board, ranked), _blend(board, ranked), _limit(board), _failures(n_failed))
    parts += [Part(text) for text in texts if text]
    return tuple(parts)


def _all_failed(n_failed: int) -> str:
    if n_failed == 1:
        return "The only entry failed, so there is no ranking and no blend."
    return f"All {n_failed} entries failed, so there is no ranking and no blend."


def _first(board: Board, ranked: list[Row]) -> list[Part]:
    best = ranked[0]
    place = "is the only scored entry" if len(ranked) == 1 else "is first"
    so_far = " so far" if board["event"]["phase"] == "open" else ""
    how = ", fitted once on all training rows" if ranks_on_refit(board) else ""
    metric = board["metric"]
    rows = "the test set" if ranks_on_test(board) else "the validation rows"
    return [
        Part(words.entry_name(best), is_name=True),
        Part(" by "),
        Part(words.team_name(best), is_name=True),
        Part(
            f" {place}{so_far}{how}, with {words.metric_label(metric)} "
            f"{words.score_and_unit(metric, best['score'])} on {rows}"
        ),
    ]


def _second(board: Board, ranked: list[Row]) -> list[Part]:
    if len(ranked) == 1:
        return [Part(".")]
    best, second = ranked[0], ranked[1]
    n_level = sum(row["score"] == best["score"] for row in ranked) - 1
    if n_level > 1:
        return [Part(f"; {n_level} other entries have exactly the same score.")]
    names = [
        Part("; "),
        Part(words.entry_name(second), is_name=True),
        Part(" by "),
        Part(words.team_name(second), is_name=True),
    ]
    if n_level == 1:
        return [*names, Part(" has exactly the same score.")]
    metric = board["metric"]
    shown = words.score_and_unit(metric, second["score"])
    if shown == words.score_and_unit(metric, best["score"]):
        return [*names, Part(f" is second, less than {_smallest(board)} behind.")]
    return [*names, Part(f" is second with {shown}.")]


def _ties(board: Board, ranked: list[Row]) -> str:
    """Say what the data support of the first place; nothing where nobody was compared."""
    if len(ranked) < 2 or not board["comparison"]["n_compared"]:
        return ""
    n_level = len(level_with_first(board))
    if not n_level:
        return " Its lead is more than chance."
    entries = words.count(n_level, "other entry", "other entries")
    return f" The data cannot tell {entries} apart from the first."


def _blend(board: Board, ranked: list[Row]) -> str:
    value = words.finite(blend_score(board))
    if value is None or len(ranked) == 1:
        return ""
    n_members = n_blended(board)
    of = f" of {words.count(n_members, 'entry', 'entries')}" if n_members else ""
    text = f" The blend{of} reaches {words.score_and_unit(board['metric'], value)}"
    optimistic = ", which is optimistic: it was chosen on these rows"
    return text + _against_best(board) + ("." if ranks_on_test(board) else optimistic + ".")


def _against_best(board: Board) -> str:
    comparison = blend_against_best(board)
    return f", {comparison}" if comparison else ""


def _limit(board: Board) -> str:
    limit = known_limit(board)
    if limit is None or words.finite(limit["score"]) is None:
        return ""
    value = words.score_and_unit(board["metric"], limit["score"])
    return f" The known limit is {value}, {_compared(board, limit['score'])}."


def blend_against_best(board: Board) -> str:
    """How the blend compares with the best entry, such as ``"0.038 °C better than the best"``.

    Parameters
    ----------
    board : Board

    Returns
    -------
    str
        Empty where there is nothing to compare.
    """
    return _compared(board, blend_score(board))


def _compared(board: Board, value: float | None) -> str:
    """Compare a score with that of the best entry; empty where there is nothing to compare."""
    value, ranked = words.finite(value), scored(board)
    best = words.finite(ranked[0]["score"]) if ranked else None
    if value is None or best is None:
        return ""
    if value == best:
        return "the same as the best entry"
    is_better = (value < best) == board["metric"]["is_lower_the_better"]
    metric, word = board["metric"], "better" if is_better else "worse"
    if round(abs(value - best), metric["precision"]) == 0:
        return f"less than {_smallest(board)} {word} than the best entry"
    return f"{words.score_and_unit(metric, abs(value - best))} {word} than the best entry"


def _smallest(board: Board) -> str:
    metric = board["metric"]
    return words.score_and_unit(metric, 10.0 ** -metric["precision"])


def _failures(n_failed: int) -> str:
    if n_failed == 0:
        return ""
    if n_failed == 1:
        return " One entry failed and has no rank."
    return f" {n_failed} entries failed and have no rank."
