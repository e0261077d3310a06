"""The reading process, alone, or halted as by a file that takes for ever."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from koa_desktop.loading import reading_process

needs_signals = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="processes can't be halted here"
)


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
