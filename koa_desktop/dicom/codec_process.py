"""A child process for the codecs: a hostile or damaged file kills or hangs it, not the program.

The process starts with the first compressed file, serves all later ones in turn, and is replaced
where it dies, hangs or grows. On POSIX its memory is limited and it may write no file; on Windows
the limits on time and on the picture's size hold.

It is no ProcessPoolExecutor. A pool unpickles what its children send, and pickled data can run any
code: a hostile file that takes the child over would then rule the program. Here the answer is JSON
and raw bytes, and the parent checks both against what it asked for.
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

from koa_desktop.dicom.codecs import decompress
from koa_desktop.dicom.pixel_module import PixelModule
from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.system.log import logger

START_SECONDS = 180.0  # a virus scanner reads every library first; a dead process ends at once
DECODE_SECONDS = 30.0
MEMORY_BYTES = 4 * 2**30


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

    def decompress(self, module: PixelModule, data: bytes) -> tuple[dict[str, Any], bytes]:
        """Return the answer and the values' bytes. Raises TimeoutError, EOFError or OSError."""
        self._pipe.send_bytes(json.dumps(asdict(module)).encode())
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


def decompressed(module: PixelModule, data: bytes) -> NDArray[Any]:
    """Return grey values (H, W) or RGB (H, W, 3) of one compressed DICOM frame.

    Safe to call from several threads; they take turns. Raises ReadError.
    """
    global _worker  # noqa: PLW0603
    with _turn:
        try:
            if _worker is None or not _worker.process.is_alive():
                _worker = _started()
            answer, values = _worker.decompress(module, data)
        except BaseException as error:
            if _worker is not None:
                _worker.end()
                _worker = None
            if isinstance(error, TimeoutError):
                raise ReadError(ReadReason.DECODER_HUNG) from None
            if isinstance(error, (EOFError, OSError, ValueError)):
                raise ReadError(ReadReason.DECODER_DIED) from None
            raise
    return _array(answer, values, module)


def _started() -> _Worker:
    try:
        return _Worker()
    except (TimeoutError, EOFError, OSError) as error:
        _LOG.error("The decoder process did not start.", exc_info=error)
        raise ReadError(ReadReason.DECODER_NO_START) from error


def _array(answer: dict[str, Any], values: bytes, module: PixelModule) -> NDArray[Any]:
    """Check the answer against what was asked: the process may have been taken over."""
    if "refused" in answer:
        no_memory = answer["refused"] == "MemoryError"
        raise ReadError(ReadReason.DECODER_NO_MEMORY if no_memory else ReadReason.PIXELS_DAMAGED)
    try:
        array = np.frombuffer(values, np.dtype(str(answer["dtype"]))).reshape(answer["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(ReadReason.PIXELS_DAMAGED) from error
    samples = (module.samples_per_pixel,) if array.ndim == 3 else ()
    if array.shape != (module.rows, module.columns, *samples) or array.dtype.kind not in "iu":
        raise ReadError(ReadReason.PIXELS_DAMAGED)
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
            module = PixelModule(**json.loads(pipe.recv_bytes()))
            _answer(pipe, module, pipe.recv_bytes())
    except (EOFError, OSError):
        return


def _answer(pipe: Connection, module: PixelModule, data: bytes) -> None:
    try:
        values = np.ascontiguousarray(decompress(module, data))
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
