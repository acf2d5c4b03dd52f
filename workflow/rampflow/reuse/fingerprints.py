"""Tokens as a set of hashes: two texts share as many as they have passages in common.

Every run of `GRAM` tokens is hashed, and of every `WINDOW` neighbouring hashes the smallest is
kept (winnowing): a passage of ``GRAM + WINDOW - 1`` tokens that two texts share is always found,
wherever it stands.

S. Schleimer, D. S. Wilkerson, A. Aiken: Winnowing: local algorithms for document fingerprinting,
SIGMOD 2003.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from rampflow.reuse.tokens import code_tokens

GRAM = 12
WINDOW = 4


def fingerprints(tokens: Sequence[str]) -> frozenset[int]:
    """Return the fingerprints of tokens; none where there are fewer than `GRAM`.

    Parameters
    ----------
    tokens : sequence of str
        As `code_tokens` returns them.
    """
    hashes = [_hash(tokens[i : i + GRAM]) for i in range(len(tokens) - GRAM + 1)]
    if len(hashes) <= WINDOW:
        return frozenset(hashes[:1] and [min(hashes)])
    return frozenset(min(hashes[i : i + WINDOW]) for i in range(len(hashes) - WINDOW + 1))


def of_files(texts: Iterable[str]) -> frozenset[int]:
    """Return the fingerprints of several files together.

    Parameters
    ----------
    texts : iterable of str
        Their contents.
    """
    found: set[int] = set()
    for text in texts:
        found |= fingerprints(code_tokens(text))
    return frozenset(found)


def _hash(tokens: Sequence[str]) -> int:
    return int.from_bytes(blake2b("\0".join(tokens).encode(), digest_size=8).digest(), "big")
