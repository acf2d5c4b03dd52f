"""Who contributed to the blend: shares of its members, and shares passed on to their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from rampflow.errors import ConfigError

FloatArray = npt.NDArray[np.float64]

# Credits are written by hand, so that a third three times may sum to a little more than 1.
CREDIT_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Contributivity:
    """Shares in the blend.

    Attributes
    ----------
    shares : ndarray of float, shape (n_submissions, n_folds)
        Share of each submission among the members of each fold's blend; columns sum to 1.
    mean : ndarray of float, shape (n_submissions,)
        Mean over folds; sums to 1. A fraction: pages show per cent.
    """

    shares: FloatArray
    mean: FloatArray


def contributivity(selections: Sequence[Sequence[int]], n_submissions: int) -> Contributivity:
    """Return each submission's share of the blend: ``mean over folds of count / members``.

    Parameters
    ----------
    selections : sequence of sequence of int, one per fold
        Members of the fold's blend, with repetition.
    n_submissions : int
        Number of candidates.

    Returns
    -------
    Contributivity
        Shares per fold and their mean.

    Raises
    ------
    ValueError
        If there is no fold, a fold has no member, or a member is not a candidate.
    """
    if not selections:
        raise ValueError("contributivity needs the members of one fold or more")
    shares = np.zeros((n_submissions, len(selections)))
    for fold, members in enumerate(selections):
        if not len(members) or min(members) < 0 or max(members) >= n_submissions:
            raise ValueError(
                f"fold {fold}: members {tuple(members)}, expected one or more of 0 to "
                f"{n_submissions - 1}"
            )
        counts = np.bincount(np.asarray(members), minlength=n_submissions)
        shares[:, fold] = counts / len(members)
    return Contributivity(shares, shares.mean(axis=1))


def historical_contributivity(
    contributivity: Mapping[str, float],
    submitted_at: Mapping[str, datetime],
    builds_on: Mapping[str, Mapping[str, float]],
) -> dict[str, float]:
    """Pass contributivity on to the submissions that others built on.

    From the newest to the oldest, a submission passes (its value before passing) × credit to each
    of its sources and keeps the rest. The sum is conserved.

    Parameters
    ----------
    contributivity : mapping of str to float
        Submission → its contributivity. A submission that is not there has none, such as one that
        failed: it can still be a source.
    submitted_at : mapping of str to datetime
        Every submission of the event → when it was handed in.
    builds_on : mapping of str to mapping of str to float
        Submission → its sources and the credit given to each, between 0 and 1.

    Returns
    -------
    dict of str to float
        Every submission, in the order of `submitted_at`.

    Raises
    ------
    ConfigError
        If a source does not exist or is not older, if a credit is not between 0 and 1, or if the
        credits of a submission sum to more than 1.
    """
    unknown = [name for name in contributivity if name not in submitted_at]
    if unknown:
        raise ConfigError(f"no time of submission is known for {', '.join(unknown)}")
    for name, credits in builds_on.items():
        _check_credits(name, credits, submitted_at)
    values = {name: float(contributivity.get(name, 0.0)) for name in submitted_at}
    # All of a submission's gains come from newer ones, so it has them all when its turn comes.
    for name in sorted(submitted_at, key=lambda key: submitted_at[key], reverse=True):
        before = values[name]
        for source, credit in builds_on.get(name, {}).items():
            values[source] += before * credit
            values[name] -= before * credit
    return values


def _check_credits(
    name: str, credits: Mapping[str, float], submitted_at: Mapping[str, datetime]
) -> None:
    where = f"submission {name}: builds_on"
    if name not in submitted_at:
        raise ConfigError("the submission does not exist", where=where)
    for source, credit in credits.items():
        if source not in submitted_at:
            raise ConfigError(
                f"it builds on {source}, which does not exist",
                where=where,
                do="name a submission of this event as team/model",
            )
        if submitted_at[source] >= submitted_at[name]:
            raise ConfigError(
                f"it builds on {source}, which is not older ({submitted_at[source].isoformat()} "
                f"is not before {submitted_at[name].isoformat()})",
                where=where,
                do="correct submitted_at, or take the source out",
            )
        if not 0 <= credit <= 1:
            raise ConfigError(f"the credit of {source} is {credit}, allowed: 0 to 1", where=where)
    if sum(credits.values()) > 1 + CREDIT_TOLERANCE:
        raise ConfigError(
            f"the credits sum to {sum(credits.values()):g}, at most 1 can be given away",
            where=where,
        )
