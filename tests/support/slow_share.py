"""A share that hands out a file in drips, until it is told to be fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from threading import Event

import pytest

from koa_desktop.loading import reading_process
from koa_desktop.system.files import opened

_DRIP_BYTES, _DRIP_SECONDS = 16, 0.02


class SlowShare:
    """Every file that is read comes from it; the smallest film takes a minute."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_read = Event()
        self.is_fast = Event()
        monkeypatch.setattr(reading_process, "opened", self._opened)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[tuple[_Dripping, int]]:
        with opened(path) as (file, size):
            yield _Dripping(file, self), size


class _Dripping:
    def __init__(self, file: BufferedReader, share: SlowShare) -> None:
        self._file = file
        self._share = share

    def readinto1(self, buffer: memoryview) -> int:
        self._share.is_read.set()
        is_fast = self._share.is_fast.wait(_DRIP_SECONDS)
        return self._file.readinto1(buffer if is_fast else buffer[:_DRIP_BYTES])
