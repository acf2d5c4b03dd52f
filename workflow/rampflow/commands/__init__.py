"""The command line: one small module per user command, and the steps that the rules call."""
