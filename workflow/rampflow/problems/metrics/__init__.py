"""Metrics: how a prediction is scored against the truth.

Each family has its own module (`regression`, `classification`, `significance`, `combined`); import
a metric from there. A metric's code is part of the key of every score it made, so each depends on
little: changing one re-scores what used it and nothing else.
"""
