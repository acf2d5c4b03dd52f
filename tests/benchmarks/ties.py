"""How often equal entries are told apart, and how often intervals hold the truth: by simulation.

    python tests/benchmarks/ties.py > docs/statistics.md
    python tests/benchmarks/ties.py --simulations 100      # quicker, coarser

Every entry is exactly as good as every other one, and the data choose the leader. So whoever is
called worse is called so wrongly. Ours is `rampflow.ranking`; beside it what is often done. All
methods see the same events.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.signal import lfilter
from scipy.stats import norm, ttest_rel

from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.ranking.compare import Comparison, compare_all
from rampflow.ranking.intervals import score_intervals
from rampflow.ranking.memory import Pieces, pieces_of
from rampflow.ranking.replicates import replicate_scores
from rampflow.ranking.resample import block_counts

N_ROWS, N_REPLICATES, LEVEL, N_FOLDS, N_DRAWS = 594, 1000, 0.95, 8, 50
COUNTS = (2, 12, 40)
FEW = (2, 12)
"""Entries of an event where other series, and power, are simulated."""
MORE = 25
"""Per cent by which the errors of the worse entry are larger, where power is simulated."""
OTHER_HEAD = """\
Events of 2 and of 12 entries: in which an equal entry is called worse (aim: at most 5 %); in which
an entry whose errors are {more:.0f} % larger is told apart from the leader; and intervals that hold
the true score (aim: 95 %). In brackets the same without what blocks miss of the memory."""
Predictions = make_regression()
METRIC = RMSE()
HEAD = """# Ties and intervals: do they hold?

Made by `python tests/benchmarks/ties.py > docs/statistics.md`: {n} simulated events per number, so
a share of 5 % is known to about ±{error:.1f} points. Each has {rows} rows, where nothing else is
said, and entries of exactly equal skill, whose errors are correlated with each other (.5), as those
of good entries are. The data choose the leader. The metric is the RMSE; errors of a time series are
autoregressive, with the correlation of neighbours that is given. What the board does is described
in [evaluation.md](evaluation.md).
"""


@dataclass(frozen=True)
class Kind:
    """A kind of rows: how many, the correlation of neighbours, and the length of blocks."""

    memory: float
    block: int
    n_rows: int = N_ROWS


INDEPENDENT, SERIES = Kind(0.0, 1), Kind(0.8, 24)
OTHERS = (
    SERIES,
    Kind(0.8, 12),
    Kind(0.8, 48),
    Kind(0.5, 24),
    Kind(0.9, 24),
    Kind(0.8, 24, 240),
    Kind(0.8, 12, 240),
)


def errors_of(n_entries: int, kind: Kind, rng: np.random.Generator) -> np.ndarray:
    """Return errors of variance 1: half shared by all entries, half of each entry's own."""
    white = rng.normal(size=(kind.n_rows + 200, n_entries + 1))
    scale = np.sqrt(1 - kind.memory**2)
    found = lfilter([scale], [1, -kind.memory], white, axis=0)[200:]
    return np.asarray(np.sqrt(0.5) * (found[:, :1] + found[:, 1:]))


@cache
def draws(n_rows: int, block: int) -> list[np.ndarray]:
    """Return the draws of rows; an event has one of them, as those of a board are the same."""
    rng = np.random.default_rng([n_rows, block])
    return [block_counts(n_rows, N_REPLICATES, block, rng) for _ in range(N_DRAWS)]


class Sample:
    """The rows of an event, and their scores when they are drawn again."""

    def __init__(self, errors: np.ndarray, block: int, rng: np.random.Generator) -> None:
        self.errors, self.block, self.n_rows = errors, block, len(errors)
        self.truth = Predictions(y_true=np.zeros(self.n_rows))
        self.predictions = [Predictions(y_pred=column) for column in errors.T]
        self.scores = np.array([METRIC.score_function(self.truth, p) for p in self.predictions])
        counts = draws(self.n_rows, block)[rng.integers(N_DRAWS)]
        self.replicates = replicate_scores(METRIC, self.truth, self.predictions, counts)

    @cached_property
    def pieces(self) -> Pieces | None:
        """What pieces of a series contribute."""
        return pieces_of(METRIC, self.truth, self.predictions, self.block)

    def compared(self, *, has_memory: bool = True) -> Comparison:
        """Return the pairs, as the board has them or without what blocks miss of the memory."""
        return compare_all(
            self.scores,
            self.replicates,
            LEVEL,
            self.n_rows / self.block,
            is_lower_the_better=True,
            pieces=self.pieces if has_memory else None,
        )

    def holds_true_score(self, *, has_memory: bool = True) -> bool:
        """Tell whether the interval of the first entry holds 1."""
        low, high = score_intervals(
            METRIC,
            self.scores[:1],
            self.replicates[:, :1],
            self.n_rows,
            LEVEL,
            block=self.block,
            pieces=self.pieces if has_memory else None,
        )
        return bool(low[0] <= 1 <= high[0])

    @cached_property
    def p_values(self) -> np.ndarray:
        """Two-sided p values of every entry against the leader, by the bootstrap's error."""
        leader = int(np.argmin(self.scores))
        others = np.delete(np.arange(len(self.scores)), leader)
        differences = self.replicates[:, others] - self.replicates[:, [leader]]
        behind = self.scores[others] - self.scores[leader]
        return np.asarray(2 * norm.sf(behind / differences.std(axis=0, ddof=1)))


def fold_test(errors: np.ndarray, rng: np.random.Generator) -> bool:
    """Tell whether a paired t test over the scores of resampled folds calls anyone worse."""
    n_rows = len(errors)
    folds = [rng.choice(n_rows, n_rows // 5, replace=False) for _ in range(N_FOLDS)]
    scores = np.array([np.sqrt(np.mean(errors[rows] ** 2, axis=0)) for rows in folds])
    leader = int(np.argmin(scores.mean(axis=0)))
    others = np.delete(scores, leader, axis=1)
    return bool(ttest_rel(others, scores[:, [leader]]).pvalue.min() < 1 - LEVEL)


OURS, NO_MEMORY = "rampflow: largest of all pairs", "the same, without what blocks miss"
ROWS_ALONE = "the same, rows taken as independent"
Method = Callable[[Sample, np.random.Generator], bool]
METHODS: dict[str, Method] = {
    OURS: lambda sample, rng: bool(sample.compared().is_worse.any()),
    NO_MEMORY: lambda sample, rng: bool(sample.compared(has_memory=False).is_worse.any()),
    ROWS_ALONE: lambda sample, rng: bool(Sample(sample.errors, 1, rng).compared().is_worse.any()),
    "Holm over the comparisons with the leader": lambda sample, rng: bool(
        sample.p_values.min() < (1 - LEVEL) / len(sample.p_values)
    ),
    "each against the leader at 5 %": lambda sample, rng: bool(sample.p_values.min() < 1 - LEVEL),
    "paired t test over 8 resampled folds, at 5 %": lambda sample, rng: fold_test(
        sample.errors, rng
    ),
}


def share_of(found: list[bool]) -> str:
    """Return a share in per cent."""
    return f"{100 * np.mean(found):.1f} %"


def samples(
    n_simulations: int, n_entries: int, kind: Kind
) -> Iterator[tuple[Sample, np.random.Generator]]:
    """Yield events one by one, each with a generator of its own."""
    seeds = [kind.n_rows, kind.block, round(100 * kind.memory), n_entries]
    for i in range(n_simulations):
        rng = np.random.default_rng([*seeds, i])
        yield Sample(errors_of(n_entries, kind, rng), kind.block, rng), rng


def wrongly_told_apart(n_simulations: int, kind: Kind) -> str:
    """Return the table of events in which somebody is wrongly called worse."""
    names = [n for n in METHODS if kind.block > 1 or n not in (NO_MEMORY, ROWS_ALONE)]
    shares: dict[str, list[str]] = {name: [] for name in names}
    for n_entries in COUNTS:
        wrong: dict[str, list[bool]] = {name: [] for name in names}
        for sample, rng in samples(n_simulations, n_entries, kind):
            for name in names:
                wrong[name].append(METHODS[name](sample, rng))
        for name in names:
            shares[name].append(share_of(wrong[name]))
    lines = ["| entries | " + " | ".join(map(str, COUNTS)) + " |", "|---|" + "---|" * len(COUNTS)]
    return "\n".join(lines + [f"| {name} | {' | '.join(shares[name])} |" for name in names])


def coverage(n_simulations: int) -> str:
    """Return the table of intervals that hold the true score 1."""
    lines = [
        "| | rampflow | without what blocks miss | rows taken as independent |",
        "|---|" + "---|" * 3,
    ]
    for name, kind in (("independent rows", INDEPENDENT), ("a time series", SERIES)):
        found: list[list[bool]] = [[], [], []]
        for sample, rng in samples(n_simulations, 1, kind):
            found[0].append(sample.holds_true_score())
            found[1].append(sample.holds_true_score(has_memory=False))
            alone = sample if kind.block == 1 else Sample(sample.errors, 1, rng)
            found[2].append(alone.holds_true_score())
        lines.append(f"| {name} | {' | '.join(map(share_of, found))} |")
    return "\n".join(lines)


def other_series(n_simulations: int) -> str:
    """Return the table of other series: wrongly told apart, power and intervals."""
    heads = [f"{what}, {n}" for what in ("told apart wrongly", "told apart rightly") for n in FEW]
    lines = ["| rows | correlation | block | " + " | ".join([*heads, "intervals"]) + " |"]
    lines += ["|---|" + "---|" * (3 + len(heads))]
    for kind in OTHERS:
        few, many = (found_in(n_simulations, n_entries, kind) for n_entries in FEW)
        columns = (few[0], many[0], few[1], many[1], few[2])
        first = f"| {kind.n_rows} | {kind.memory} | {kind.block} | "
        lines.append(first + " | ".join(map(both, columns)) + " |")
    return "\n".join(lines)


Pairs = list[tuple[bool, bool]]


def found_in(n_simulations: int, n_entries: int, kind: Kind) -> tuple[Pairs, Pairs, Pairs]:
    """Tell of each event, with what blocks miss and without, what happens.

    Whether an equal entry is called worse; whether a worse one is, when it is held against the
    leader; and whether the interval holds the true score.
    """
    wrong, right, held = [], [], []
    for sample, rng in samples(n_simulations, n_entries, kind):
        wrong.append(of_both(lambda has, one=sample: one.compared(has_memory=has).is_worse.any()))
        held.append(of_both(lambda has, one=sample: one.holds_true_score(has_memory=has)))
        errors = sample.errors.copy()
        errors[:, -1] *= 1 + MORE / 100
        unequal = Sample(errors, kind.block, rng)
        pair = (-1, int(np.argmin(unequal.scores)))
        right.append(
            of_both(lambda has, one=unequal, pair=pair: one.compared(has_memory=has).is_worse[pair])
        )
    return wrong, right, held


def of_both(way: Callable[[bool], bool]) -> tuple[bool, bool]:
    """Return what is found with what blocks miss of the memory, and without."""
    return bool(way(True)), bool(way(False))


def both(found: Pairs) -> str:
    """Return our share, and in brackets the one without what blocks miss."""
    ours, without = 100 * np.mean(found, axis=0)
    return f"{ours:.1f} % ({without:.1f})"


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=800)
    n = parser.parse_args().simulations
    print(HEAD.format(n=n, rows=N_ROWS, error=196 * np.sqrt(0.05 * 0.95 / n)))
    print("## Events in which an equal entry is called worse (aim: at most 5 %)\n")
    print("**Independent rows**\n")
    print(wrongly_told_apart(n, INDEPENDENT))
    print(f"\n**A time series (errors correlated .8)**, blocks of {SERIES.block}\n")
    print(wrongly_told_apart(n, SERIES))
    print("\n## 95 % intervals of a score that hold its true value (aim: 95 %)\n")
    print(coverage(n))
    print(f"\n## Other series, and what is still seen\n\n{OTHER_HEAD.format(more=MORE)}\n")
    print(other_series(n))


if __name__ == "__main__":
    main()
