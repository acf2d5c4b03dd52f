"""How each fold of each submission ran: its outcome, times and memory."""

from __future__ import annotations

from typing import Any

from rampflow.board.cells import EventCells, csv_text
from rampflow.files import write_text
from rampflow.paths import EventResults

COLUMNS = ("submission", "fold", "status", "train_s", "test_s", "peak_memory_mb")


def write_fold_runs(cells: EventCells, results: EventResults) -> None:
    """Write ``fold_runs.csv``; the fold after the last is the refit.

    ``train_s`` and ``test_s`` are the seconds of fit and of predicting alone, ``peak_memory_mb``
    the larger of both steps' peaks, in 10⁶ B.

    Parameters
    ----------
    cells : EventCells
        Finished cells.
    results : EventResults
        Where the file goes.
    """
    rows: list[list[Any]] = []
    for entry in cells.entries:
        folds = [*zip(entry.keys, entry.scores, strict=True)]
        if cells.has_refit and entry.refit_key and entry.refit_scores:
            folds.append((entry.refit_key, entry.refit_scores))
        for fold, (key, content) in enumerate(folds):
            run = cells.run(key)
            train, predict = run.get("train", {}), run.get("predict", {})
            peaks = [step.get("peak_memory_mb") for step in (train, predict)]
            peak = max((p for p in peaks if p is not None), default=None)
            seconds = [train.get("seconds"), predict.get("seconds")]
            rows.append([entry.name, fold, content["status"], *seconds, peak])
    write_text(results.fold_runs, csv_text(COLUMNS, rows))
