"""Observed events on a copy of the tree: without data, with made and real ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.insects import zip_bees
from tests.support.need import need_shared
from tests.support.sst_files import make_sst, write_sst
from tests.support.toys import Toy
from tests.support.tree import copy_tree

EVENT = "el_nino_observed"
DATA = "problems/el_nino_observed/data"
DESK = "reference_desk"


class Observed(Toy):
    """A copy of this repository, asked about the observed event."""

    @property
    def results(self) -> Path:
        return self.root / "results" / EVENT

    def names(self) -> set[str]:
        return {path.name for path in (self.root / DATA).iterdir()}


def make_tree(repo: Path, folder: Path) -> Observed:
    root = copy_tree(repo, folder / "tree")
    for path in (root / DATA).glob("sst.nc*"):
        path.unlink()
    return Observed(root, root / "workflow")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made file: 1945-01 to 1994-12."""
    folder = tmp_path_factory.mktemp("made")
    return write_sst(make_sst("1945-01", 600), folder / "made.nc")


@pytest.fixture(scope="module")
def bare(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """The tree without any data. Not to be changed."""
    return make_tree(repo, tmp_path_factory.mktemp("bare"))


@pytest.mark.parametrize("command", ["run", "data", "plan", "status"])
def test_without_data_one_clear_error_says_what_to_bring(bare: Observed, command: str) -> None:
    answer = bare.run(command, *(["check"] if command == "data" else []), EVENT)
    assert answer.code == 2
    assert answer.out == ""
    lines = answer.err.splitlines()
    assert lines[0].startswith("rampflow: the problem el_nino_observed has no data yet")
    assert lines[1] == f"  where: {DATA}/sst.nc"
    assert "rampflow data import" in lines[2]
    assert "ERSST v5" in lines[2]
    assert "Kaplan" in lines[2]
    assert len(lines) == 3


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_snakemake_says_the_same_before_any_job(bare: Observed, arguments: list[str]) -> None:
    answer = bare.snakemake("--config", f"event={EVENT}", *arguments)
    assert answer.code != 0
    assert answer.text.count("the problem el_nino_observed has no data yet") == 1
    assert "rampflow data import" in answer.text
    assert "Traceback" not in answer.text
    assert not (bare.root / "results/data/el_nino_observed").exists()


@pytest.mark.slow
def test_a_broken_file_copied_by_hand_is_refused_once_in_its_own_words(
    repo: Path, made: Path, tmp_path: Path
) -> None:
    tree = make_tree(repo, tmp_path)
    tree.write(f"{DATA}/sst.nc", made.read_bytes()[:9000])
    for answer in (
        tree.run("run", EVENT),
        tree.snakemake("--config", f"event={EVENT}"),
        tree.snakemake("--config", f"event={EVENT}", "--dry-run"),
    ):
        assert answer.code != 0
        assert answer.text.count("the file begins as netCDF but cannot be read") == 1
        assert f"where: {tree.root / DATA / 'sst.nc'}" in answer.text
        assert "get_train_data failed" not in answer.text
        assert "Traceback" not in answer.text


def test_a_file_is_described_in_words_or_refused_in_one(
    bare: Observed, made: Path, tmp_path: Path
) -> None:
    answer = bare.run("data", "check", EVENT, str(made)).ok()
    assert "months in the file              1945-01 to 1994-12" in answer.out
    assert "training rows                   354, for the months 1955-07 to 1984-12" in answer.out
    assert (
        '"test rows": "114, for' in bare.run("data", "check", EVENT, str(made), "--json").ok().out
    )
    broken = tmp_path / "broken.nc"
    broken.write_bytes(made.read_bytes()[:9000])
    for action in ("check", "import"):
        answer = bare.run("data", action, EVENT, str(broken))
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("rampflow: the file begins as netCDF but cannot be read")
        assert f"where: {broken}" in answer.err
        assert len(answer.err.splitlines()) == 3
    assert bare.names() == {".gitignore"}
    answer = bare.run("data", "import", EVENT)
    assert answer.code == 2
    assert "config/events/el_nino_observed.yaml: data_source" in answer.err


@pytest.mark.slow
def test_a_file_is_brought_and_the_event_follows_its_bytes(
    repo: Path, made: Path, tmp_path: Path
) -> None:
    """Brought by the run, brought again, refused, and another one named by the event."""
    tree = make_tree(repo, tmp_path)
    tree.run("run", EVENT, "--data", str(made)).ok()
    assert tree.names() == {".gitignore", "sst.nc", "sst.nc.dvc"}
    rows = tree.rows()
    assert len(rows) == 5
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert rows[f"{DESK}/climatology"]["test_score"] > 0.5
    cells = tree.identities("results/cells")

    again = write_sst(make_sst("1945-01", 600), tmp_path / "again.nc")
    again.write_bytes(made.read_bytes())
    tree.run("data", "import", EVENT, str(again)).ok()
    assert "nothing to do" in tree.run("run", EVENT).ok().err
    assert tree.identities("results/cells") == cells

    short = write_sst(make_sst("1970-01", 300), tmp_path / "short.nc")
    before = tree.identities(DATA)
    assert "the series is too short" in tree.run("run", EVENT, "--data", str(short)).err
    assert tree.identities(DATA) == before

    other = write_sst(make_sst("1945-01", 600, seed=1), tmp_path / "other.nc")
    tree.run("data", "import", EVENT, str(other)).ok()
    status = tree.run("status", EVENT)
    assert status.code == 1
    assert f"data set {DATA}/sst.nc changed" in status.out


@pytest.mark.slow
def test_the_event_may_name_its_source(repo: Path, made: Path, tmp_path: Path) -> None:
    tree = make_tree(repo, tmp_path)
    path = f"config/events/{EVENT}.yaml"
    text = (tree.root / path).read_text()
    tree.write("here.nc", made.read_bytes())
    tree.write(path, text.replace("# data_source: ../data/sst.mnmean.nc", "data_source: here.nc"))
    before = files_of_tree(tree)
    assert "here.nc is imported first" in tree.ask("plan", EVENT).out
    assert "a run imports here.nc first" in tree.ask("status", EVENT).out
    assert "prepare the folds" in tree.run("run", EVENT, "--", "--dry-run").ok().text
    assert "prepare the folds" in tree.snakemake("--config", f"event={EVENT}", "-n").ok().text
    answer = tree.run("run", "--data", "here.nc", EVENT, "--", "-n")
    assert "a dry run imports nothing" in answer.err
    assert files_of_tree(tree) == before, "a dry run writes nothing"

    target = ["--until", "prepare"]
    tree.snakemake("--config", f"event={EVENT}", *target).ok()
    assert tree.names() == {".gitignore", "sst.nc", "sst.nc.dvc"}
    tree.write("here.nc", "no netCDF any more")
    tree.run("run", EVENT, "--", *target)  # there is a data set: the source is not asked again
    assert (tree.root / DATA / "sst.nc").read_bytes() == made.read_bytes()
    assert "not netCDF" in tree.run("data", "import", EVENT).err


def files_of_tree(tree: Observed) -> set[str]:
    """Return every path of the tree but what Python and Snakemake keep for themselves."""
    found = (path.relative_to(tree.root) for path in tree.root.rglob("*"))
    return {str(path) for path in found if {".snakemake", "__pycache__"}.isdisjoint(path.parts)}


@pytest.mark.slow
@pytest.mark.shared
def test_on_kaplan_the_event_gives_the_published_scores(repo: Path, tmp_path: Path) -> None:
    """The five definitions through eight nested folds, bagged, on the months from 1985 on."""
    file = need_shared("data/el_nino/kaplan_tropical_pacific_185601_201410.nc")
    tree = make_tree(repo, tmp_path)
    tree.run("data", "import", EVENT, str(file)).ok()
    tree.run("run", EVENT).ok()
    published = {
        "persistence": 0.940,
        "climatology": 0.869,
        "damped": 0.791,
        "damped_per_month": 0.695,
        "components": 0.717,
    }
    scores = {name: row["test_score"] for name, row in tree.rows().items()}
    assert scores == pytest.approx(
        {f"{DESK}/{model}": score for model, score in published.items()}, abs=0.005
    )
    board = tree.board()["event"]
    assert (board["n_train"], board["n_test"], board["n_folds"]) == (654, 352, 8)


@pytest.mark.slow
@pytest.mark.shared
def test_on_bees_the_insects_event_reaches_what_is_known(repo: Path, tmp_path: Path) -> None:
    """A published histogram of colour has 0.88 where the split is by frame."""
    file = zip_bees(tmp_path / "bees.zip", need_shared("data/insects/images"))
    event = "pollinating_insects_observed"
    root = copy_tree(repo, tmp_path / "tree")
    toy = Toy(root, root / "workflow")
    for path in (toy.root / "problems" / event / "data").glob("photographs.zip*"):
        path.unlink()
    toy.run("run", event, "--data", str(file)).ok()
    rows = json.loads((toy.root / "results" / event / "leaderboard.json").read_text())["rows"]
    scores = {row["model"]: row["test_score"] for row in rows}
    assert len(scores) == 3
    assert scores["colour_histogram"] >= 0.86
    assert scores["colour_and_texture"] >= 0.90
    assert scores["mean_colour"] >= 0.78
