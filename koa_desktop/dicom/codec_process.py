"""A child process for the codecs: a hostile or damaged file kills or hangs it, not the program.

The process starts with the first compressed file, serves all later ones in turn, and is replaced
where it dies, hangs or grows. On POSIX its memory is limited and it may write no file; on Windows
the limits on time and on the picture's size hold.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.codecs import Frame, decompress
from koa_desktop.errors import ReadError
from koa_desktop.system.log import logger

START_SECONDS = 180.0  # a virus scanner reads every library first; a dead process ends at once
DECODE_SECONDS = 30.0
MEMORY_BYTES = 4 * 2**30

_DAMAGED = "The compressed picture in this file is damaged and can't be decoded."
_DIED = "The compressed picture in this file broke the decoder: the file is damaged or hostile."
_HUNG = "The compressed picture in this file took too long to decode: the file may be damaged."
_NO_START = "The decoder for compressed pictures can't be started: restart the program."
_NO_MEMORY = "The compressed picture in this file needs more memory than is allowed."

_LOG = logger(__name__)


class _Worker:
    """One decoder process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=_serve, args=(theirs,), name="koa-decoder", daemon=True
        )
        try:
            self.process.start()
        finally:
            theirs.close()
        try:
            if not self._pipe.poll(START_SECONDS):
                raise TimeoutError
            self._pipe.recv_bytes()
        except BaseException:
            self.end()
            raise

    def decompress(self, frame: Frame, data: bytes) -> tuple[dict[str, Any], bytes]:
        """Return the answer and the values' bytes. Raises TimeoutError, EOFError or OSError."""
        self._pipe.send_bytes(json.dumps(asdict(frame)).encode())
        self._pipe.send_bytes(data)
        if not self._pipe.poll(DECODE_SECONDS):
            raise TimeoutError
        answer = json.loads(self._pipe.recv_bytes())
        return answer, self._pipe.recv_bytes() if "dtype" in answer else b""

    def end(self) -> None:
        """End the process at once."""
        self._pipe.close()
        if self.process.pid is not None:
            self.process.kill()
            self.process.join(5)


_turn = threading.Lock()
_worker: _Worker | None = None


def decompressed(frame: Frame, data: bytes) -> NDArray[Any]:
    """Return grey values (H, W) or RGB (H, W, 3) of one compressed DICOM frame.

    Safe to call from several threads; they take turns. Raises ReadError.
    """
    global _worker  # noqa: PLW0603
    with _turn:
        try:
            if _worker is None or not _worker.process.is_alive():
                _worker = _started()
            answer, values = _worker.decompress(frame, data)
        except BaseException as error:
            if _worker is not None:
                _worker.end()
                _worker = None
            if isinstance(error, TimeoutError):
                raise ReadError(_HUNG) from None
            if isinstance(error, (EOFError, OSError, ValueError)):
                raise ReadError(_DIED) from None
            raise
    return _array(answer, values, frame)


def _started() -> _Worker:
    try:
        return _Worker()
    except (TimeoutError, EOFError, OSError) as error:
        _LOG.error("The decoder process did not start.", exc_info=error)
        raise ReadError(_NO_START) from error


def _array(answer: dict[str, Any], values: bytes, frame: Frame) -> NDArray[Any]:
    """Check the answer against what was asked: the process may have been taken over."""
    if "refused" in answer:
        raise ReadError(_NO_MEMORY if answer["refused"] == "MemoryError" else _DAMAGED)
    try:
        array = np.frombuffer(values, np.dtype(str(answer["dtype"]))).reshape(answer["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(_DAMAGED) from error
    if array.shape[:2] != (frame.rows, frame.columns) or array.ndim > 3:
        raise ReadError(_DAMAGED)
    return array


def _serve(pipe: Connection) -> None:
    """Decode frame after frame until the app closes the pipe or ends."""
    _confine()
    # Loaded now, not at the first frame, whose time is limited.
    import gdcm
    import pydicom.pixels

    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    try:
        pipe.send_bytes(b"ready")
        while True:
            frame = Frame(**json.loads(pipe.recv_bytes()))
            _answer(pipe, frame, pipe.recv_bytes())
    except (EOFError, OSError):
        return


def _answer(pipe: Connection, frame: Frame, data: bytes) -> None:
    try:
        values = np.ascontiguousarray(decompress(frame, data))
    except Exception as error:
        pipe.send_bytes(json.dumps({"refused": type(error).__name__}).encode())
        return
    answer = {"dtype": values.dtype.str, "shape": values.shape}
    pipe.send_bytes(json.dumps(answer).encode())
    pipe.send_bytes(values.tobytes())


def _confine() -> None:
    """Give up what the codecs do not need: memory, files, the terminal, the user's interrupts."""
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

        _limit(resource.RLIMIT_AS, _address_space() + MEMORY_BYTES)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, 0)


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
