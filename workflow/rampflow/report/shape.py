"""What ``leaderboard.json`` holds, and the few questions every part of a report asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

from rampflow.errors import ResultError


class Sandbox(TypedDict):
    """How many steps ran, how many of them not confined, and how many as root."""

    steps: int
    none: int
    root: int


class _Since(TypedDict, total=False):
    """Keys that a file of an earlier version lacks."""

    sandbox: Sandbox


class Event(_Since):
    """The event; ``opened`` and ``closed`` are ISO 8601 or None, counts are rows of data.

    ``final`` is ``"bagged"`` or ``"refit"``: which test score is to rank once the event is closed.
    """

    name: str
    title: str
    problem: str
    problem_title: str
    phase: str
    final: str
    note: str
    n_folds: int
    n_train: int
    n_test: int | None
    seed: int
    opened: str | None
    closed: str | None


class Metric(TypedDict):
    """The official score; ``precision`` is a number of decimals, for display only."""

    name: str
    unit: str
    is_lower_the_better: bool
    precision: int


class Source(TypedDict):
    """An entry another one was built on, as ``team/model``, and its credit in [0, 1]."""

    submission: str
    credit: float


class _Shares(TypedDict, total=False):
    """How firm a contributivity is: its interval, and its range over folds; all fractions."""

    contributivity_low: float | None
    contributivity_high: float | None
    contributivity_fold_low: float | None
    contributivity_fold_high: float | None


class Row(_Shares):
    """One submission.

    ``rank`` and ``score`` are None for a failed entry; ``valid_score`` and ``test_score`` are those
    of the combined folds, ``refit_score`` that of one fit on all training rows, on the test set;
    ``commit`` is the time it was handed in (ISO 8601); contributivities are fractions of the blend;
    times are seconds of fit and predict alone, mean over folds, with their sums beside them;
    ``score_low`` to ``worst_rank`` say how sure score and rank are, None for an entry that was not
    compared; ``log`` is the trimmed traceback.
    """

    rank: int | None
    team: str
    model: str
    commit: str | None
    score: float | None
    contributivity: float | None
    train_time: float | None
    test_time: float | None
    score_low: float | None
    score_high: float | None
    is_level_with_first: bool | None
    first_place_probability: float | None
    best_rank: int | None
    worst_rank: int | None
    valid_score: float | None
    test_score: float | None
    refit_score: float | None
    historical_contributivity: float | None
    train_time_sum: float | None
    test_time_sum: float | None
    n_folds_failed: int
    status: str
    reason: str
    display_name: str
    team_name: str
    builds_on: list[Source]
    submission_hash: str
    log: str


class Resampling(TypedDict):
    """A bootstrap of `n_rows` rows, drawn in blocks; ``why_not`` says why there is none, if so."""

    level: float
    block: int
    n_rows: int
    replicates: int
    why_not: str


class Comparison(Resampling):
    """How the entries were compared; ``n_compared`` counts them, from the first on."""

    n_compared: int
    kendall_tau: float | None


class Blend(TypedDict):
    """The blend; ``score`` is on the rows that rank; ``n_members`` counts picks, per fold."""

    score: float | None
    valid_score: float | None
    test_score: float | None
    refit_score: float | None
    foldwise_best_score: float | None
    n_members: list[int]


class BlendMoment(TypedDict):
    """The score of the blend of all entries handed in up to a time (ISO 8601), until the next."""

    commit: str
    score: float | None


class Reference(TypedDict):
    """An unranked row of the organisers; ``score`` is on the rows that rank, where it has one."""

    name: str
    note: str
    is_limit: bool
    score: float | None
    valid_score: float | None
    test_score: float | None


class DataFile(TypedDict):
    """A data file as DVC names it.

    ``locked`` is there only where the file was made with other bytes than those that are locked.
    """

    path: str
    md5: str
    locked: NotRequired[str]


class Code(TypedDict):
    """The commit the run was made from (None outside git) and whether it held every change."""

    commit: str | None
    clean: bool | None


class Provenance(TypedDict):
    """What the result depends on."""

    data: list[DataFile]
    lock_sha256: str | None
    folds_sha256: str | None
    code: Code
    python: str
    rampflow: str
    command: str
    threads: int


class _Parts(TypedDict, total=False):
    """Parts that a file of an earlier version lacks; ``blend_history`` comes in order of time.

    ``spread`` says how intervals of contributivity were found; None where nothing is blended.
    """

    blend_history: list[BlendMoment]
    spread: Resampling | None


class Board(_Parts):
    """The whole file. ``rows`` come ranked, failed entries last; the order is never changed.

    ``ranked_on`` is ``"refit test"``, ``"bagged test"`` or ``"bagged validation"``; ``blend`` is
    None when no entry has finished; ``references`` come best first.
    """

    event: Event
    metric: Metric
    ranked_on: str
    rows: list[Row]
    comparison: Comparison
    blend: Blend | None
    references: list[Reference]
    provenance: Provenance


def as_board(data: Mapping[str, Any]) -> Board:
    """Check that plain data has the keys of a board and give it back with its type.

    Parameters
    ----------
    data : mapping
        The content of ``leaderboard.json``.

    Returns
    -------
    Board
        The same object.

    Raises
    ------
    ResultError
        A key is missing; the error names it.
    """
    _need(data, Board, "")
    parts = {"event": Event, "metric": Metric, "comparison": Comparison, "provenance": Provenance}
    for key, shape in parts.items():
        _need(data[key], shape, f"{key}.")
    _need(data["provenance"]["code"], Code, "provenance.code.")
    for i, row in enumerate(data["rows"]):
        _need(row, Row, f"rows[{i}].")
    if data["blend"] is not None:
        _need(data["blend"], Blend, "blend.")
    for i, reference in enumerate(data["references"]):
        _need(reference, Reference, f"references[{i}].")
    return cast("Board", data)


def _need(found: Mapping[str, Any], shape: type, where: str) -> None:
    required: frozenset[str] = getattr(shape, "__required_keys__", frozenset())
    missing = [key for key in shape.__annotations__ if key in required and key not in found]
    if missing:
        raise ResultError(
            f"a report needs keys that are missing: {', '.join(missing)}",
            where=f"leaderboard.json: {where.rstrip('.') or 'top level'}",
            do="the file is from another version of rampflow: run the event again",
        )


def scored(board: Board) -> list[Row]:
    """Rows that have a rank, in the order of the board."""
    return [row for row in board["rows"] if row["rank"] is not None]


def failed(board: Board) -> list[Row]:
    """Rows without a rank, in the order of the board."""
    return [row for row in board["rows"] if row["rank"] is None]


def ranks_on_test(board: Board) -> bool:
    """Whether the test score makes the rank; otherwise the validation score does."""
    return board["ranked_on"].endswith("test")


def level_with_first(board: Board) -> list[Row]:
    """Return the entries after the first that cannot be told apart from it."""
    return [row for row in scored(board)[1:] if row["is_level_with_first"]]


def ranks_on_refit(board: Board) -> bool:
    """Whether the test score of one fit on all training rows makes the rank."""
    return board["ranked_on"].startswith("refit")


def known_limit(board: Board) -> Reference | None:
    """The best reference that is called a limit and has a score on the rows that rank."""
    for reference in board["references"]:
        if reference["is_limit"] and reference["score"] is not None:
            return reference
    return None


def blend_score(board: Board) -> float | None:
    """Score of the blend on the rows that rank, or None without a blend."""
    blend = board["blend"]
    return None if blend is None else blend["score"]


def n_blended(board: Board) -> int:
    """How many entries have a share of the blend."""
    return sum((row["contributivity"] or 0) > 0 for row in board["rows"])
