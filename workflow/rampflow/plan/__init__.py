"""What an event needs, what exists, and why something is stale. Asked by everyone, runs nothing."""
