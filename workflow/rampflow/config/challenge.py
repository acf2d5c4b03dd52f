"""Keys that a data challenge adds: its rules, its two boards, and what describes an entry."""

from __future__ import annotations

from pydantic import Field

from rampflow.config.loading import Schema
from rampflow.config.names import Moment, Name, Text


class Rules(Schema):
    """How often a team may hand in. Times are those stated by the entries, never a clock's."""

    min_delay_min: float = Field(
        default=0,
        ge=0,
        le=1e6,
        description="Minutes that have to pass between two entries of a team.",
    )
    per_day: int | None = Field(
        default=None,
        ge=1,
        description="Entries of a team on one calendar day, in the time zone of `opened` (UTC "
        "without one). Not limited if left out.",
    )


class Challenge(Schema):
    """The public and the private part of the test set, and what their boards show."""

    public_share: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="Share of the test rows that the public board is made of; the others are "
        "private.",
    )
    seed: int = Field(
        default=57,
        ge=0,
        lt=2**31,
        description="Which rows these are: a hash of this number and the id of a row decides.",
    )
    finals: int = Field(
        default=2,
        ge=1,
        description="Entries that a team may choose for the private board (`final: true`).",
    )
    prizes: int = Field(
        default=0, ge=0, description="So many ranks are marked as being in the money."
    )
    baselines: tuple[Name, ...] = Field(
        default=(),
        strict=False,
        description="Teams of the organisers: their entries are rows without a rank.",
    )
    max_mb: float = Field(
        default=64, gt=0, le=4096, description="Largest file of predictions, in MB (10⁶ B)."
    )


class PredictionFile(Schema):
    """``submissions/<event>/<team>/<entry>.yaml``, beside the predictions ``<entry>.csv``."""

    team: Name = Field(description="The team: the name of the folder.")
    display_name: Text | None = Field(
        default=None, description="What people read; the name of the file if absent."
    )
    submitted_at: Moment = Field(description="The time handed in, with a time zone.")
    final: bool = Field(
        default=False, description="The team chooses this entry for the private board."
    )
    model: Name | None = Field(
        default=None,
        description="The code that made the predictions: a folder of the same team. It is marked "
        "as uploaded.",
    )
