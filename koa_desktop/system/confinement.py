"""Limits on a process that handles foreign bytes: it keeps no more than it needs.

On POSIX it may write no file and take no more memory than its task is allowed; on Linux it opens
nothing once it is sealed. On Windows a job bounds its memory, and starts no other process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from functools import cache

from koa_desktop.system import seccomp

MOST_BYTES = 4 * 2**30
_SPARE_SECONDS = 2.0


def confine() -> None:
    """Give up files that could be written, and the user's interrupts, for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        # No dialog of Windows when a codec crashes: SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX.
        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002)
    else:
        import resource

        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, 0)


def seal() -> bool:
    """Give up opening files, connections and processes, for good, when all libraries are loaded.

    Returns whether the system enforces it, which only Linux on x86-64 does.
    """
    _memory_figures()
    return seccomp.keep_only_what_is_open()


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
    if sys.platform == "win32" or _memory_figures() < 0:
        return 0
    return int(os.pread(_memory_figures(), 100, 0).split()[0]) * os.sysconf("SC_PAGE_SIZE")


@cache
def _memory_figures() -> int:
    """Return the handle of the system's figures, which a sealed process could not open; or -1."""
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return -1


class Job:
    """Windows' bounds on another process, which ends with this one; elsewhere it has its own.

    `process` is its handle. Raises OSError.
    """

    _EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
    # JOB_OBJECT_LIMIT_ACTIVE_PROCESS, _PROCESS_MEMORY, _DIE_ON_UNHANDLED_EXCEPTION,
    # _KILL_ON_JOB_CLOSE
    _FLAGS = 0x0008 | 0x0100 | 0x0400 | 0x2000

    def __init__(self, process: int) -> None:
        self._handle = 0
        if sys.platform == "win32":
            kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel.CreateJobObjectW.restype = ctypes.c_void_p
            self._handle = kernel.CreateJobObjectW(None, None) or 0
            self.bound(MOST_BYTES)
            if not kernel.AssignProcessToJobObject(
                ctypes.c_void_p(self._handle), ctypes.c_void_p(process)
            ):
                raise ctypes.WinError(ctypes.get_last_error())

    def bound(self, memory: int) -> None:
        """Allow the process so many bytes in all."""
        if sys.platform == "win32":
            kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            limits = _ExtendedLimits(flags=self._FLAGS, processes=1, process_memory=memory)
            if not kernel.SetInformationJobObject(
                ctypes.c_void_p(self._handle),
                self._EXTENDED_LIMITS,
                ctypes.byref(limits),
                ctypes.sizeof(limits),
            ):
                raise ctypes.WinError(ctypes.get_last_error())

    def close(self) -> None:
        """End the process with its job. A second call does nothing."""
        handle, self._handle = self._handle, 0
        # By then Windows may have given the same number to something else.
        if sys.platform == "win32" and handle:
            ctypes.WinDLL("kernel32").CloseHandle(ctypes.c_void_p(handle))


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION, its three structures in one."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )
