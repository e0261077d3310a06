"""Prints of the codecs: the only way in which libjpeg, as gdcm brings it, tells of damage."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_STDERR = 2
_MOST = 4096
# jerror.h of the Independent JPEG Group; one such line is printed at most for each picture.
_DAMAGE = (b"Corrupt JPEG data", b"Premature end of JPEG")


def told_of_damage(decode: Callable[[], T]) -> tuple[T, bool]:
    """Return what `decode` returns, and whether libjpeg printed meanwhile that data are damaged.

    The whole process' standard error is caught: no other thread may print.
    """
    reading, writing = os.pipe()
    before = os.dup(_STDERR)
    try:
        if sys.platform != "win32":
            # A codec that prints more than the pipe holds is not to wait. Windows has no such pipe.
            os.set_blocking(writing, False)
        os.dup2(writing, _STDERR)
        try:
            result = decode()
        finally:
            os.dup2(before, _STDERR)
            os.close(writing)
        printed = os.read(reading, _MOST)
    finally:
        os.close(before)
        os.close(reading)
    return result, any(line in printed for line in _DAMAGE)
