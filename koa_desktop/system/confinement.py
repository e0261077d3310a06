"""Limits on a process that handles foreign bytes: it keeps no more than it needs.

On POSIX it may write no file and take no more memory than its task is allowed; on Windows a job
bounds its memory. Its prints are caught, for they may quote a file.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

MOST_BYTES = 4 * 2**30
_SPARE_SECONDS = 2.0


def confine() -> None:
    """Give up files, the terminal and the user's interrupts, for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Codecs print to the terminal; some of it comes from the file.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    if sys.platform == "win32":
        import ctypes

        # No dialog of Windows when a codec crashes: SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX.
        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002)
    else:
        import resource

        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, 0)


def bound_task(memory: int, seconds: float) -> None:
    """Allow `memory` bytes beside those taken already, and end the process after `seconds`.

    The other process ends it sooner; this one is for when that one has gone.
    """
    if sys.platform != "win32":
        import resource

        signal.setitimer(signal.ITIMER_REAL, seconds + _SPARE_SECONDS)
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = _address_space() + min(memory, MOST_BYTES)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def end_task() -> None:
    """Let the process wait for its next task as long as it takes."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit(kind: int, most: int) -> None:
    """Lower one of POSIX's limits, never raise it."""
    if sys.platform != "win32":
        import resource

        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    """Return the bytes of address space already taken; NumPy takes some for each core."""
    statm = Path("/proc/self/statm")
    if sys.platform == "win32" or not statm.exists():
        return 0
    return int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
