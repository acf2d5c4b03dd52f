"""The keys of ``config/events/<event>.yaml``, ``submission.yaml`` and ``config/teams.yaml``.

The documentation of a key is its ``description`` here; ``docs/configuration.md`` is made from it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from rampflow.config.challenge import Challenge, PredictionFile, Rules
from rampflow.config.loading import Schema
from rampflow.config.names import NAME, NAME_RULE, FileName, Moment, Name, Source, Text

__all__ = [
    "NAME",
    "NAME_RULE",
    "Blend",
    "Challenge",
    "Credit",
    "Defaults",
    "Event",
    "Limits",
    "Member",
    "PredictionFile",
    "Resources",
    "Rules",
    "SubmissionFile",
    "Team",
    "Uncertainty",
    "Wish",
]


class Limits(Schema):
    """What a step of a submission may take, all of its processes together.

    A problem (a dict ``limits`` in ``problem.py``) or a submission may ask for less, never for
    more.
    """

    time_s: float = Field(
        default=600, gt=0, description="Wall seconds of one train or predict step."
    )
    memory_mb: int = Field(
        default=2000, gt=0, description="Memory of one step and all its processes, in MB (10⁶ B)."
    )
    cpu_s: float | None = Field(default=None, gt=0, description="CPU seconds of one step.")
    processes: int = Field(
        default=256, gt=0, description="Processes and threads of one step at a time."
    )
    open_files: int = Field(default=1024, ge=64, description="Open files of each process.")
    output_mb: float = Field(default=20, gt=0, description="What one step prints, in MB.")
    disk_mb: float = Field(
        default=1000, gt=0, description="Temporary files of one step, and its model, in MB."
    )


class Blend(Schema):
    """How submissions are combined (greedy forward selection with replacement)."""

    max_members: int = Field(
        default=80, ge=1, description="Most members of a fold's blend, repeats counted."
    )
    min_improvement: float = Field(
        default=0.0,
        ge=0,
        description="A member is added only if it improves the score by more than this.",
    )


class Uncertainty(Schema):
    """How sure the board is made to be: a paired bootstrap of the rows that rank."""

    level: float = Field(
        default=0.95,
        gt=0.5,
        lt=1,
        description="Confidence: of each interval, and that no two entries are told apart wrongly.",
    )
    block: int = Field(
        default=1,
        ge=1,
        description="Rows that are drawn together: 1 where rows are independent; in a time series "
        "at least as many as errors remember.",
    )
    replicates: int = Field(
        default=2000, ge=200, le=100_000, description="How often the rows are drawn."
    )


class Cluster(Schema):
    """What a cluster is told of the jobs of an event; a profile says it for all events."""

    partition: Text | None = Field(default=None, description="The partition.")
    account: Text | None = Field(default=None, description="Who pays.")
    qos: Text | None = Field(default=None, description="The quality of service.")
    constraint: Text | None = Field(default=None, description="Features that a node must have.")
    gpus: int = Field(
        default=0,
        ge=0,
        le=64,
        description="The most GPUs that a step may ask for, also without a cluster.",
    )


class Event(Schema):
    """``config/events/<event>.yaml``: a problem, a time, rules."""

    title: Text = Field(description="What people read.")
    problem: Name = Field(description="The folder below `problems/`.")
    kind: Literal["ramp", "challenge"] = Field(
        default="ramp",
        description="`ramp`: teams hand in code. `challenge`: code or predictions of the test "
        "set, which has a public and a private board.",
    )
    phase: Literal["open", "closed"] = Field(
        description="`open`: the bagged validation score ranks. `closed`: the test score does, "
        "where the problem has a test set (which one: `final`). In a challenge the private board "
        "is made once it is closed."
    )
    opened: Moment | None = Field(
        default=None, description="Start, with a time zone. What is handed in earlier is refused."
    )
    public_code: Moment | None = Field(
        default=None,
        description="From then on teams see each other's code; building on it earlier is refused.",
    )
    closed: Moment | None = Field(
        default=None, description="End, with a time zone. What is handed in later is refused."
    )
    rules: Rules = Field(default=Rules(), description="How often a team may hand in.")
    challenge: Challenge = Field(
        default=Challenge(), description="What a challenge adds (`kind: challenge`)."
    )
    note: str = Field(default="", max_length=2000, description="A remark shown on the page.")
    seed: int = Field(default=1000, ge=0, lt=2**31, description="Fold k is trained with seed + k.")
    threads: int = Field(
        default=1, ge=1, le=1024, description="BLAS and OpenMP threads of every step."
    )
    limits: Limits = Field(default=Limits(), description="What a step may take.")
    sandbox: Literal["auto", "bwrap", "landlock", "none"] = Field(
        default="auto",
        description="What confines a submission's steps. `auto`: bubblewrap where it works, else "
        "Landlock, else nothing is run. `none`: nothing does, for code you trust: the board and "
        "the page say so.",
    )
    cluster: Cluster = Field(
        default=Cluster(), description="Where jobs run on a cluster: see [cluster.md](cluster.md)."
    )
    blend: Blend = Field(default=Blend(), description="How submissions are combined.")
    uncertainty: Uncertainty = Field(
        default=Uncertainty(), description="How intervals and ties are found."
    )
    final: Literal["bagged", "refit"] = Field(
        default="bagged",
        description="The test score that ranks once the event is closed. `bagged`: that of the "
        "folds' combined predictions. `refit`: that of one more fit, on all training rows.",
    )
    data_source: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="File (from the project folder) or URL that the data are imported from where "
        "the problem has none yet; `rampflow data import` replaces them.",
    )
    keep_models: bool = Field(default=False, description="Keep what training left, per cell.")
    tolerance: float = Field(
        default=1e-9,
        ge=0,
        description="Largest relative difference of predictions and scores that `rampflow verify` "
        "calls within tolerance.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Event:
        names = ("opened", "public_code", "closed")
        known = [(name, getattr(self, name)) for name in names if getattr(self, name)]
        for (earlier, start), (later, end) in pairwise(known):
            if end < start:
                raise ValueError(f"the key {later!r} is earlier than {earlier!r}")
        return self

    @model_validator(mode="after")
    def _kind(self) -> Event:
        if self.kind == "ramp" and "challenge" in self.model_fields_set:
            raise ValueError("the key 'challenge' needs 'kind: challenge'")
        if self.kind == "challenge" and self.final == "refit":
            raise ValueError("a challenge has no 'final: refit': bagged test predictions rank")
        return self


class Credit(Schema):
    """One source of a submission."""

    submission: Source = Field(description="The source, as `team/model`, of the same event.")
    credit: float = Field(
        gt=0, le=1, description="The share of the contributivity that passes on to it."
    )


class Wish(Schema):
    """Limits that are asked for; capped by the event's."""

    time_s: float | None = Field(default=None, gt=0, description="Wall seconds of a step.")
    memory_mb: int | None = Field(default=None, gt=0, description="Memory of a step, in MB.")
    cpu_s: float | None = Field(default=None, gt=0, description="CPU seconds of a step.")
    processes: int | None = Field(default=None, gt=0, description="Processes and threads.")
    open_files: int | None = Field(default=None, ge=64, description="Open files of each process.")
    output_mb: float | None = Field(default=None, gt=0, description="What it prints, in MB.")
    disk_mb: float | None = Field(default=None, gt=0, description="Temporary files, in MB.")


class Resources(Wish):
    """What a submission asks for; capped by the event's limits."""

    threads: int | None = Field(default=None, ge=1, description="BLAS and OpenMP threads.")
    gpus: int = Field(
        default=0, ge=0, description="GPUs of a step, capped by the event's `cluster.gpus`."
    )


class SubmissionFile(Schema):
    """``submissions/<event>/<team>/<model>/submission.yaml``."""

    team: Name = Field(description="The team: the name of the folder above.")
    display_name: Text | None = Field(
        default=None, description="What people read; the folder's name if absent."
    )
    submitted_at: Moment = Field(description="The time handed in, with a time zone.")
    entry: tuple[FileName, ...] = Field(
        min_length=1, strict=False, description="The files that the problem's workflow loads."
    )
    final: bool = Field(
        default=False,
        description="In a challenge: the team chooses this entry for the private board.",
    )
    builds_on: tuple[Credit, ...] = Field(
        default=(), strict=False, description="Declared sources with their credit (sum at most 1)."
    )
    resources: Resources = Field(default=Resources(), description="What a step needs.")

    @model_validator(mode="after")
    def _credits(self) -> SubmissionFile:
        if sum(c.credit for c in self.builds_on) > 1 + 1e-12:
            raise ValueError("the credits of 'builds_on' sum to more than 1")
        names = [c.submission for c in self.builds_on]
        if len(set(names)) < len(names):
            raise ValueError("a submission is named twice in 'builds_on'")
        if len(set(self.entry)) < len(self.entry):
            raise ValueError("a file is named twice in 'entry'")
        return self


class Member(Schema):
    """A person of a team who agreed to be named."""

    name: Text = Field(description="The person's name.")
    affiliation: Text | None = Field(default=None, description="Where they work.")


class Team(Schema):
    """One team of ``config/teams.yaml``."""

    display_name: Text = Field(description="What people read.")
    members: tuple[Member, ...] = Field(
        default=(), strict=False, description="People who agreed to be named."
    )


class Defaults(Schema):
    """``config/config.yaml``."""

    event: Name = Field(description="The event that `make run` and plain `snakemake` evaluate.")
    pack_s: float = Field(
        default=60.0,
        ge=0,
        description="Seconds that a job aims at: short cells of a submission share a job, and in "
        "it one start. 0 gives every step of every cell a job of its own.",
    )
    cluster_pack_s: float = Field(
        default=1800.0,
        ge=0,
        description="The same on a cluster, where a job has to wait; a cell is never divided.",
    )
    cell_s: float = Field(
        default=60.0,
        gt=0,
        description="Seconds that a cluster is told of a cell whose submission nobody has run.",
    )
