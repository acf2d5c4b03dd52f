"""The files of predictions that higgsml_2014 ships: three are whole, one was cut off."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rampflow.challenge.reading import ReadPredictions, Wanted, read_predictions
from rampflow.challenge.table import content_of
from rampflow.config.event import LoadedEvent, load_event
from rampflow.paths import Project
from rampflow.problems.predictions import make_multiclass
from rampflow.problems.tables import ranked_classes

EVENT = "higgsml_2014"
FIRST_TEST_EVENT, N_TEST = 125_000, 55_000
WHOLE = {"reference_desk/tenth", "sea_otters/tighter_cut", "tin_drums/ranks_together"}


def loaded(repo: Path) -> LoadedEvent:
    return load_event(Project(repo), EVENT)


def read(repo: Path) -> dict[str, ReadPredictions]:
    ids = {str(FIRST_TEST_EVENT + row): row for row in range(N_TEST)}
    wanted = Wanted(ranked_classes(), ids, make_multiclass([0, 1], weights=True))
    found = {}
    for entry in loaded(repo).predictions:
        path = Project(repo).prediction_file(EVENT, entry.team, entry.name, entry.suffix)
        content, error = content_of(path, 64)
        assert not error
        assert path.stat().st_size < 300_000
        found[entry.full_name] = read_predictions(content, wanted)
    return found


def test_all_entries_keep_the_rules(repo: Path) -> None:
    event = loaded(repo)
    assert event.refused == ()
    assert [entry.full_name for entry in event.predictions if entry.refusal] == []
    assert event.event.challenge.baselines == ("reference_desk",)


def test_the_split_is_that_of_2014(repo: Path) -> None:
    share = loaded(repo).event.challenge.public_share
    assert round(share * 550_000) == 100_000
    assert round(share * N_TEST) == 10_000


def test_whole_files_are_predictions_and_the_other_has_its_reason(repo: Path) -> None:
    found = read(repo)
    assert {name for name, one in found.items() if one.y_pred is not None} == WHOLE
    for name in WHOLE:
        y_pred = found[name].y_pred
        assert y_pred is not None
        assert y_pred.shape == (N_TEST, 2)
        assert 0.05 < np.mean(y_pred[:, 1] > 0.5) < 0.2
    assert found["night_owls/first_lines"].errors[0] == (
        "EventId '125003' and 54996 more are missing"
    )
