"""What a process has cost so far, read from /proc."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.cli.local.processes import Process

_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


def cpu_seconds(processes: Sequence[Process]) -> float:
    """User and system time of these processes together."""
    return sum(_ticks(process.pid) for process in processes) / _TICKS_PER_SECOND


def peak_megabytes(processes: Sequence[Process]) -> dict[str, float]:
    """The largest resident memory that each has had, by the service's name."""
    return {process.name.removeprefix("floor-"): round(_peak_kilobytes(process.pid) / 1024, 1) for process in processes}


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _peak_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
