"""Data sets: the DVC lock, making and verifying what it names, and storing X for the steps."""
