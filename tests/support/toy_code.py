"""The files of the usual toy project: a problem, its data, two submissions. numpy only."""

from __future__ import annotations

PROBLEM = '''
"""Ten numbers to predict from two columns."""
from pathlib import Path

import numpy as np
from reading import read_table

from rampflow.problems.metrics.regression import MAE, RMSE
from rampflow.problems.predictions import make_regression
from rampflow.problems.workflows import Regressor

problem_title = "A line through ten points"
Predictions = make_regression()
workflow = Regressor()
score_types = [RMSE(precision=3), MAE()]


def get_cv(X, y):
    rows = np.arange(len(y))
    return [(rows[rows % 2 != k], rows[rows % 2 == k]) for k in range(2)]


def get_train_data(path="."):
    return read_table(Path(path) / "data" / "train.csv")


def get_test_data(path="."):
    return read_table(Path(path) / "data" / "test.csv")
'''
READING = """
import numpy as np


def read_table(file):
    table = np.loadtxt(file, delimiter=",")
    return table[:, :-1], table[:, -1]
"""
TRAIN = "".join(f"{i},{i % 3},{2 * i + (i % 4) / 4}\n" for i in range(10))
TEST = "".join(f"{i + 0.5},{i % 2},{2 * i + 1 + (i % 3) / 4}\n" for i in range(6))

MEAN = """
import numpy as np


class Regressor:
    def fit(self, X, y):
        self.mean = float(np.mean(y))

    def predict(self, X):
        return np.full(len(X), self.mean)
"""
LINE = """
from slopes import slope_of


class Regressor:
    def fit(self, X, y):
        self.slope = slope_of(X[:, 0], y)

    def predict(self, X):
        return self.slope * X[:, 0]
"""
SLOPES = """
def slope_of(x, y):
    return float(x @ y / (x @ x))
"""
