"""Whatever is killed from outside, every status is true and no cell is lost.

A SIGKILL from outside on the runner itself cannot be told from one that it sent to itself: the
kernel says who ended a process to nobody. Such a cell may read ``signal``. All others must be well.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.attacks.kills import Evaluation
from tests.support.need import need_sandbox

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
    pytest.mark.slow,
]


@pytest.mark.parametrize(("tier", "n_cells"), [("bwrap", 70), ("landlock", 30)])
def test_no_cell_is_lost_and_none_is_blamed(tier: str, n_cells: int, tmp_path: Path) -> None:
    need_sandbox(tier)
    evaluation = Evaluation(tmp_path / "toy", n_cells, tier)
    evaluation.run(random.Random(n_cells))
    assert evaluation.blamed() == {}, evaluation.killed
    statuses = Counter(evaluation.statuses().values())
    assert statuses["ok"] + statuses["signal"] == n_cells
    assert sum(evaluation.killed.values()) >= len(evaluation.packs), "one in each job, about"
    assert evaluation.killed["supervisor"], evaluation.killed
