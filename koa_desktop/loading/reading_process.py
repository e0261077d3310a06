"""The processes that read foreign files: a hostile file ends one of them, not the program.

Each starts in the background, serves one file after another, and is replaced where it dies, takes
too long or is stopped. It is no ProcessPoolExecutor: a pool unpickles what its processes send, and
a pickle can run any code.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.grey_values import MAX_PIXELS
from koa_desktop.loading.plain_data import built, plain
from koa_desktop.loading.wanted import (
    ANSWERS,
    FREE_MEMORY,
    SEALED,
    Fault,
    Film,
    Refused,
    Request,
    Wanted,
)
from koa_desktop.system.confinement import Job
from koa_desktop.system.incoming import incoming
from koa_desktop.system.log import logger
from koa_desktop.system.prints import MOST_BYTES
from koa_desktop.system.shared_block import GivingEnd

START_SECONDS = 180.0  # a virus scanner reads every library first; a dead process ends at once
LEAST_SECONDS = 5.0
MEGAPIXELS_A_SECOND = 10
LEAST_MEMORY = 400_000_000
# A byte of a file holds at most so many pixels of a film, and unpacks by DEFLATE to so many bytes:
# a file that claims more than it holds gets neither time nor memory for it.
PIXELS_A_BYTE = 100
BYTES_A_BYTE = 1000
MOST_MEMORY = 4 * 2**30
_BASE_MEMORY = 300_000_000  # of the libraries, before there is a file
_MOST_ANSWER = 64 * 2**20
_STEP_SECONDS = 0.05
IDLE_SECONDS = 60.0  # without a film, until its memory is freed: to fill new memory takes long
_DTYPES = ("|u1", "<u2", "<i2", "<f4")
_LOG = logger(__name__)


class ProgramError(Exception):
    """The program failed while it read a file; the log has the trace."""


class ReadingProcess:
    """One reading process and the pipe to it."""

    def __init__(self) -> None:
        from koa_desktop.loading.child import serve

        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._given, self._returned = GivingEnd(self._pipe), GivingEnd(self._pipe)
        self._is_ready = False
        self.is_busy = False  # from a request to the end of its answer
        self.process: BaseProcess = context.Process(
            target=serve, args=(theirs,), name="koa-reader", daemon=True
        )
        try:
            self.process.start()
        finally:
            theirs.close()
        try:
            self._job = Job(self.process.sentinel)
        except OSError:
            self.process.kill()
            raise

    def wait_until_ready(self, stopped: threading.Event | None) -> None:
        """Wait for the process to have started. Raises ReadError."""
        if self._is_ready:
            return
        try:
            self._wait(time.monotonic() + START_SECONDS, stopped)
            is_sealed = self._pipe.recv_bytes() == SEALED
        except (TimeoutError, EOFError, OSError) as error:
            _LOG.error("The reading process did not start.", exc_info=error)
            raise ReadError(ReadReason.READER_NO_START) from error
        if not is_sealed and sys.platform == "linux":
            _LOG.warning("This system lets the reading process open files and connections.")
        self._is_ready = True

    def fill(self, size: int, pieces: Iterator[bytes]) -> int:
        """Take in a file of at most `size` bytes; returns how many there were.

        Raises MemoryError, and ReadError as `pieces` do.
        """
        count = 0
        with memoryview(self._given.of_size(max(size, 1))) as whole:
            for piece in pieces:
                whole[count : count + len(piece)] = piece
                count += len(piece)
        return count

    def answer(
        self, wanted: Wanted, count: int, stopped: threading.Event | None
    ) -> tuple[Any, NDArray[Any] | None, str]:
        """Return the checked answer, grey values (H, W) of a film, and the file's checksum.

        The file's `count` bytes were taken in before. The answer may be Refused or Fault, too.
        Raises ReadError where `stopped` is set, MemoryError, TimeoutError, EOFError, OSError or
        ValueError.
        """
        request = request_for(wanted, count)
        deadline = time.monotonic() + request.seconds
        self.is_busy = True
        self._job.bound(_BASE_MEMORY + request.memory)
        self._pipe.send_bytes(json.dumps(plain(request)).encode())
        self._given.hand_over()
        # The checksum is made while the other process decodes.
        with memoryview(self._given.of_size(count)) as whole:
            checksum = hashlib.sha256(whole[:count]).hexdigest()
        self._wait(deadline, stopped)
        name, given, printed = json.loads(self._pipe.recv_bytes(_MOST_ANSWER))
        if printed:
            _LOG.warning("A codec printed:", extra={"printed": str(printed)[:MOST_BYTES]})
        kinds = {Refused.__name__: Refused, Fault.__name__: Fault}
        answer = built(kinds.get(name, ANSWERS[wanted]), given)
        is_film = isinstance(answer, Film)
        values = self._values(answer, deadline, stopped) if is_film else None
        self._given.trim()
        self.is_busy = False
        return answer, values, checksum

    def _values(self, film: Film, deadline: float, stopped: threading.Event | None) -> NDArray[Any]:
        height, width = film.info.height, film.info.width
        if film.dtype not in _DTYPES or not (height > 0 and 0 < width <= MAX_PIXELS // height):
            raise ValueError("no grey values of a film")
        dtype = np.dtype(film.dtype)
        memory = self._returned.of_size(height * width * dtype.itemsize)
        self._returned.hand_over()
        self._wait(deadline, stopped)
        self._pipe.recv_bytes(_MOST_ANSWER)
        values = np.frombuffer(memory, dtype, height * width).copy()
        self._returned.trim()
        return values.reshape(height, width)

    def _wait(self, deadline: float, stopped: threading.Event | None) -> None:
        """Wait for an answer. Raises TimeoutError, and ReadError where reading is stopped."""
        while not self._pipe.poll(_STEP_SECONDS):
            _check(stopped)
            if time.monotonic() > deadline:
                raise TimeoutError

    def free_memory(self) -> None:
        """Free the shared memory in both processes, while there is no film. Raises OSError."""
        self._given.close()
        self._returned.close()
        self._pipe.send_bytes(FREE_MEMORY)

    def end(self) -> None:
        """End the process at once."""
        self._pipe.close()
        if self.process.pid is not None:
            self.process.kill()
            self.process.join(5)
        self._job.close()
        self._given.close()
        self._returned.close()


class _Tidier:
    """Keeps one idle process, without the memory for films, once none was read for a while.

    A batch may have started several.
    """

    def __init__(self) -> None:
        self._last_use = 0.0
        self._timer: threading.Timer | None = None

    def later(self) -> None:
        """Tidy in `IDLE_SECONDS`, or that long after a later film. `_turn` is held."""
        self._last_use = time.monotonic()
        if self._timer is None:
            self._start(IDLE_SECONDS)

    def _start(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._tidy)
        self._timer.daemon = True
        self._timer.start()

    def _tidy(self) -> None:
        with _turn:
            rest = self._last_use + IDLE_SECONDS - time.monotonic()
            if rest > 0:
                self._start(rest)
                return
            self._timer = None
            surplus = idle[1:]
            del idle[1:]
            for process in idle:
                with suppress(OSError):
                    process.free_memory()
        for process in surplus:
            process.end()


_most = threading.BoundedSemaphore(max(3, min(os.cpu_count() or 1, 8)))
idle: list[ReadingProcess] = []
_turn = threading.Lock()
_tidier = _Tidier()


def start() -> None:
    """Start a reading process in the background, before there is a file."""
    with _turn, suppress(OSError):
        if not idle:
            idle.append(ReadingProcess())


def answer(
    wanted: Wanted, path: Path, stopped: threading.Event | None = None
) -> tuple[Any, Any, str]:
    """Let a process read `wanted` from a file.

    Returns the answer, of the type that `ANSWERS` names, grey values (H, W) where it is a film, and
    the SHA-256 of the file's bytes. Safe to call from several threads. Raises ReadError, also where
    `stopped` is set, and ProgramError.
    """
    with _borrowed(stopped) as process:
        with incoming(path, partial(_check, stopped)) as (size, pieces):
            count = process.fill(size, pieces)
        if not count:
            raise ReadError(ReadReason.EMPTY)
        found, values, checksum = process.answer(wanted, count, stopped)
    if isinstance(found, Refused):
        raise ReadError(found.reason.code, **dict(found.reason.arguments))
    if isinstance(found, Fault):
        _LOG.error("Reading a file failed.", extra={"trace": found.trace})
        raise ProgramError
    return found, values, checksum


def request_for(wanted: Wanted, count: int) -> Request:
    """Return the request for a file of `count` bytes, with its limits."""
    megapixels = min(count * PIXELS_A_BYTE, MAX_PIXELS) / 1e6
    return Request(
        wanted,
        count,
        memory=min(LEAST_MEMORY + count * BYTES_A_BYTE, MOST_MEMORY),
        seconds=LEAST_SECONDS + megapixels / MEGAPIXELS_A_SECOND,
    )


@contextmanager
def _borrowed(stopped: threading.Event | None) -> Iterator[ReadingProcess]:
    """Lend a process that is ready; one that has not finished in the body is ended.

    Raises ReadError, and turns what the body raises into it where the process is the cause.
    """
    while not _most.acquire(timeout=_STEP_SECONDS):
        _check(stopped)
    process = None
    try:
        process = _living()
        process.is_busy = True
        process.wait_until_ready(stopped)
        process.is_busy = False
        yield process
    except MemoryError as error:
        raise ReadError(ReadReason.NO_MEMORY) from error
    except TimeoutError as error:
        raise ReadError(ReadReason.READER_HUNG) from error
    except (EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise ReadError(ReadReason.READER_DIED) from error
    finally:
        if process is not None and process.is_busy:
            process.end()
        elif process is not None:
            with _turn:
                idle.append(process)
                _tidier.later()
        _most.release()


def _check(stopped: threading.Event | None) -> None:
    """Raise ReadError where reading is stopped."""
    if stopped is not None and stopped.is_set():
        raise ReadError(ReadReason.STOPPED)


def _living() -> ReadingProcess:
    while True:
        with _turn:
            process = idle.pop() if idle else None
        if process is None:
            try:
                return ReadingProcess()
            except OSError as error:
                _LOG.error("The reading process did not start.", exc_info=error)
                raise ReadError(ReadReason.READER_NO_START) from error
        if process.process.is_alive():
            return process
        process.end()
