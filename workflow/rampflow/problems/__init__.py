"""The contract between a problem and the evaluation.

A problem's ``problem.py`` is built from what lives here: prediction types (`predictions`), metrics
(`metrics`), cross-validation splitters (`splitters`) and workflows (`workflows`). Import each from
its own module: a cell's keys depend on the code that a problem reaches, and on no more.
"""
