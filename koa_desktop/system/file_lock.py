"""A lock on an open file, which ends with the process whatever becomes of it."""

from __future__ import annotations

import os
import sys

_FAR_BYTE = 2**40  # beyond the file's end, so that Windows lets others read what is in it


def lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; False where another process has locked it.

    True, too, on a share that knows no locks.
    """
    if sys.platform == "win32":
        import msvcrt

        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, place, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
