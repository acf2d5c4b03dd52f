"""Steps are confined as the event says, with the same results, and the board says what it must."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from rampflow.sandbox.policy import Tier
from rampflow.sandbox.probe import choose
from tests.support.need import need_sandbox
from tests.support.toys import EVENT, Toy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="confined by Linux"),
]

NOSY = """
import glob, os
class Regressor:
    def fit(self, X, y):
        above = os.path.abspath(__file__).split("/results/")[0]
        seen = [p for p in glob.glob(above + "/**", recursive=True) if os.path.isfile(p)]
        self.hidden = [p for p in seen if "/labels/" in p or "valid" in p or "cell.json" in p]
        self.others = [p for p in seen if "/submissions/" in p or "/data/" in p]
    def predict(self, X):
        assert not self.hidden and not self.others, (self.hidden, self.others)
        assert not [p for p in glob.glob(os.path.dirname(__file__) + "/../../**") if "y_train" in p]
        return X[:, 0]
"""


def records(toy: Toy) -> list[dict[str, Any]]:
    runs = [json.loads(path.read_text()) for path in toy.cells.glob("*/run.json")]
    return [step["sandbox"] for run in runs for step in run.values()]


@pytest.mark.parametrize("tier", [Tier.LANDLOCK, Tier.NONE])
def test_every_tier_gives_the_same_cells_and_says_which_it_was(
    finished: Toy, tmp_path: Any, tier: Tier
) -> None:
    need_sandbox(tier)
    assert {record["tier"] for record in records(finished)} == {choose("auto").tier}
    toy = finished.copy(tmp_path / "toy", with_results=False)
    toy.configure(sandbox=str(tier))
    text = toy.run("run").ok().text
    assert toy.keyed_files() == finished.keyed_files(), "the sandbox is no part of a key"
    found = records(toy)
    assert {record["tier"] for record in found} == {str(tier)}
    stamps = toy.board()["event"]["sandbox"]
    assert stamps["steps"] == len(found) > 0
    assert stamps["none"] == (len(found) if tier is Tier.NONE else 0)
    page = (toy.results / "report" / "index.html").read_text()
    said = f"{len(found)} of {len(found)} steps ran without a sandbox"
    assert (said in page) == (said in text) == (tier is Tier.NONE)
    as_root = [r for r in found if tier is not Tier.NONE and r["user"] == 0]
    assert stamps["root"] == len(as_root)
    if os.geteuid():
        assert not as_root


def test_under_bubblewrap_only_the_files_of_the_step_are_there(
    finished: Toy, tmp_path: Any
) -> None:
    need_sandbox(Tier.BWRAP)
    toy = finished.copy(tmp_path / "toy")
    toy.add_submission("cats", "nosy", NOSY)
    toy.run("run").ok()
    row = toy.rows()["cats/nosy"]
    assert (row["status"], row["reason"]) == ("ok", "")


def test_a_sandbox_that_does_not_work_fails_the_job_and_stores_nothing(
    finished: Toy, tmp_path: Any
) -> None:
    toy = finished.copy(tmp_path / "toy")
    shutil.rmtree(toy.cells)
    plan = toy.results / ".state" / "plan.json"
    content = json.loads(plan.read_text())
    plan.write_text(json.dumps({**content, "sandbox": "bwrap"}))
    broken = toy.write("bwrap", "#!/bin/sh\necho 'bwrap: No permissions: namespace' >&2; exit 1\n")
    broken.chmod(0o755)
    code = (
        "import sys\nfrom rampflow.sandbox import bubble\n"
        f"bubble.USUAL = {str(broken)!r}\n"
        "from rampflow.commands.main import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    words = ["step", "train", "--event", EVENT, "--key", content["keys"][0][0]]
    answer = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=toy.root, capture_output=True, text=True
    )
    assert answer.returncode == 75, answer.stderr
    assert "sandbox: bwrap" in answer.stderr
    assert "user.max_user_namespaces" in answer.stderr, "it says what to do"
    assert not toy.cells.exists()
