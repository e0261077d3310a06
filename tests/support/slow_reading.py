"""What keeps a file from being read: a halted reading process, or a share that is slow."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from threading import Event

import pytest

from koa_desktop.loading import reading_process
from koa_desktop.system import incoming
from koa_desktop.system.files import opened

needs_signals = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="processes can't be halted here"
)
_DRIP_BYTES, _DRIP_SECONDS = 16, 0.02


@pytest.fixture
def only_process() -> reading_process.ReadingProcess:
    """The process that will read the next file, the only one there is."""
    for other in reading_process.idle:
        other.end()
    reading_process.idle.clear()
    reading_process.start()
    found = reading_process.idle[0]
    found.wait_until_ready(None)
    return found


@pytest.fixture
def halted(
    only_process: reading_process.ReadingProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[reading_process.ReadingProcess]:
    """The same, halted; no limit on time ends it."""
    monkeypatch.setattr(reading_process, "LEAST_SECONDS", 600.0)
    assert only_process.process.pid is not None
    os.kill(only_process.process.pid, signal.SIGSTOP)
    yield only_process
    only_process.process.kill()


class SlowShare:
    """A share that hands out files in drips until it is told to be fast: a film takes a minute.

    One that `is_silent` hands out nothing until then.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_silent: bool = False) -> None:
        self.is_silent = is_silent
        self.is_read = Event()
        self.is_fast = Event()
        monkeypatch.setattr(incoming, "opened", self._opened)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[tuple[_Dripping, int]]:
        with opened(path) as (file, size):
            yield _Dripping(file, self), size


class _Dripping:
    def __init__(self, file: BufferedReader, share: SlowShare) -> None:
        self._file = file
        self._share = share

    def read1(self, count: int) -> bytes:
        self._share.is_read.set()
        is_fast = self._share.is_fast.wait(None if self._share.is_silent else _DRIP_SECONDS)
        return self._file.read1(count if is_fast else min(count, _DRIP_BYTES))
