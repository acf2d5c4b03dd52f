"""The heat map of the folds: the score of every team's best entry on every fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rampflow.report import words
from rampflow.report.details import Details, Standing
from rampflow.report.links import address
from rampflow.report.shape import Board, Row, scored

Content = dict[str, Any]

MOST_ROWS = 40
N_SHADES = 9


def fold_map(board: Board, details: Details) -> Content | None:
    """Prepare the heat map; None where there are no two folds or no scores of folds.

    Parameters
    ----------
    board : Board
    details : Details
        Validation scores by fold.

    Returns
    -------
    dict
        ``rows`` with their cells, a shade from 0 (best) to 8 (worst) each; the hardest folds.
    """
    standing = Standing(board, details)
    n_folds = standing.n_folds
    sign = 1.0 if board["metric"]["is_lower_the_better"] else -1.0
    bests = _team_bests(board)
    shown = [fold for row in bests[:MOST_ROWS] for fold in details.of(row)[:n_folds]]
    losses = sorted(sign * fold.score for fold in shown if fold.score is not None)
    if n_folds < 2 or not losses:
        return None
    best, worst = losses[0], losses[round(0.95 * (len(losses) - 1))]

    def shade(score: float) -> int:
        share = (sign * score - best) / ((worst - best) or 1.0)
        return min(max(int(share * N_SHADES), 0), N_SHADES - 1)

    means = [sum(fold) / len(fold) if fold else float("-inf") for fold in standing.losses]
    order = sorted(range(n_folds), key=lambda k: -means[k])
    return {
        "n_folds": n_folds,
        "rows": [
            _row(board, row, [fold.score for fold in details.of(row)[:n_folds]], n_folds, shade)
            for row in bests[:MOST_ROWS]
        ],
        "n_more": max(0, len(bests) - MOST_ROWS),
        "hardest": order[0],
        "easiest": order[-1],
    }


def _row(
    board: Board,
    row: Row,
    scores: list[float | None],
    n_folds: int,
    shade: Callable[[float], int],
) -> Content:
    """Prepare the row of one team; folds that it has no score of are empty."""
    return {
        "team": words.team_name(row),
        "entry": words.entry_name(row),
        "address": address(row, len(board["rows"])),
        "cells": [
            {
                "score": words.score(board["metric"], score),
                "shade": None if score is None else shade(score),
            }
            for score in scores + [None] * (n_folds - len(scores))
        ],
    }


def _team_bests(board: Board) -> list[Row]:
    found: dict[str, Row] = {}
    for row in scored(board):
        found.setdefault(row["team"], row)
    return list(found.values())
