"""A data challenge: predictions are read, the test set is split, teams stand on two boards."""
