"""rampflow: turns a data challenge into a reproducible evaluation.

The map of the package is `docs/structure.md`.
"""

__version__ = "0.1.0"
