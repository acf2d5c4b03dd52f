"""``final: refit``: one fit on all training rows ranks, beside the bagged score."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from tests.support.toy_code import TEST, TRAIN
from tests.support.toys import Toy

N_FOLDS = 2

FAILS_ON_ALL = """
import numpy as np


class Regressor:
    def fit(self, X, y):
        if len(y) == 10:
            raise ValueError("no more than five rows")
        self.mean = float(np.mean(y))

    def predict(self, X):
        return np.full(len(X), self.mean)
"""


def labels(text: str) -> np.ndarray:
    return np.array([float(line.rsplit(",", 1)[1]) for line in text.splitlines()])


def rmse(y_true: np.ndarray, y_pred: float) -> float:
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))


@pytest.mark.slow
def test_a_refit_ranks_beside_the_bag_and_fits_no_fold_again(toy: Toy) -> None:
    before = toy.identities("results/cells")
    bagged = toy.rows()
    toy.configure(final="refit")
    status = toy.ask("status")
    assert "the refit is new" in status.out
    toy.run("run").ok()

    after = toy.identities("results/cells")
    assert before.items() <= after.items(), "no cell of a fold was touched"
    assert len({path.split("/")[0] for path in after.keys() - before.keys()}) == 2

    board, row = toy.board(), toy.rows()["bees/mean"]
    assert board["ranked_on"] == "refit test"
    y, y_test = labels(TRAIN), labels(TEST)
    assert row["score"] == row["refit_score"] == pytest.approx(rmse(y_test, y.mean()), rel=1e-12)
    for column in ("valid_score", "test_score", "contributivity", "train_time"):
        assert row[column] == bagged["bees/mean"][column], f"{column} is that of the folds"
    blend = board["blend"]
    assert blend["score"] == blend["refit_score"] != blend["test_score"]
    assert np.load(toy.results / "blend" / "refit.npy").shape == y_test.shape

    with (toy.results / "fold_scores.csv").open(newline="") as stream:
        steps = {(r["fold"], r["step"]) for r in csv.DictReader(stream)}
    folds = {(str(f), s) for f in range(N_FOLDS) for s in ("train", "valid", "test")}
    assert steps == folds | {("2", "refit_train"), ("2", "refit_test")}
    page = (toy.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "one fit on all training rows" in page
    assert "nothing to do" in toy.run("run").ok().err
    assert "agree" in toy.ask("verify", "--against", str(toy.copy(toy.root.parent / "b").root)).out

    toy.configure(final="bagged")
    toy.run("run").ok()
    assert toy.rows() == bagged, "and back, from the same cells"


@pytest.mark.slow
def test_who_fails_on_all_rows_has_no_rank_and_is_told_where(toy: Toy) -> None:
    toy.add_submission("cats", "few", FAILS_ON_ALL, submitted_at="2015-05-21T12:00:00Z")
    toy.configure(final="refit")
    toy.run("run").ok()
    row = toy.rows()["cats/few"]
    assert (row["rank"], row["status"], row["n_folds_failed"]) == (None, "error", 0)
    assert row["reason"] == "refit, train: ValueError: no more than five rows"
    assert [r["rank"] for r in toy.rows().values()] == [1, 2, None]


@pytest.mark.slow
def test_while_an_event_is_open_nothing_is_fitted_on_all_rows(toy: Toy) -> None:
    toy.configure(final="refit", phase="open")
    before = toy.identities("results/cells")
    toy.run("run").ok()
    assert toy.identities("results/cells") == before
    assert toy.board()["ranked_on"] == "bagged validation"
    page = (toy.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "the score of one fit on all training rows will rank" in page
