"""All attacks, by class."""

from __future__ import annotations

from tests.attacks.catalogue import (
    channels,
    cheats,
    files,
    labels,
    network,
    privileges,
    reports,
    resources,
    rivals,
    signals,
    splitting,
    supervision,
)

ATTACKS = (
    *labels.ATTACKS,
    *rivals.ATTACKS,
    *files.ATTACKS,
    *network.ATTACKS,
    *resources.ATTACKS,
    *signals.ATTACKS,
    *privileges.ATTACKS,
    *channels.ATTACKS,
    *splitting.ATTACKS,
    *supervision.ATTACKS,
    *cheats.ATTACKS,
    *reports.ATTACKS,
)
KINDS = tuple(dict.fromkeys(attack.kind for attack in ATTACKS))
