"""Both boards of a challenge, from cells and files to pages, in one process."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.cell.record import Outcome
from rampflow.challenge.boards import COLUMNS, build_public
from rampflow.errors import ProblemError
from rampflow.plan.plan import make_plan
from tests.support.challenges import (
    CHALLENGE,
    TRUTH,
    board_of,
    bytes_of,
    entries_of,
    hand_in,
    make_boards,
    results_of,
    sources_of,
)
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toys import EVENT

REFERENCES = """
import numpy as np
from problem import get_test_data
from rampflow.problems.references import Reference


def get_references(path):
    X, y = get_test_data(path)
    noise = np.linspace(-1, 1.7, len(y)) ** 3
    return [Reference("Threshold", "As easy as can be.", test=y + noise)]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """A closed challenge: two teams with code, three with predictions, one of the organisers."""
    options = {**CHALLENGE, "baselines": ["desk"], "finals": 1}
    made = evaluated(
        tmp_path_factory.mktemp("challenge") / "toy",
        kind="challenge",
        challenge=options,
        closed="2015-06-01T00:00:00Z",
    )
    toy = made.toy
    toy.write("problems/toy/references.py", REFERENCES)
    rng = np.random.default_rng(5)
    for team, spread in (("wasps", 0.1), ("moths", 0.4), ("desk", 0.7)):
        for number in range(3):
            values = np.array(TRUTH) + spread * rng.normal(size=6)
            at = f"2015-05-2{number + 2}T10:00:00Z"
            hand_in(toy, team, f"e{number}", values, submitted_at=at, final=number == 1)
    hand_in(toy, "moths", "late", TRUTH, submitted_at="2015-06-02T10:00:00Z")
    hand_in(toy, "moths", "broken", ["x"] * 6)
    make_boards(made)
    return made


@pytest.mark.parametrize(("step", "is_shown"), [("train", True), ("predict", False)])
def test_what_code_says_that_saw_the_test_set_is_not_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, is_shown: bool
) -> None:
    failed = Outcome("error", step, "ValueError: 42.125", "ValueError: 42.125")
    monkeypatch.setattr("tests.support.evaluated.FAILED", failed)
    failing = (("ants/line", 1),)
    keys = {"kind": "challenge", "challenge": CHALLENGE, "closed": "2015-06-01T00:00:00Z"}
    made = evaluated(tmp_path / "toy", failing, **keys)
    make_boards(made)
    assert "42.125" in entries_of(made, "private")["ants/line"]["reason"]
    found = entries_of(made, "public")["ants/line"]
    assert found["status"] == "error"
    assert found["reason"].startswith(f"fold 1, {step}: ")
    public = bytes_of(results_of(made).part("public").folder).values()
    assert any(b"42.125" in content for content in public) == is_shown


def test_code_and_predictions_stand_on_both_boards(made: Evaluated) -> None:
    for part in ("public", "private"):
        rows = {row["team"]: row for row in board_of(made, part)["rows"]}
        assert {*rows} == {"ants", "bees", "wasps", "moths", "desk"}
        assert rows["desk"]["rank"] is None
        assert sorted(row["rank"] for row in rows.values() if row["rank"]) == [1, 2, 3, 4]
        assert [row["in_the_money"] for row in rows.values()].count(True) == 1
        assert {name for name, row in rows.items() if row["model_uploaded"]} == {"ants", "bees"}


def test_scores_are_those_of_the_rows_of_the_part(made: Evaluated) -> None:
    plan = made.plan
    split = made.project.split(make_split_key(made))
    for part in ("public", "private"):
        rows = np.load(split.rows(part))
        assert len(rows) == 3
        for entry in plan.loaded.predictions:
            name = entry.full_name
            if name in ("moths/late", "moths/broken"):
                continue
            path = made.project.prediction_file(EVENT, entry.team, entry.name, ".csv")
            with path.open() as stream:
                values = np.array([float(row["prediction"]) for row in csv.DictReader(stream)])
            errors = (values - np.array(TRUTH))[rows]
            score = entries_of(made, part)[name]["score"]
            assert score == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-12)


def make_split_key(made: Evaluated) -> str:
    (folder,) = (made.toy.root / "results" / "splits").iterdir()
    return folder.name


def test_the_choice_of_a_team_counts_on_the_private_board(made: Evaluated) -> None:
    rows = {row["team"]: row for row in board_of(made, "private")["rows"]}
    assert {rows[team]["entry"] for team in ("wasps", "moths", "desk")} == {"e1"}
    public = {row["team"]: row for row in board_of(made, "public")["rows"]}
    for team, row in rows.items():
        if row["rank"]:
            assert row["public_rank"] == public[team]["rank"]
            assert row["change"] == row["public_rank"] - row["rank"]
    assert rows["moths"]["entries"] == 4  # the broken one counts, the late one does not


def test_what_does_not_count_has_its_reason(made: Evaluated) -> None:
    found = entries_of(made, "public")
    late, broken = found["moths/late"], found["moths/broken"]
    assert (late["status"], late["score"]) == ("refused", None)
    assert "after the event closed" in late["reason"]
    assert (broken["status"], broken["score"]) == ("bad_predictions", None)
    assert broken["reason"] == (
        "line 2: prediction is 'x', not a finite number (and 5 more such lines)"
    )
    page = results_of(made).part("public").page.read_text()
    assert "Not counted (2)" in page
    assert "after the event closed" in page


def test_ranks_come_with_their_doubt(made: Evaluated) -> None:
    for part in ("public", "private"):
        board = board_of(made, part)
        ranked = [row for row in board["rows"] if row["rank"]]
        assert board["comparison"]["n_compared"] == len(ranked)
        for row in ranked:
            assert row["best_rank"] <= row["rank"] <= row["worst_rank"]
            assert row["score_low"] <= row["score"] <= row["score_high"]
        assert ranked[0]["is_level_with_first"]
        (desk,) = [row for row in board["rows"] if row["rank"] is None]
        assert desk["score_low"] is None


def test_references_have_no_rank(made: Evaluated) -> None:
    for part in ("public", "private"):
        (reference,) = board_of(made, part)["references"]
        assert reference["name"] == "Threshold"
        assert reference["score"] > 0
        with results_of(made).part(part).leaderboard_csv.open() as stream:
            rows = [row for row in csv.DictReader(stream) if row["kind"] == "reference"]
        assert [(row["team"], row["rank"]) for row in rows] == [("Threshold", "")]


def numbers_in(content: bytes) -> set[float]:
    text = content.decode("utf-8", errors="replace").replace("−", "-")
    return {float(found) for found in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)}


def private_numbers(made: Evaluated) -> set[float]:
    """Return every score on the private rows, and on all rows, of whatever was scored."""
    board = board_of(made, "private")
    found = {row["score"] for row in [*board["rows"], *board["references"]]}
    for entry in board["entries"]:
        found |= {entry["score"], *entry["scores"].values()}
    made.aggregate()  # the board of the code shows the whole test set once the event is closed
    found |= {row["test_score"] for row in made.toy.rows().values()}
    return {value for value in found if value is not None}


def test_a_public_build_holds_no_private_number(made: Evaluated) -> None:
    private = private_numbers(made)
    assert len(private) > 20
    folder = results_of(made).part("public").folder
    files = bytes_of(folder)
    assert {*files} == {"leaderboard.csv", "leaderboard.json", "entries.csv", "report/index.html"}
    found = {name: numbers_in(content) for name, content in files.items()}
    for name, numbers in found.items():
        leaks = {v for v in numbers for p in private if abs(v - p) <= 1e-9 * max(1, abs(p))}
        assert not leaks, name
    # the page rounds: what it may show is what the public tables hold
    allowed = {round(v, 3) for v in found["leaderboard.json"]}
    assert not {round(p, 3) for p in private} & found["report/index.html"] - allowed
    private_page = bytes_of(results_of(made).part("private").folder)["report/index.html"]
    assert {round(p, 3) for p in private} & numbers_in(private_page), "the scan finds nothing"


def test_the_public_board_is_made_without_private_labels(made: Evaluated, tmp_path: Path) -> None:
    copy = Evaluated(made.toy.copy(tmp_path / "copy"))
    before = bytes_of(results_of(copy).part("public").folder)
    split = copy.project.split(make_split_key(copy))
    shutil.rmtree(split.folder / "private")
    shutil.rmtree(copy.plan.prepared.labels("test"))
    shutil.rmtree(results_of(copy).part("private").folder)
    for name in ("test.csv", "train.csv"):
        (copy.toy.root / "problems" / "toy" / "data" / name).unlink()
    for path in (
        results_of(copy).part("public").leaderboard_json,
        results_of(copy).part("public").leaderboard_csv,
    ):
        path.unlink()
    build_public(sources_of_without_data(copy, made))
    after = bytes_of(results_of(copy).part("public").folder)
    assert {name: after[name] for name in before} == before


def sources_of_without_data(copy: Evaluated, made: Evaluated):
    from dataclasses import replace

    return replace(sources_of(made), project=copy.project)


def test_the_same_boards_come_out_again(made: Evaluated) -> None:
    folders = [results_of(made).part(part).folder for part in ("public", "private")]
    before = [bytes_of(folder) for folder in folders]
    entries = made.toy.identities("results/entries")
    make_boards(made)
    assert [bytes_of(folder) for folder in folders] == before
    assert made.toy.identities("results/entries") == entries, "a file was read again"


def test_while_open_there_is_no_private_board(made: Evaluated, tmp_path: Path) -> None:
    copy = Evaluated(made.toy.copy(tmp_path / "copy"))
    copy.toy.configure(phase="open")
    assert not [step for step in copy.plan.steps if step.startswith("private")]
    make_boards(copy)
    assert not results_of(copy).part("private").folder.exists()
    public = board_of(copy, "public")
    assert public["event"]["phase"] == "open"
    assert public["rows"] == board_of(made, "public")["rows"]


def test_the_tables_begin_with_the_columns_of_the_talk(made: Evaluated) -> None:
    talk = ["rank", "change", "team", "score", "entries", "last_submission", "best_minus_last_h"]
    assert [*COLUMNS[:7]] == talk
    for part in ("public", "private"):
        with results_of(made).part(part).leaderboard_csv.open() as stream:
            header = next(csv.reader(stream))
        assert header[:7] == talk
        assert ("public_rank" in header) == (part == "private")


def test_a_challenge_of_predictions_alone(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", kind="challenge", challenge=CHALLENGE, opened=None)
    for team in ("ants", "bees"):
        shutil.rmtree(made.toy.root / "submissions" / EVENT / team)
    hand_in(made.toy, "wasps", "a", TRUTH)
    made.aggregate()
    make_boards(made)
    assert [row["team"] for row in board_of(made, "private")["rows"]] == ["wasps"]


def test_an_event_without_a_test_set_cannot_be_a_challenge(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", kind="challenge", challenge=CHALLENGE)
    made.toy.edit("problems/toy/problem.py", "def get_test_data", "def no_test_data")
    made.prepare()
    made.train()
    made.score()
    with pytest.raises(ProblemError, match="a challenge needs a test set") as caught:
        make_boards(made)
    assert "kind: ramp" in caught.value.do


def test_a_problem_may_say_which_rows_are_public(made: Evaluated, tmp_path: Path) -> None:
    copy = Evaluated(made.toy.copy(tmp_path / "copy"))
    code = (copy.toy.root / "problems" / "toy" / "problem.py").read_text()
    said = "\n\ndef get_public_rows(path):\n    return np.arange(6) % 3 == 1\n"
    copy.toy.write("problems/toy/problem.py", code + said)
    before = made.plan.aggregate_keys
    changed = {step for step, key in copy.plan.aggregate_keys.items() if before[step] != key}
    assert "entries" in changed
    assert "bag" not in changed
    make_boards(copy)
    assert board_of(copy, "public")["event"]["n_rows"] == 2
    key = json.loads(results_of(copy).entries.read_text())["split"]
    assert np.load(copy.project.split(key).rows("public")).tolist() == [1, 4]
    for wrong in ("np.arange(6)", "np.ones(6, bool)", "np.arange(5) > 2"):
        line = said.replace("np.arange(6) % 3 == 1", wrong)
        copy.toy.write("problems/toy/problem.py", code + line)
        with pytest.raises(ProblemError, match="for 6 test rows of two parts"):
            make_boards(copy)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """A challenge with one good entry, into which tests hand bad ones."""
    made = evaluated(
        tmp_path_factory.mktemp("small") / "toy",
        kind="challenge",
        challenge={**CHALLENGE, "max_mb": 0.001},
        rules={"min_delay_min": 1},
    )
    hand_in(made.toy, "wasps", "good", TRUTH)
    return made


KEYS = st.sampled_from(["team", "submitted_at", "final", "model", "display_name", "colour"])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.text(max_size=5),
    st.just("2015-05-22"),
    st.lists(st.integers(), max_size=2),
    st.just("2015-13-41T10:00:00Z"),
    st.just("ants"),
)
FILES = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=80),
    st.lists(st.one_of(st.floats().map(str), st.text(max_size=4)), min_size=5, max_size=7),
    st.just("Id,prediction\n" + "0,1\n" * 400),
)


ENTRIES = st.tuples(
    FILES, st.dictionaries(KEYS, VALUES, max_size=3), st.text("ab -é", min_size=1, max_size=3)
)


@settings(max_examples=6)
@given(st.lists(ENTRIES, min_size=20, max_size=20))
def test_malformed_entries_have_a_reason_each_and_the_board_is_made(small, handed_in) -> None:
    """Six boards of twenty malformed entries; the machine of a test is slow, so together."""
    submissions = small.toy.root / "submissions" / EVENT
    for i, (content, keys, name) in enumerate(handed_in):
        shutil.rmtree(submissions / f"bad{i}", ignore_errors=True)
        hand_in(small.toy, f"bad{i}", name, content, **{"team": f"bad{i}", **keys})
    make_boards(small)
    assert "wasps" in {row["team"] for row in board_of(small, "public")["rows"]}
    entries = entries_of(small, "public")
    for i, (_, _, name) in enumerate(handed_in):
        entry = entries[f"bad{i}/{name}"]
        assert (entry["score"] is None) == (entry["status"] != "ok") == bool(entry["reason"])
        assert "\n" not in entry["reason"]
        assert len(entry["reason"]) < 400
        shutil.rmtree(submissions / f"bad{i}")


def test_a_file_that_is_too_large_is_not_read(small: Evaluated) -> None:
    hand_in(small.toy, "flies", "large", "Id,prediction\n" + "0,1\n" * 400)
    make_boards(small)
    entry = entries_of(small, "public")["flies/large"]
    assert entry["reason"] == "the file is larger than 0.001 MB"
    shutil.rmtree(small.toy.root / "submissions" / EVENT / "flies")


def test_a_file_may_be_packed(small: Evaluated) -> None:
    folder = small.toy.root / "submissions" / EVENT / "flies"
    hand_in(small.toy, "flies", "a", TRUTH)
    table = (folder / "a.csv").read_bytes()
    contents = {
        "packed": gzip.compress(table),
        "cut": gzip.compress(table)[:-9],
        "plain": table,
        "bomb": gzip.compress(b"0" * 1_000_000),
        "both": gzip.compress(table),
    }
    for name, content in contents.items():
        hand_in(small.toy, "flies", name, table, submitted_at="2015-05-23T10:00:00Z")
        small.toy.write(f"submissions/{EVENT}/flies/{name}.csv.gz", content)
        if name != "both":
            (folder / f"{name}.csv").unlink()
    small.toy.configure(rules=None)
    make_boards(small)
    found = entries_of(small, "public")
    assert found["flies/packed"]["score"] == found["flies/a"]["score"] == 0
    reasons = {name: found[f"flies/{name}"]["reason"] for name in contents if name != "packed"}
    assert reasons["both"] == "there are both.csv and both.csv.gz"
    assert reasons["bomb"] == "the file is larger than 0.001 MB"
    assert all(reasons[name].startswith("the file cannot be read: ") for name in ("cut", "plain"))
    shutil.rmtree(folder)


def test_a_changed_file_is_read_and_nothing_else(small: Evaluated) -> None:
    shutil.rmtree(small.toy.root / "submissions" / EVENT / "moths", ignore_errors=True)
    make_boards(small)
    keys = make_plan(small.project, EVENT).aggregate_keys
    before = small.toy.identities("results/entries")
    hand_in(small.toy, "wasps", "good", [value + 1 for value in TRUTH])
    changed = make_plan(small.project, EVENT).aggregate_keys
    assert {step for step in keys if keys[step] != changed[step]} == {
        "entries",
        "public",
        "public_page",
        "private",
        "private_page",
    }
    make_boards(small)
    after = small.toy.identities("results/entries")
    assert len(after) == len(before) + 1
    assert {name: after[name] for name in before} == before
    hand_in(small.toy, "wasps", "good", TRUTH)


def test_each_file_of_a_pair_that_stands_alone_is_named(small: Evaluated) -> None:
    folder = small.toy.root / "submissions" / EVENT / "flies"
    small.toy.write(f"submissions/{EVENT}/flies/alone.csv", "Id,prediction\n")
    hand_in(small.toy, "flies", "other", TRUTH, model="none")
    hand_in(small.toy, "flies", "third", TRUTH)
    (folder / "third.csv").unlink()
    hand_in(small.toy, "flies", "linked", TRUTH)
    (folder / "linked.csv").unlink()
    (folder / "linked.csv").symlink_to("/etc/hostname")
    hand_in(small.toy, "bees", "mean", TRUTH)
    make_boards(small)
    found = entries_of(small, "public")
    reasons = {name: found[f"flies/{name}"]["reason"] for name in ("alone", "other", "third")}
    assert reasons == {
        "alone": "alone.yaml: the file does not exist",
        "other": "other.yaml: model: the team has no folder 'none'",
        "third": "there is no file third.csv beside third.yaml",
    }
    assert (
        found["flies/linked"]["reason"] == "linked: links are not allowed; hand in the file itself"
    )
    both = [row for row in board_of(small, "public")["entries"] if row["team"] == "bees"]
    assert [row["reason"] for row in both if row["kind"] == "predictions"] == [
        "the team has a code submission of the name mean as well; rename one"
    ]
    shutil.rmtree(folder)
    for suffix in (".csv", ".yaml"):
        (folder.parent / "bees" / f"mean{suffix}").unlink()
