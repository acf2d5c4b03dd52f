"""How often equal entries are told apart, and how often intervals hold the truth: by simulation.

    python tests/benchmarks/ties.py > docs/statistics.md
    python tests/benchmarks/ties.py --simulations 100      # quicker, coarser

Every entry is exactly as good as every other one, and the data choose the leader. So whoever is
called worse is called so wrongly. Ours is `rampflow.ranking`; beside it what is often done.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy.stats import norm, ttest_rel

from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.ranking.compare import compare_all
from rampflow.ranking.intervals import score_intervals
from rampflow.ranking.replicates import replicate_scores
from rampflow.ranking.resample import block_counts

N_ROWS, N_REPLICATES, LEVEL, N_FOLDS = 594, 1000, 0.95, 8
KINDS = {"independent rows": (0.0, 1), "a time series (errors correlated .8)": (0.8, 24)}
"""Kind of rows → correlation of neighbouring errors, and the length of blocks."""
COUNTS = (2, 12, 40)
Predictions = make_regression()
METRIC = RMSE()
HEAD = """# Ties and intervals: do they hold?

Made by `python tests/benchmarks/ties.py > docs/statistics.md`: {n} simulated events per number, so
a share of 5 % is known to about ±{error:.1f} points. Each has {rows} rows and entries of exactly
equal skill, whose errors are correlated with each other (.5), as those of good entries are. The
data choose the leader. What the board does is described in [evaluation.md](evaluation.md).
"""


def errors_of(n_entries: int, memory: float, rng: np.random.Generator) -> np.ndarray:
    """Return errors of variance 1: half shared by all entries, half of each entry's own."""
    white = rng.normal(size=(N_ROWS + 200, n_entries + 1))
    for t in range(1, len(white)):
        white[t] = memory * white[t - 1] + np.sqrt(1 - memory**2) * white[t]
    found = white[200:]
    return np.sqrt(0.5) * (found[:, :1] + found[:, 1:])


def resampled(errors: np.ndarray, block: int, rng: np.random.Generator) -> tuple:
    """Return the scores on all rows and on resampled ones."""
    truth = Predictions(y_true=np.zeros(N_ROWS))
    predictions = [Predictions(y_pred=column) for column in errors.T]
    counts = block_counts(N_ROWS, N_REPLICATES, block, rng)
    scores = np.array([METRIC.score_function(truth, p) for p in predictions])
    return scores, replicate_scores(METRIC, truth, predictions, counts)


def p_values(scores: np.ndarray, replicates: np.ndarray) -> np.ndarray:
    """Return two-sided p values of every entry against the leader, by the bootstrap's error."""
    leader = int(np.argmin(scores))
    others = np.delete(np.arange(len(scores)), leader)
    spread = (replicates[:, others] - replicates[:, [leader]]).std(axis=0, ddof=1)
    return np.asarray(2 * norm.sf((scores[others] - scores[leader]) / spread))


def holm(p: np.ndarray) -> bool:
    """Tell whether Holm's procedure rejects anything."""
    return bool(p.min() < (1 - LEVEL) / len(p))


def fold_test(errors: np.ndarray, rng: np.random.Generator) -> bool:
    """Tell whether a paired t test over the scores of resampled folds calls anyone worse."""
    folds = [rng.choice(N_ROWS, N_ROWS // 5, replace=False) for _ in range(N_FOLDS)]
    scores = np.array([np.sqrt(np.mean(errors[rows] ** 2, axis=0)) for rows in folds])
    leader = int(np.argmin(scores.mean(axis=0)))
    others = np.delete(scores, leader, axis=1)
    return bool(ttest_rel(others, scores[:, [leader]]).pvalue.min() < 1 - LEVEL)


Method = Callable[[np.ndarray, int, np.random.Generator], bool]
METHODS: dict[str, Method] = {
    "rampflow: largest of all pairs": lambda e, block, rng: bool(
        compare_all(
            *resampled(e, block, rng), LEVEL, N_ROWS / block, is_lower_the_better=True
        ).is_worse.any()
    ),
    "the same, rows taken as independent": lambda e, block, rng: bool(
        compare_all(*resampled(e, 1, rng), LEVEL, N_ROWS, is_lower_the_better=True).is_worse.any()
    ),
    "Holm over the comparisons with the leader": lambda e, block, rng: holm(
        p_values(*resampled(e, block, rng))
    ),
    "each against the leader at 5 %": lambda e, block, rng: bool(
        p_values(*resampled(e, block, rng)).min() < 1 - LEVEL
    ),
    "paired t test over 8 resampled folds, at 5 %": lambda e, block, rng: fold_test(e, rng),
}


def wrongly_told_apart(n_simulations: int) -> str:
    """Return the table of events in which somebody is wrongly called worse, in per cent."""
    lines = []
    for kind, (memory, block) in KINDS.items():
        lines += ["", f"**{kind.capitalize()}**" + (f", blocks of {block}" if block > 1 else "")]
        lines += ["", "| entries | " + " | ".join(map(str, COUNTS)) + " |"]
        lines += ["|---|" + "---|" * len(COUNTS)]
        for name, method in METHODS.items():
            if block == 1 and "independent" in name:
                continue
            shares = []
            for n_entries in COUNTS:
                rng = np.random.default_rng([n_entries, block])
                wrong = sum(
                    method(errors_of(n_entries, memory, rng), block, rng)
                    for _ in range(n_simulations)
                )
                shares.append(f"{100 * wrong / n_simulations:.1f} %")
            lines.append(f"| {name} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def coverage(n_simulations: int) -> str:
    """Return the table of intervals that hold the true score 1, in per cent."""
    lines = ["", "| | " + " | ".join(KINDS) + " |", "|---|" + "---|" * len(KINDS)]
    ways = {"rampflow": lambda block: block, "rows taken as independent": lambda block: 1}
    for name, block_of in ways.items():
        shares = []
        for memory, block in KINDS.values():
            rng, held = np.random.default_rng([7, block]), 0
            for _ in range(n_simulations):
                length = block_of(block)
                scores, replicates = resampled(errors_of(1, memory, rng), length, rng)
                low, high = score_intervals(METRIC, scores, replicates, N_ROWS, LEVEL, block=length)
                held += int(low[0] <= 1 <= high[0])
            shares.append(f"{100 * held / n_simulations:.1f} %")
        lines.append(f"| {name} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=400)
    n = parser.parse_args().simulations
    print(HEAD.format(n=n, rows=N_ROWS, error=196 * np.sqrt(0.05 * 0.95 / n)))
    print("## Events in which an equal entry is called worse (aim: at most 5 %)")
    print(wrongly_told_apart(n))
    print("\n## 95 % intervals of a score that hold its true value (aim: 95 %)")
    print(coverage(n))


if __name__ == "__main__":
    main()
