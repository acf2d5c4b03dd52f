"""How often the interval of a contributivity holds what it should: by simulation.

    python tests/benchmarks/shares.py
    python tests/benchmarks/shares.py --worlds 5           # quicker, coarser

A world is some entries, whose errors are alike as those of good entries are. Its expected shares
are the mean over many sets of validation rows. For several sets of rows the interval is made as
the board makes it, and held against the expected share and against the share on one fresh set of
rows. Only shares that matter are counted: expected above 2 %.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from rampflow.ensemble.redrawn import mean_over_folds, redrawn_shares
from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.ranking.expand import expanded_level
from rampflow.ranking.intervals import percentile_intervals
from rampflow.ranking.resample import block_counts

N_FOLDS, N_DRAWS, LEVEL = 4, 200, 0.95
N_EXPECTED, N_EVENTS = 100, 20
Predictions = make_regression()
METRIC = RMSE()
BURN_IN = 50


@dataclass(frozen=True)
class World:
    """Entries of some qualities on rows of which neighbours may be alike."""

    n_rows: int
    memory: float
    loadings: np.ndarray
    quality: np.ndarray

    def errors(self, rng: np.random.Generator) -> np.ndarray:
        """Return errors on new rows: shape (n_entries, n_rows)."""
        n_entries, n_factors = self.loadings.shape
        white = rng.normal(size=(self.n_rows + BURN_IN, n_entries + n_factors + 1))
        for t in range(1, len(white) if self.memory else 0):
            white[t] = self.memory * white[t - 1] + np.sqrt(1 - self.memory**2) * white[t]
        own, factors, all_entries = np.split(white[BURN_IN:].T, [n_entries, n_entries + n_factors])
        found: np.ndarray = self.quality * (self.loadings @ factors) + 0.3 * all_entries + 0.4 * own
        return found


def new_world(
    n_entries: int, n_rows: int, spread: float, memory: float, rng: np.random.Generator
) -> World:
    """Draw the entries of a world; `spread` says how unequal they are."""
    quality = rng.uniform(0.7 - spread, 0.7 + spread, (n_entries, 1))
    return World(n_rows, memory, rng.normal(size=(n_entries, 6)) / np.sqrt(6), quality)


def shares_of(errors: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return contributivity on draws of the rows, folds being neighbouring rows."""
    folds = np.array_split(np.arange(errors.shape[1]), N_FOLDS)
    return mean_over_folds(
        redrawn_shares(
            Predictions, METRIC, Predictions(y_true=np.zeros(len(rows))), errors[:, rows],
            counts[:, rows],
        )
        for rows in folds
    )  # fmt: skip


def held_in(world: World, block: int, rng: np.random.Generator) -> tuple[list[float], list[float]]:
    """Return, event by event, how many intervals hold the expected and a fresh share."""
    once = np.ones((1, world.n_rows), dtype=np.int32)
    fresh = [shares_of(world.errors(rng), once)[0] for _ in range(N_EXPECTED)]
    expected = np.mean(fresh, axis=0)
    matters = expected > 0.02
    holds_expected, holds_fresh = [], []
    for event in range(N_EVENTS):
        errors = world.errors(rng)
        share = shares_of(errors, once)[0]
        drawn = shares_of(errors, block_counts(world.n_rows, N_DRAWS, block, rng))
        low, high = percentile_intervals(drawn, expanded_level(LEVEL, world.n_rows / block))
        low, high = np.minimum(low, share), np.maximum(high, share)
        for found, value in ((holds_expected, expected), (holds_fresh, fresh[event])):
            found.append(float(((low <= value) & (value <= high))[matters].mean()))
    return holds_expected, holds_fresh


def main() -> None:
    """Simulate and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=20)
    options = parser.parse_args()
    print(
        "| entries | rows | unequal | neighbours alike | expected share held | a fresh one held |"
    )
    print("|---|---|---|---|---|---|")
    for n_entries, n_rows, spread, memory, block in (
        (6, 160, 0.3, 0.0, 1),
        (6, 1600, 0.3, 0.0, 1),
        (20, 400, 0.3, 0.0, 1),
        (20, 2000, 0.02, 0.0, 1),
        (6, 600, 0.3, 0.8, 24),
        (20, 600, 0.02, 0.8, 24),
        (6, 600, 0.3, 0.8, 1),
    ):
        rng = np.random.default_rng(1)
        found = [
            held_in(new_world(n_entries, n_rows, spread, memory, rng), block, rng)
            for _ in range(options.worlds)
        ]
        expected, fresh = (100 * np.mean([world[i] for world in found]) for i in (0, 1))
        alike = f".{10 * memory:.0f}, blocks of {block}" if memory else "no"
        unequal = "much" if spread > 0.1 else "little"
        print(
            f"| {n_entries} | {n_rows} | {unequal} | {alike} | {expected:.1f} % | {fresh:.1f} % |"
        )


if __name__ == "__main__":
    main()
