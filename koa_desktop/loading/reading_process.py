"""The processes that read foreign files: a hostile file ends one of them, not the program.

Each starts in the background, serves one file after another, and is replaced where it dies, takes
too long or is stopped. It is no ProcessPoolExecutor: a pool unpickles what its processes send, and
a pickle can run any code.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.grey_values import MAX_PIXELS
from koa_desktop.loading.plain_data import built, plain
from koa_desktop.loading.wanted import ANSWERS, Fault, Film, Refused, Request, Wanted
from koa_desktop.system.confinement import Job
from koa_desktop.system.log import logger
from koa_desktop.system.prints import MOST_BYTES
from koa_desktop.system.shared_block import SharedBlock, lent

START_SECONDS = 180.0  # a virus scanner reads every library first; a dead process ends at once
LEAST_SECONDS = 5.0
MEGAPIXELS_A_SECOND = 10
LEAST_MEMORY = 400_000_000
# A byte of a file holds no more than so many pixels or, by DEFLATE, bytes: beyond it, a file claims
# what it does not hold, and gets neither time nor memory for it.
MOST_A_BYTE = 1000
MOST_MEMORY = 4 * 2**30
_BASE_MEMORY = 300_000_000  # of the libraries, before there is a file
_MOST_ANSWER = 64 * 2**20
_STEP_SECONDS = 0.05
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
        self._is_ready = False
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
            self._pipe.recv_bytes()
        except (TimeoutError, EOFError, OSError) as error:
            _LOG.error("The reading process did not start.", exc_info=error)
            raise ReadError(ReadReason.READER_NO_START) from error
        self._is_ready = True

    def answer(
        self,
        request: Request,
        block: SharedBlock,
        meanwhile: Callable[[], object],
        stopped: threading.Event | None,
    ) -> tuple[Any, NDArray[Any] | None]:
        """Return the checked answer, and grey values (H, W) where it is a film.

        The answer may be Refused or Fault, too. Raises ReadError where `stopped` is set,
        TimeoutError, EOFError, OSError or ValueError.
        """
        deadline = time.monotonic() + request.seconds
        self._job.bound(_BASE_MEMORY + request.memory)
        self._pipe.send_bytes(json.dumps(plain(request)).encode())
        block.hand_over(self._pipe)
        meanwhile()
        self._wait(deadline, stopped)
        name, given, printed = json.loads(self._pipe.recv_bytes(_MOST_ANSWER))
        if printed:
            _LOG.warning("A codec printed:", extra={"printed": str(printed)[:MOST_BYTES]})
        kinds = {Refused.__name__: Refused, Fault.__name__: Fault}
        answer = built(kinds.get(name, ANSWERS[request.wanted]), given)
        if not isinstance(answer, Film):
            return answer, None
        return answer, self._values(answer, deadline, stopped)

    def _values(self, film: Film, deadline: float, stopped: threading.Event | None) -> NDArray[Any]:
        height, width = film.info.height, film.info.width
        if film.dtype not in _DTYPES or not (height > 0 and 0 < width <= MAX_PIXELS // height):
            raise ValueError("no grey values of a film")
        dtype = np.dtype(film.dtype)
        with lent(height * width * dtype.itemsize) as block:
            block.hand_over(self._pipe)
            self._wait(deadline, stopped)
            self._pipe.recv_bytes(_MOST_ANSWER)
            values = np.frombuffer(block.memory, dtype, height * width).copy()
        return values.reshape(height, width)

    def _wait(self, deadline: float, stopped: threading.Event | None) -> None:
        """Wait for an answer. Raises TimeoutError, and ReadError where reading is stopped."""
        while not self._pipe.poll(_STEP_SECONDS):
            if stopped is not None and stopped.is_set():
                raise ReadError(ReadReason.STOPPED)
            if time.monotonic() > deadline:
                raise TimeoutError

    def end(self) -> None:
        """End the process at once."""
        self._pipe.close()
        if self.process.pid is not None:
            self.process.kill()
            self.process.join(5)
        self._job.close()


_most = threading.BoundedSemaphore(max(3, min(os.cpu_count() or 1, 8)))
idle: list[ReadingProcess] = []
_turn = threading.Lock()


def start() -> None:
    """Start a reading process in the background, before there is a file."""
    with _turn, suppress(OSError):
        if not idle:
            idle.append(ReadingProcess())


def answer(
    wanted: Wanted,
    block: SharedBlock,
    count: int,
    meanwhile: Callable[[], object],
    stopped: threading.Event | None = None,
) -> tuple[Any, NDArray[Any] | None]:
    """Let a process read `wanted` from the first `count` bytes of a block.

    `meanwhile` is called while it does. Returns the answer, of the type that `ANSWERS` names, and
    grey values (H, W) where it is a film. Safe to call from several threads. Raises ReadError, also
    where `stopped` is set, and ProgramError.
    """
    while not _most.acquire(timeout=_STEP_SECONDS):
        if stopped is not None and stopped.is_set():
            raise ReadError(ReadReason.STOPPED)
    try:
        return _answered(_request(wanted, block, count), block, meanwhile, stopped)
    finally:
        _most.release()


def _request(wanted: Wanted, block: SharedBlock, count: int) -> Request:
    megapixels = min(count * MOST_A_BYTE, MAX_PIXELS) / 1e6
    return Request(
        wanted,
        len(block.memory),
        count,
        memory=min(LEAST_MEMORY + count * MOST_A_BYTE, MOST_MEMORY),
        seconds=LEAST_SECONDS + megapixels / MEGAPIXELS_A_SECOND,
    )


def _answered(
    request: Request,
    block: SharedBlock,
    meanwhile: Callable[[], object],
    stopped: threading.Event | None,
) -> tuple[Any, NDArray[Any] | None]:
    process = _borrowed()
    try:
        process.wait_until_ready(stopped)
        found, values = process.answer(request, block, meanwhile, stopped)
    except BaseException as error:
        process.end()
        if isinstance(error, TimeoutError):
            raise ReadError(ReadReason.READER_HUNG) from None
        if isinstance(error, (EOFError, OSError, ValueError, KeyError, TypeError)):
            raise ReadError(ReadReason.READER_DIED) from error
        raise
    with _turn:
        idle.append(process)
    if isinstance(found, Refused):
        raise ReadError(found.reason.code, **dict(found.reason.arguments))
    if isinstance(found, Fault):
        _LOG.error("Reading a file failed.", extra={"trace": found.trace})
        raise ProgramError
    return found, values


def _borrowed() -> ReadingProcess:
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
