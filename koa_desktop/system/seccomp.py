"""Linux' filter of system calls (seccomp): a process that needs no file and no network gets none.

It filters on x86-64 alone, for which releases for Linux are built.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS
_SECCOMP = 317  # the number of seccomp(2) itself
_SET_FILTER, _ALL_THREADS = 1, 1  # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC
_X86_64 = 0xC000003E  # AUDIT_ARCH_X86_64
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EACCES

# What is left: memory, waiting, and the pipes and files that are open already. All other calls are
# refused, such as those that open, connect, start or signal.
_ALLOWED = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "pread64": 17,
    "recvmsg": 47, "getsockname": 51, "pipe2": 293, "dup2": 33,
    "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "mremap": 25, "madvise": 28,
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sigaltstack": 131,
    "sched_yield": 24, "nanosleep": 35, "clock_nanosleep": 230, "futex": 202, "rseq": 334,
    "setitimer": 38, "clock_gettime": 228, "getrandom": 318, "restart_syscall": 219,
    "getpid": 39, "gettid": 186, "sched_getaffinity": 204, "sysinfo": 99,
    "exit": 60, "exit_group": 231,
}  # fmt: skip
# Allowed with one value of one argument: its place and the value.
_ALLOWED_WITH = {
    16: (1, 0x5421),  # ioctl, FIONBIO, which lets a pipe not wait
    72: (1, 1030),  # fcntl, F_DUPFD_CLOEXEC; other commands send signals
    302: (0, 0),  # prlimit64, of this process alone
}


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def keep_only_what_is_open() -> bool:
    """Refuse this process, for good, every file, connection and process that it does not have yet.

    Refused calls fail with EACCES. Returns whether the system filters from now on.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64" or sys.maxsize < 2**32:
        return False
    system = ctypes.CDLL(None)
    code = _instructions()
    program = _Program(len(code) // 8, code)
    if system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not system.syscall(_SECCOMP, _SET_FILTER, _ALL_THREADS, ctypes.byref(program))


def _instructions() -> bytes:
    """Return the filter as a program of classic BPF, which reads a struct seccomp_data."""
    architecture, number, arguments = 4, 0, 16  # the places of its fields
    refuse, allow = _end(_REFUSE), _end(_ALLOW)
    # A call of 32 bits has other numbers.
    program = [_load(architecture), _skip(_X86_64, 1, 0), refuse, _load(number)]
    for call in _ALLOWED.values():
        program += [_skip(call, 0, 1), allow]
    for call, (place, value) in _ALLOWED_WITH.items():
        argument = arguments + 8 * place
        program += [_skip(call, 0, 4), _load(argument), _skip(value, 0, 1), allow, refuse]
    return b"".join([*program, refuse])


def _load(place: int) -> bytes:
    """Load 32 bits: BPF_LD, BPF_W, BPF_ABS."""
    return struct.pack("=HBBI", 0x20, 0, 0, place)


def _skip(value: int, equal: int, other: int) -> bytes:
    """Skip so many instructions where the loaded bits equal a value, or do not: BPF_JEQ."""
    return struct.pack("=HBBI", 0x15, equal, other, value)


def _end(answer: int) -> bytes:
    """End with an answer: BPF_RET."""
    return struct.pack("=HBBI", 0x06, 0, 0, answer)
