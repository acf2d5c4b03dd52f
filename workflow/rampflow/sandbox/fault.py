"""What is raised where a process cannot be confined."""

from __future__ import annotations

from rampflow.errors import Fault


class SandboxError(Fault):
    """A process could not be confined as asked: no code of a submission has run in it."""
