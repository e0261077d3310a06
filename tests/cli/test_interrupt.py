"""Ctrl-C on the command line, while a file is read that takes for ever."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from koa_desktop.cli.main import INTERRUPTED, main
from koa_desktop.loading import reading_process
from tests.support.sample_files import knee_crop
from tests.support.slow_reading import needs_signals


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT interrupt, also where a shell started the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@needs_signals
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_reading_and_the_file_is_graded_when_resumed(halted, tmp_path, capsys):
    path = knee_crop(tmp_path)
    order = ["grade", str(path), "--out", str(tmp_path / "out"), "--jobs", "1"]

    def interrupt() -> None:
        # Until it is asked something, an interrupt has no reason to end the process.
        while halted in reading_process.idle or not halted.is_busy:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    assert main(order) == INTERRUPTED
    # An interrupt that comes while the thread starts leaves the thread to end on its own.
    deadline = time.monotonic() + 30
    while halted.process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not halted.process.is_alive()
    assert main([*order, "--resume"]) == 0
    assert "1 file: 1 graded" in capsys.readouterr().err
