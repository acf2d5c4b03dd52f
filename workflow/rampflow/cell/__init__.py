"""One submission on one fold: its keys, and prepare, train, predict, score; the record.

Trusted steps never run a submission's code; `rampflow.cell.runner` is the only module that does,
in a process of its own that never holds a hidden label.
"""
