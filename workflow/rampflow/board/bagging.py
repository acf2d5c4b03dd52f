"""Bag: the index of the event, its fold scores, and the bagged scores of every submission."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rampflow.board.cells import Entry, EventCells, csv_text
from rampflow.board.runs import write_fold_runs
from rampflow.cell.record import PARTS
from rampflow.ensemble.bag import bag_test, bag_valid
from rampflow.files import write_json, write_text
from rampflow.paths import EventResults
from rampflow.problems.contract import Problem


def bag_event(cells: EventCells, problem: Problem, results: EventResults) -> None:
    """Write the index of an event, its scores and runs by fold, and ``bagged_scores.json``.

    Parameters
    ----------
    cells : EventCells
        Finished cells.
    problem : Problem
        Its metrics and predictions.
    results : EventResults
        Where the files go.
    """
    entries = cells.entries
    _write_index(entries, results)
    _write_fold_scores(entries, results, has_test=cells.has_test)
    write_fold_runs(cells, results)
    bagged: dict[str, Any] = {}
    labels = {part: cells.labels(part) for part in _label_parts(cells)}
    valid_is = cells.valid_is()
    for entry in entries:
        if entry.is_ok:
            bagged[entry.name] = bag_entry(cells, problem, entry, labels, valid_is)
    write_json(results.bagged, bagged)


def bag_entry(
    cells: EventCells, problem: Problem, entry: Entry, labels: dict[str, Any], valid_is: list[Any]
) -> dict[str, Any]:
    """Return the bagged scores of a submission: part → metric → score after each fold.

    Where there is a refit, the part ``refit`` has its one score on the test set. Where a metric
    does not bear the predictions, only ``error`` says so: a result.
    """
    kinds = {"valid": "train", "test": "test"}
    y_preds = {
        part: [cells.predictions(key, part) for key in entry.keys]
        for part, kind in kinds.items()
        if kind in labels
    }
    predictions, metrics = problem.predictions, problem.score_types
    found, what = {}, "bagged"
    try:
        valid = bag_valid(predictions, metrics, labels["train"], y_preds["valid"], valid_is)
        found["valid"] = _plain(valid.scores)
        if "test" in labels:
            test = bag_test(predictions, metrics, labels["test"], y_preds["test"])
            found["test"] = _plain(test.scores)
        if cells.has_refit and entry.refit_key is not None:
            what = "refit"
            refit = [cells.predictions(entry.refit_key, "test")]
            # a bag of one: prepared for scoring as the bag of all folds is
            found["refit"] = _plain(bag_test(predictions, metrics, labels["test"], refit).scores)
    except Exception as error:
        return {"error": f"its {what} predictions cannot be scored: {error}"}
    return found


def final_scores(bagged: dict[str, Any] | None, metric: str) -> dict[str, float]:
    """Return part → bagged score over all folds (``refit``: of the refit); empty unless all are.

    Parameters
    ----------
    bagged : dict or None
        What `bag_entry` returned; None for a submission that failed.
    metric : str
        The official metric.
    """
    if bagged is None or "error" in bagged:
        return {}
    last = {part: scores[metric][-1] for part, scores in bagged.items()}
    return {} if None in last.values() else last


def _label_parts(cells: EventCells) -> list[str]:
    return ["train", "test"] if cells.has_test else ["train"]


def _plain(scores: Any) -> dict[str, list[float | None]]:
    return {name: [finite(v) for v in values] for name, values in scores.items()}


def finite(value: float) -> float | None:
    """Return a score that JSON can hold: None where it is not a finite number."""
    return float(value) if math.isfinite(value) else None


def _write_index(entries: list[Entry], results: EventResults) -> None:
    rows = [
        (e.submission.team, e.submission.model, fold, key)
        for e in entries
        for fold, key in enumerate([*e.keys, *([e.refit_key] if e.refit_key else [])])
    ]
    write_text(results.index, csv_text(("team", "model", "fold", "key"), rows))


def _write_fold_scores(entries: list[Entry], results: EventResults, *, has_test: bool) -> None:
    """Write all scores; those of refits have steps of their own, so that no mean takes them in."""
    rows = [
        (entry.name, fold, f"{prefix}{part}", metric, value)
        for entry in entries
        for fold, prefix, content in _contents(entry)
        for part in PARTS
        if has_test or part != "test"
        for metric, value in content["scores"].get(part, {}).items()
    ]
    header = ("submission", "fold", "step", "metric", "value")
    write_text(results.fold_scores, csv_text(header, rows))


def _contents(entry: Entry) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield the number, the prefix of the steps, and the scores of every fold and of the refit."""
    for fold, content in enumerate(entry.scores):
        yield fold, "", content
    if entry.refit_scores is not None:
        yield len(entry.scores), "refit_", entry.refit_scores
