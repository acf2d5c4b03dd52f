"""Keys: what changes them, what does not, and why two differ in words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.cell import keys
from rampflow.hashing import key_of
from rampflow.paths import Project
from tests.support.toys import EVENT, Toy, make_toy


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return make_toy(tmp_path / "toy")


def fit(toy: Toy) -> str:
    return key_of(keys.common_fit_parts(Project(toy.root), "toy", {}))


def scoring(toy: Toy) -> str:
    return key_of(keys.score_parts(Project(toy.root), "toy", {"train": "a"}))


def folding(toy: Toy) -> str:
    return key_of(keys.prepare_parts(Project(toy.root), "toy", {}, 1))


PROBLEM = "problems/toy/problem.py"


@pytest.mark.parametrize(
    ("path", "old", "new", "changes"),
    [
        (PROBLEM, '"A line through ten points"', '"Another title"', ""),
        (PROBLEM, "MAE()]", "MAE(precision=1)]", "score"),
        (PROBLEM, "range(2)", "range(3)", "prepare"),
        (PROBLEM, "make_regression()", "make_regression(['y'])", "prepare score"),
        (PROBLEM, "workflow = Regressor()", "workflow = Regressor(*[])", "fit"),
        ("requirements.lock", "numpy==2.4.6", "numpy==2.4.7", "fit prepare"),
    ],
)
def test_each_key_depends_on_its_own_part_of_the_problem(
    toy: Toy, path: str, old: str, new: str, changes: str
) -> None:
    before = {"fit": fit(toy), "score": scoring(toy), "prepare": folding(toy)}
    toy.edit(path, old, new)
    after = {"fit": fit(toy), "score": scoring(toy), "prepare": folding(toy)}
    assert {name for name in before if before[name] != after[name]} == set(changes.split())


@pytest.mark.parametrize("name", ["README.md", "data.dvc", "notes/card.md", "data/more.csv"])
def test_what_people_read_and_the_data_are_not_the_problems_code(toy: Toy, name: str) -> None:
    before = fit(toy), scoring(toy), keys.problem_files(toy.root / "problems" / "toy")
    toy.write(f"problems/toy/{name}", "text")
    after = fit(toy), scoring(toy), keys.problem_files(toy.root / "problems" / "toy")
    assert after == before


def test_other_files_beside_the_problem_count(toy: Toy) -> None:
    before = fit(toy)
    toy.write("problems/toy/weights.csv", "1,2")
    assert fit(toy) != before
    assert "weights.csv" in keys.problem_files(toy.root / "problems" / "toy")


@pytest.mark.parametrize(
    ("statement", "path"),
    [
        ("import shared", "shared.py"),
        ("from space.shared import x", "space/shared.py"),
        ("import sys; sys.path.append('lib'); import shared", "lib/shared.py"),
        ("from pkg import x", "pkg/__init__.py"),
    ],
)
def test_a_module_is_found_wherever_code_can_import_it(toy: Toy, statement: str, path: str) -> None:
    toy.edit(PROBLEM, "workflow = ", f"{statement}\nworkflow = ")
    found = []
    for value in (1, 2):
        toy.write(f"problems/toy/{path}", f"x = 1\nprint({value})\n")
        found.append(fit(toy))
    assert found[0] != found[1]
    assert path in keys.problem_files(toy.root / "problems" / "toy")


def test_a_simulator_that_nothing_imports_is_not_shown_to_submissions(toy: Toy) -> None:
    before = fit(toy)
    toy.write("problems/toy/simulate.py", "answers = 42")
    assert fit(toy) == before
    assert "simulate.py" not in keys.problem_files(toy.root / "problems" / "toy")


def test_every_file_of_a_submission_counts_but_its_description(toy: Toy) -> None:
    folder = toy.root / "submissions" / EVENT / "bees" / "mean"
    before = keys.submission_parts(folder)
    assert set(before) == {"regressor.py"}
    (folder / "submission.yaml").write_text("other")
    assert keys.submission_parts(folder) == before
    (folder / "weights.bin").write_bytes(b"\0")
    assert set(keys.submission_parts(folder)) == {"regressor.py", "weights.bin"}


def test_the_package_hashes_the_step_and_not_the_report() -> None:
    parts = keys.package_parts(*keys.RUNNER)
    assert "rampflow.cell.runner" in parts
    rooms = {name.split(".")[1] for name in parts if "." in name}
    assert rooms.isdisjoint({"report", "board", "ensemble", "commands", "config"})


PROGRAM = """
import sys
from pathlib import Path
from rampflow.cell import keys
from rampflow.hashing import key_of
from rampflow.paths import Project
print(key_of(keys.common_fit_parts(Project(Path(sys.argv[1])), "toy", {})))
"""


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_a_key_is_the_same_in_every_process(toy: Toy, repo: Path, seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(repo / "workflow")}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(toy.root)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == fit(toy)


def test_all_of_the_package_that_makes_a_score_is_in_the_score_key(toy: Toy) -> None:
    parts = keys.score_parts(Project(toy.root), "toy", {"train": "a"})
    assert {"rampflow.cell.score", "rampflow.cell.record", "rampflow.data.store"} <= set(
        parts["score"]
    ), "which rows are scored, and how predictions and labels are read"


DIGEST = "3f" * 32


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"seed": 1000}, {"seed": 7}, ["seed 1000 → 7"]),
        ({"lock": DIGEST}, {"lock": "9c" * 32}, ["lock file 3f3f3f3f… → 9c9c9c9c…"]),
        ({"lock": "none"}, {"lock": DIGEST}, [f"lock file none → {DIGEST}"]),
        (
            {"submission": {"a.py": DIGEST, "b.py": DIGEST, "c.py": DIGEST}},
            {"submission": {"a.py": "9c" * 32, "b.py": DIGEST, "d.py": DIGEST}},
            [
                "submission file d.py is new",
                "submission file c.py is gone",
                "submission file a.py changed (3f3f3f3f… → 9c9c9c9c…)",
            ],
        ),
        ({"python": "3.11"}, {"python": "3.12"}, ["Python version 3.11 → 3.12"]),
        ({}, {"threads": 2}, ["declared threads None → 2"]),
        ({}, {"gpus": 0}, []),  # a key from before there was such a part
        ({}, {"gpus": 1}, ["declared GPUs 0 → 1"]),
        ({"fold": {"rows": DIGEST}, "seed": 1}, {"seed": 1}, []),
        (
            {"fold": {"number": 0, "rows": DIGEST, "X_train": DIGEST}},
            {"fold": {"number": 1, "rows": "9c" * 32, "X_train": DIGEST, "X_test": DIGEST}},
            [
                "prepared X_test is new",
                "prepared number changed (0 → 1)",
                "prepared rows changed (3f3f3f3f… → 9c9c9c9c…)",
            ],
        ),
        (
            {"data": {"x": "sha256:" + DIGEST}},
            {"data": {"x": "sha256:" + "9c" * 32}},
            ["data set x changed (3f3f3f3f… → 9c9c9c9c…)"],
        ),
    ],
)
def test_why_two_keys_differ_in_words(old: keys.Parts, new: keys.Parts, words: list[str]) -> None:
    assert keys.differences(old, new) == words


parts = st.dictionaries(
    st.sampled_from(["seed", "threads", "submission", "data"]),
    st.integers() | st.dictionaries(st.text("ab", min_size=1), st.text("01", min_size=32)),
)


@given(parts, parts)
def test_keys_differ_exactly_if_there_are_words_for_it(old: keys.Parts, new: keys.Parts) -> None:
    new = {**dict.fromkeys(old, 0), **new}  # parts that are missing are not compared
    assert bool(keys.differences(old, new)) == (key_of(old) != key_of(new))
