"""Boards with folds, code and tables, for the tests of whole reports."""

from __future__ import annotations

from typing import Any

from rampflow.report.details import Details, Fold
from rampflow.report.reuse import Use
from tests.support.boards import make_board, make_reference

CODE = """import numpy as np


class Regressor:
    def fit(self, X, y):
        self.mean = np.mean(y)  # <script>alert(1)</script>
"""


def make_report(n_scored: int = 6, n_failed: int = 2, **changes: Any) -> tuple[Any, Details]:
    """Make a board and what stands beside it; folds differ, entries keep their order.

    Parameters
    ----------
    n_scored, n_failed : int
        Rows with a rank and rows without one.
    **changes
        As in `make_board`.
    """
    limit = make_reference("Best possible", 0.41, is_limit=True)
    board = make_board(n_scored, n_failed, **{"references": [limit], **changes})
    board["blend_history"] = [
        {"commit": board["rows"][n_scored - 1 - i]["commit"], "score": 0.6 - 0.02 * i}
        for i in range(min(4, n_scored))
    ]
    # names are those of folders: one entry each
    for i, row in enumerate(board["rows"]):
        row["model"] = f"{row['model']}_{i}"
    n_folds = board["event"]["n_folds"]
    folds = {
        f"{row['team']}/{row['model']}": [
            Fold("ok", row["score"] + 0.01 * k, 0.1 * (k + 1), 0.02, 80.0 + k)
            if row["score"] is not None
            else Fold("error" if k == 3 else "ok", None, None, None, None)
            for k in range(n_folds)
        ]
        for row in board["rows"]
    }
    tables = {"leaderboard.csv": "rank,team\n1,kelvin\n"}
    names = [f"{row['team']}/{row['model']}" for row in reversed(board["rows"][:n_scored])]
    uses = [
        Use(name, names[i], None if i % 2 else 0.5, 0.4 if i % 3 else None)
        for i, name in enumerate(names[1:])
    ]
    return board, Details(
        folds, tables, uses, lambda row: [("regressor.py", CODE), ("notes.txt", "x")]
    )
