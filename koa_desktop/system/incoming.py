"""A file's bytes as they come in, read in a thread that can be left behind.

A drive or a network share may answer slowly or never. Then a call of the system does not return,
and nothing but a thread of its own can wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.system.files import opened

SILENT_SECONDS = 30.0
_PIECE_BYTES = 256 * 1024
_MOST_AHEAD = 8  # pieces that are read and not taken yet
_STEP_SECONDS = 0.05

# The file's size, then its pieces; the empty one is its end. An error takes the place of any.
_Incoming = Queue[Any]


@contextmanager
def incoming(path: Path, check: Callable[[], None]) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Open an ordinary file: its size, and its bytes in pieces, together no more than that.

    `check` is called again and again while nothing comes; what it raises ends the wait. Raises
    ReadError, also where nothing has come for SILENT_SECONDS.
    """
    arrived: _Incoming = Queue(_MOST_AHEAD)
    is_left = Event()
    Thread(target=_read, args=(path, arrived, is_left), name="incoming", daemon=True).start()
    try:
        size = _next(arrived, check)
        yield size, _pieces(arrived, check)
    finally:
        is_left.set()
        with suppress(Empty):
            while True:  # the thread may wait for room
                arrived.get_nowait()


def _read(path: Path, arrived: _Incoming, is_left: Event) -> None:
    try:
        with opened(path) as (file, size):
            arrived.put(size)
            while size > 0 and not is_left.is_set():
                piece = file.read1(min(_PIECE_BYTES, size))
                if not piece:
                    break
                size -= len(piece)
                arrived.put(piece)
        arrived.put(b"")
    except Exception as error:  # it is raised where the file is wanted
        arrived.put(error)


def _pieces(arrived: _Incoming, check: Callable[[], None]) -> Iterator[bytes]:
    while piece := _next(arrived, check):
        yield piece


def _next(arrived: _Incoming, check: Callable[[], None]) -> Any:
    deadline = time.monotonic() + SILENT_SECONDS
    while True:
        check()
        with suppress(Empty):
            found = arrived.get(timeout=_STEP_SECONDS)
            if isinstance(found, Exception):
                raise found
            return found
        if time.monotonic() > deadline:
            raise ReadError(ReadReason.SILENT)
