"""The events of the challenge of 2014: what is understood of their table, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rampflow.errors import DataError
from rampflow.problems.contract import load_problem
from tests.support.need import need_shared

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "higgsml_observed"
DESK = ROOT / "submissions" / "higgsml_observed" / "reference_desk"
SIMULATED = ROOT / "submissions" / "higgsml_2014"
TAKEN = {
    "window": "paper_boats/window",
    "weighted": "fog_horns/weighted",
    "features": "tin_drums/features",
}
N_EVENTS = 1000


@pytest.fixture(scope="module")
def problem():
    return load_problem(FOLDER).module


@pytest.fixture(scope="module")
def plain(problem) -> pd.DataFrame:
    """A small table as the record has them: a part in four of the events is of each set."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.random((N_EVENTS, 30)).round(3), columns=list(problem.COLUMNS))
    table.insert(0, "EventId", np.arange(100_000, 100_000 + N_EVENTS))
    table["Weight"] = rng.uniform(0.001, 2, N_EVENTS)
    table["Label"] = np.where(np.arange(N_EVENTS) % 3 == 0, "s", "b")
    table["KaggleSet"] = np.array(["t", "t", "b", "v"])[np.arange(N_EVENTS) % 4]
    table.loc[:3, "KaggleSet"] = "u"
    return table.assign(KaggleWeight=table["Weight"])


def write(folder: Path, table: pd.DataFrame) -> Path:
    (folder / "data").mkdir(exist_ok=True)
    file = folder / "data" / "higgsml.csv.gz"
    table.to_csv(file, index=False, compression={"method": "gzip", "compresslevel": 1})
    return file


def test_sets_of_the_challenge_become_the_parts(problem, plain, tmp_path: Path) -> None:
    write(tmp_path, plain)
    for part, sets in ((problem.get_train_data, ["t"]), (problem.get_test_data, ["b", "v"])):
        X, y = part(str(tmp_path))
        own = plain[plain["KaggleSet"].isin(sets)]
        assert list(X) == ["EventId", *problem.COLUMNS]
        np.testing.assert_array_equal(X["EventId"], own["EventId"])
        np.testing.assert_array_equal(y[:, 0], own["Label"] == "s")
        np.testing.assert_array_equal(y[:, 1], own["Weight"])
    assert problem.get_test_ids(str(tmp_path)) == [str(number) for number in X["EventId"]]
    public = own["EventId"][own["KaggleSet"] == "b"]
    np.testing.assert_array_equal(X["EventId"][problem.get_public_rows(str(tmp_path))], public)


def test_the_two_problems_ask_the_same(problem) -> None:
    simulated = load_problem(ROOT / "problems" / "higgsml").module
    assert (problem.TOTALS, problem.EVEN_ODDS) == (simulated.TOTALS, simulated.EVEN_ODDS)
    assert [repr(s) for s in problem.score_types] == [repr(s) for s in simulated.score_types]


def test_a_table_is_described_in_words(problem, plain, tmp_path: Path) -> None:
    facts = problem.describe_data(write(tmp_path, plain))
    assert facts["training events"] == "498: 166 signal, 332 background"
    assert facts["test events"] == "498: 166 signal, 332 background"
    assert facts["events that are not used"] == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="Weight"), "has no column Weight"),
        (lambda t: t.drop(columns=["PRI_met", "Label"]), "has no column PRI_met, Label"),
        (lambda t: t.assign(PRI_met="weak"), "has a cell that is no number"),
        (lambda t: t.assign(DER_mass_vis=np.nan), "has a cell that is no number"),
        (lambda t: t.assign(Label="x"), "is a Label other than"),
        (lambda t: t.assign(KaggleSet="w"), "is a KaggleSet other than"),
        (lambda t: t.assign(Weight=0.0), "has a Weight that is not positive"),
        (lambda t: t.assign(EventId=1), "has an EventId twice"),
        (lambda t: t[t["KaggleSet"] == "t"], "under 100 events of a label with KaggleSet b or v"),
        (lambda t: t.assign(Label="b"), "under 100 events of a label with KaggleSet t"),
    ],
)
def test_a_table_that_is_wrong_is_refused(
    problem, plain, tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    file = write(tmp_path, change(plain))
    with pytest.raises(DataError, match=words) as caught:
        problem.describe_data(file)
    assert caught.value.where == str(file)
    assert caught.value.do


@pytest.mark.parametrize(
    "content",
    [b"EventId,Label\n1,s\n", gzip.compress(b""), gzip.compress(b"a,b\n" * 99)[:-9]],
    ids=["plain", "empty", "cut"],
)
def test_a_file_that_is_no_compressed_table_is_refused(problem, tmp_path, content: bytes) -> None:
    file = tmp_path / "events.csv.gz"
    file.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as a compressed table"):
        problem.describe_data(file)


def test_a_table_that_unpacks_to_too_much_is_refused(
    problem, plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problem, "LARGEST", 10_000)
    with pytest.raises(DataError, match="unpacks to more than"):
        problem.describe_data(write(tmp_path, plain))


@pytest.mark.parametrize(("name", "original"), TAKEN.items())
def test_the_reference_desk_takes_entries_of_the_simulated_event_unchanged(name, original) -> None:
    files = {path.name for path in (DESK / name).glob("*.py")}
    assert files == {path.name for path in (SIMULATED / original).glob("*.py")}
    for file in files:
        assert (DESK / name / file).read_bytes() == (SIMULATED / original / file).read_bytes()


@pytest.mark.shared
class TestSample:
    """On 9,998 of the training events, half of them signal: they check code and rank nothing."""

    @pytest.fixture(scope="class")
    @classmethod
    def parts(cls, problem, tmp_path_factory):
        """The sample with every third event put into the test set."""
        table = pd.read_csv(need_shared("data/higgs/higgsml_10k.csv.gz"))
        table.loc[2::3, "KaggleSet"] = "v"
        folder = tmp_path_factory.mktemp("higgsml_observed")
        write(folder, table)
        return problem.get_train_data(str(folder)), problem.get_test_data(str(folder))

    def test_the_window_has_the_significance_that_is_known(self, problem, parts):
        (X, y), (X_test, y_test) = parts
        mass = np.append(X["DER_mass_MMC"], X_test["DER_mass_MMC"])
        near = np.abs(mass - 125) < 22
        truth = problem.Predictions(y_true=np.vstack([y, y_test]))
        found = problem.Predictions(y_pred=np.stack([~near, near], axis=1))
        ams = problem.score_types[0].score_function(truth, found)
        assert ams == pytest.approx(1.48, abs=0.02)

    def test_boosted_trees_of_which_a_fifth_is_taken_have_about_three(self, problem, parts):
        """One fit on two thirds of the sample; one standard error is about 0.4."""
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits

        (X, y), (X_test, y_test) = parts
        with threadpool_limits(1):
            model = HistGradientBoostingClassifier(max_iter=60, random_state=0)
            model.fit(X.drop(columns="EventId"), y[:, 0])
            score = model.predict_proba(X_test.drop(columns="EventId"))[:, 1]
        taken = score > np.quantile(score, 0.8)
        found = problem.Predictions(y_pred=np.stack([~taken, taken], axis=1))
        truth = problem.Predictions(y_true=y_test)
        ams, auc = (metric.score_function(truth, found) for metric in problem.score_types[:2])
        assert 2.2 < ams < 3.8
        assert auc > 0.6
