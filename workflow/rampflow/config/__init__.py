"""Configuration: events, submissions and teams, typed; errors carry file and key."""
