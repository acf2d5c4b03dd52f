"""Attacks on an evaluation, run for real and judged from outside. See ``docs/attacks.md``."""
