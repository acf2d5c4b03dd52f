"""The aggregates of an event: its cells read, combined and written as result files.

The algorithms are in `rampflow.ensemble`; here are the files. One module per step of the workflow:
`bagging`, `blending`, `leaderboard`.
"""
