"""What the commands answer: exit codes, words, and errors that name the file and the key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.toy_code import MEAN
from tests.support.toys import EVENT, Toy

SUBMISSIONS = f"submissions/{EVENT}"
BEES = f"{SUBMISSIONS}/bees/mean/submission.yaml"
ANTS = f"{SUBMISSIONS}/ants/line/submission.yaml"
EVENT_FILE = f"config/events/{EVENT}.yaml"


def verify(toy: Toy, against: Path) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the facts of ``rampflow verify --json``."""
    answer = toy.ask("verify", "--against", str(against), "--json")
    return answer.code, json.loads(answer.out)


class TestVerify:
    """Inputs first, then every cell, the board, the ranks; 0 only if all agree."""

    def test_a_result_is_identical_to_its_copy(self, finished: Toy, toy: Toy) -> None:
        answer = finished.ask("verify", "--against", str(toy.root)).ok()
        assert answer.out.splitlines()[1:] == [
            "inputs: the same",
            "4 cells: 4 identical (tolerance 1e-09)",
            "board: the same",
            "ranks: the same",
            "verdict: agrees",
        ]

    @pytest.mark.parametrize("inner", ["", "results", f"results/{EVENT}"])
    def test_it_is_not_compared_with_itself(self, finished: Toy, inner: str) -> None:
        answer = finished.ask("verify", "--against", str(finished.root / inner))
        assert (answer.code, answer.out) == (2, "")
        assert "a result cannot be verified against itself" in answer.err

    @pytest.mark.parametrize("inner", ["", "results", f"results/{EVENT}"])
    def test_and_to_one_computed_elsewhere(self, finished: Toy, elsewhere: Toy, inner: str) -> None:
        code, facts = verify(finished, elsewhere.root / inner)
        assert (code, facts["agrees"], facts["inputs"], facts["ranks"]) == (0, True, [], [])
        assert facts["board"] == []
        assert facts["counts"]["identical"] == 4

    def test_a_prediction_changed_by_hand_is_named(self, finished: Toy, toy: Toy) -> None:
        file = toy.index()["bees/mean", 1] / "test.npy"
        np.save(file, np.load(file) + 1)
        code, facts = verify(finished, toy.root)
        assert (code, facts["counts"]["differs"], facts["counts"]["identical"]) == (1, 1, 3)
        (cell,) = [c for c in facts["cells"] if c["verdict"] == "differs"]
        assert (cell["submission"], cell["fold"]) == ("bees/mean", 1)
        assert cell["detail"].startswith("test.npy was changed there")

    @pytest.mark.parametrize(
        ("change", "verdict", "code"), [(1e-12, "within tolerance", 0), (0.5, "differs", 1)]
    )
    def test_a_score_changed_by_hand_is_found(
        self, finished: Toy, toy: Toy, change: float, verdict: str, code: int
    ) -> None:
        (file,) = (toy.index()["ants/line", 0] / "scores").glob("*.json")
        content = json.loads(file.read_text())
        content["scores"]["valid"]["rmse"] *= 1 + change
        file.write_text(json.dumps(content))
        found, facts = verify(finished, toy.root)
        assert (found, facts["counts"][verdict]) == (code, 1)

    def test_scores_of_another_metric_are_not_taken_for_the_same(
        self, finished: Toy, toy: Toy
    ) -> None:
        toy.edit("problems/toy/problem.py", "[RMSE(precision=3), MAE()]", "[MAE(), RMSE()]")
        toy.run("run").ok()
        answer = finished.ask("verify", "--against", str(toy.root))
        assert answer.code == 1
        assert "  metric code problem.py changed" in answer.out
        assert "scores of 4 cells are of other metrics or labels" in answer.out
        assert "leaderboard.json metric: rmse here, mae there" in answer.out

    def test_a_board_changed_by_hand_is_found(self, finished: Toy, toy: Toy) -> None:
        board = toy.board()
        board["rows"][0]["score"] /= 2
        toy.write(f"results/{EVENT}/leaderboard.json", json.dumps(board))
        answer = finished.ask("verify", "--against", str(toy.root))
        assert answer.code == 1
        assert "\nboard differs:\n  leaderboard.csv " in answer.out
        assert "\n  leaderboard.json " in answer.out
        assert answer.out.splitlines()[-2:] == ["ranks: the same", "verdict: does not agree"]

    def test_a_missing_cell_is_named(self, finished: Toy, toy: Toy) -> None:
        shutil.rmtree(toy.index()["ants/line", 1])
        code, facts = verify(finished, toy.root)
        assert (code, facts["counts"]["missing"]) == (1, 1)
        answer = finished.ask("verify", "--against", str(toy.root))
        assert "missing: ants/line fold 1: no readable cell under its key there" in answer.out

    def test_other_inputs_are_named_before_the_cells(self, finished: Toy, toy: Toy) -> None:
        toy.configure(seed=1006)
        toy.run("run").ok()
        answer = finished.ask("verify", "--against", str(toy.root)).ok()
        lines = answer.out.splitlines()
        assert lines[1] == "inputs differ:"
        assert "seed 1006 → 1000 (2 cells)" in answer.out
        assert lines[-1] == "verdict: agrees, from other inputs"
        assert lines.index("inputs differ:") < next(
            i for i, line in enumerate(lines) if line.startswith("4 cells")
        )

    def test_swapped_ranks_do_not_agree(self, finished: Toy, toy: Toy) -> None:
        board = toy.board()
        for row in board["rows"]:
            row["rank"] = 3 - row["rank"]
        toy.write(f"results/{EVENT}/leaderboard.json", json.dumps(board))
        answer = finished.ask("verify", "--against", str(toy.root))
        assert answer.code == 1
        assert "ants/line: rank 1 here, 2 there" in answer.out
        assert "4 identical" in answer.out

    def test_a_folder_without_results_is_an_error(self, finished: Toy, tmp_path: Path) -> None:
        answer = finished.ask("verify", "--against", str(tmp_path))
        assert answer.code == 2
        assert f"no results of {EVENT} here" in answer.err


class TestFacts:
    """``--json`` is JSON, and says what the words say."""

    def test_status(self, finished: Toy) -> None:
        facts = json.loads(finished.ask("status", "--json").ok().out)
        assert (facts["event"], facts["is_finished"], facts["counts"]) == (EVENT, True, {"done": 4})

    def test_a_new_project_has_everything_to_do(self, toy: Toy) -> None:
        shutil.rmtree(toy.root / "results")
        assert toy.ask("status").code == 1
        answer = toy.ask("plan").ok()
        assert "prepare           1" in answer.out
        assert "the folds are not prepared yet" in answer.out

    def test_the_board_goes_to_standard_error_and_names_the_page(self, toy: Toy) -> None:
        answer = toy.run("run").ok()
        assert answer.err.splitlines()[0] == f"{EVENT}: nothing to do"
        assert "The Ants" in answer.err
        assert answer.err.strip().endswith("report/index.html")
        assert answer.out == ""


class TestCheck:
    """A participant's check: the contract, one fold, an error to act on, no test score."""

    def test_a_submission_that_works(self, toy: Toy) -> None:
        toy.add_submission("cats", "new", MEAN.replace("np.mean", "np.median"))
        answer = toy.run("check", f"{SUBMISSIONS}/cats/new").ok()
        assert "cats/new: the files are in order; fold 0 of 2" in answer.out
        assert "rmse: train " in answer.out
        assert "test " not in answer.out.replace("the test score is shown on the board only", "")

    def test_one_that_fails_leaves_no_cell_behind(self, toy: Toy) -> None:
        toy.add_submission("cats", "bad", MEAN.replace("np.mean(y)", "np.mean(z)"))
        before = toy.keyed_files()
        answer = toy.run("check", f"{SUBMISSIONS}/cats/bad", "--fold", "1")
        assert answer.code == 1
        assert "failed (error) in train: NameError: name 'z' is not defined" in answer.out
        assert 'File "regressor.py", line 7, in fit' in answer.out
        assert toy.keyed_files() == before

    def test_another_folder_and_a_broken_file_are_user_errors(self, toy: Toy) -> None:
        answer = toy.ask("check", str(toy.root / "problems"))
        assert (answer.code, "not the folder of a submission" in answer.err) == (2, True)
        toy.edit(BEES, "team: bees", "team: [bees")
        answer = toy.ask("check", str(toy.root / SUBMISSIONS / "bees" / "mean"))
        assert (answer.code, "not valid YAML" in answer.err) == (2, True)
        answer = toy.run("check", f"{SUBMISSIONS}/ants/line", "--fold", "9")
        assert (answer.code, "folds are 0 to 1" in answer.err) == (2, True)


def edit(path: str, old: str, new: str) -> Callable[[Toy], object]:
    return lambda toy: toy.edit(path, old, new)


MISTAKES: dict[str, tuple[Callable[[Toy], object], tuple[str, ...]]] = {
    "unknown key": (
        edit(EVENT_FILE, "title: Toy", "titel: Toy"),
        ("unknown key 'titel'", f"{EVENT_FILE}: titel", "did you mean 'title'?"),
    ),
    "wrong type": (
        lambda toy: toy.configure(seed="many"),
        ("valid integer", f"{EVENT_FILE}: seed", "found 'many'"),
    ),
    "nested key": (
        lambda toy: toy.configure(limits={"time_s": -1}),
        ("greater than 0", f"{EVENT_FILE}: limits.time_s"),
    ),
    "missing key": (
        lambda toy: toy.configure(phase=None),
        ("'phase' is missing", f"{EVENT_FILE}: phase"),
    ),
    "key twice": (
        edit(EVENT_FILE, "title: Toy", "title: Toy\ntitle: Toy"),
        ("'title' is given twice", EVENT_FILE),
    ),
    "not UTF-8": (
        lambda toy: toy.write(BEES, "display_name: caf\u00e9\n".encode("latin-1")),
        ("cannot be read", "utf-8", BEES),
    ),
    "no time zone": (
        edit(BEES, "2015-05-21T10:00:00Z", "2015-05-21T10:00:00"),
        ("timezone", f"{BEES}: submitted_at"),
    ),
    "missing file": (
        lambda toy: (toy.root / SUBMISSIONS / "bees/mean/regressor.py").unlink(),
        ("'regressor.py' is not in the folder", f"{BEES}: entry"),
    ),
    "missing submission.yaml": (
        lambda toy: (toy.root / BEES).unlink(),
        ("the file does not exist", BEES),
    ),
    "bad name": (
        lambda toy: toy.add_submission("bees", "My Model"),
        ("'My Model' has no valid name", f"{SUBMISSIONS}/bees/My Model"),
    ),
    "other team": (
        edit(BEES, "team: bees", "team: wasps"),
        ("the team is 'wasps' but the folder is 'bees'", f"{BEES}: team"),
    ),
    "link": (
        lambda toy: (toy.root / SUBMISSIONS / "bees/mean/labels").symlink_to("/etc/hostname"),
        ("links are not allowed", f"{SUBMISSIONS}/bees/mean/labels"),
    ),
    "unknown problem": (
        lambda toy: toy.configure(problem="tooth"),
        ("there is no problem 'tooth'", f"{EVENT_FILE}: problem", "problems: toy"),
    ),
    "unknown source": (
        edit(ANTS, "bees/mean", "bees/queen"),
        ("there is no submission 'bees/queen'", f"{ANTS}: builds_on[0].submission"),
    ),
    "credit in a circle": (
        edit(BEES, "team: bees", "team: bees\nbuilds_on: [{submission: ants/line, credit: 1}]"),
        ("'ants/line' was not handed in earlier", f"{BEES}: builds_on[0].submission"),
    ),
    "too much credit": (
        edit(ANTS, "credit: 0.5", "credit: 1.5"),
        ("less than or equal to 1", f"{ANTS}: builds_on[0].credit"),
    ),
    "a team that is not described well": (
        lambda toy: toy.write("config/teams.yaml", "ants: {name: Ants}\n"),
        ("unknown key 'name'", "config/teams.yaml: ants"),
    ),
}


class TestMistakes:
    """One clear error with file and key, exit code 2, before anything runs."""

    @pytest.mark.parametrize("name", MISTAKES)
    def test_a_mistake_is_named(self, toy: Toy, name: str) -> None:
        make, words = MISTAKES[name]
        make(toy)
        for command in ("status", "plan"):
            answer = toy.ask(command)
            assert (answer.code, answer.out) == (2, "")
            for text in words:
                assert text in answer.err
            assert "Traceback" not in answer.err

    def test_an_unknown_event(self, toy: Toy) -> None:
        answer = toy.ask("status", "tay_2015")
        assert answer.code == 2
        assert (
            f"there is no event 'tay_2015'\n  where: config/events\n  do:    events: {EVENT}"
            in (answer.err)
        )

    def test_a_path_with_a_space_and_another_machine(self, toy: Toy, tmp_path: Path) -> None:
        moved = tmp_path / "a space"
        toy.root.rename(moved)
        answer = Toy(moved, toy.package).ask("run", "--profile", "slurm")
        assert answer.code == 2
        assert "no jobs on other machines from a path with a space" in answer.err
        assert "a space" in answer.err.splitlines()[1]

    def test_several_are_reported_at_once(self, toy: Toy) -> None:
        MISTAKES["no time zone"][0](toy)
        toy.edit(ANTS, "entry:", "entries: []\nentry:")
        toy.write("config/teams.yaml", "The Ants: {display_name: Ants}\n")
        answer = toy.ask("status")
        assert answer.code == 2
        for text in (f"{BEES}: submitted_at", "unknown key 'entries'", "not a valid team name"):
            assert text in answer.err

    def test_nothing_runs_and_snakemake_says_the_same(self, toy: Toy) -> None:
        MISTAKES["unknown key"][0](toy)
        before = toy.identities()
        run, plain = toy.run("run"), toy.snakemake()
        assert (run.code, plain.code) == (2, 1)
        for answer in (run, plain):
            assert "unknown key 'titel'" in answer.text
            assert f"where: {EVENT_FILE}: titel" in answer.text
            assert "did you mean 'title'?" in answer.text
            assert "Traceback" not in answer.text
        assert toy.identities() == before

    def test_data_changed_by_hand_under_an_unchanged_lock_are_refused(self, toy: Toy) -> None:
        toy.edit("problems/toy/data/train.csv", "3,0,6.75", "3,0,7.75")
        before = toy.identities()
        run, plain = toy.run("run"), toy.snakemake()
        assert (run.code, plain.code) == (2, 1)
        for answer in (run, plain):
            assert "the data set was changed by hand" in answer.text
            assert "problems/toy/data/train.csv" in answer.text
            assert "dvc checkout --force" in answer.text
            assert "Traceback" not in answer.text
        assert toy.identities() == before
