"""What a step of a submission may take."""

from __future__ import annotations

from dataclasses import dataclass

from rampflow.sandbox.arrange import Needs


@dataclass(frozen=True)
class StepLimits:
    """What a step may take, all of its processes together.

    Parameters
    ----------
    time_s : float
        Wall seconds.
    memory_mb : float
        Memory, in MB (10⁶ bytes).
    threads : int
        BLAS and OpenMP threads.
    cpu_s : float, optional
        CPU seconds; None for as many as the wall seconds give.
    processes : int
        Processes and threads.
    open_files : int
        Open files of each process.
    output_mb : float
        What it prints, in MB.
    disk_mb : float
        What it writes to its temporary folder, in MB.
    """

    time_s: float
    memory_mb: float
    threads: int
    cpu_s: float | None = None
    processes: int = 256
    open_files: int = 1024
    output_mb: float = 20.0
    disk_mb: float = 1000.0

    @property
    def needs(self) -> Needs:
        """What the kernel is told of it."""
        return Needs(
            memory_mb=self.memory_mb,
            cpu_s=self.cpu_s,
            processes=self.processes,
            open_files=self.open_files,
            output_mb=self.output_mb,
            disk_mb=self.disk_mb,
        )
