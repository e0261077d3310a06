"""Garbage is collected in the window's thread alone."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from koa_desktop.gui.support import garbage


class Cycle:
    """Refers to itself, so that only a collection ends it."""

    ended_in: list[int]

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        self.ended_in.append(threading.get_ident())


@pytest.fixture(autouse=True)
def collecting_as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_a_background_thread_leaves_is_collected_in_the_windows_thread(
    app, wait_until, monkeypatch
) -> None:
    monkeypatch.setattr(garbage, "_EVERY_MS", 1)
    Cycle.ended_in = []
    parent = QObject()
    garbage.collect_in_this_thread(parent)

    def work() -> None:
        for _ in range(3 * gc.get_threshold()[0]):
            Cycle()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not Cycle.ended_in
    wait_until(lambda: Cycle.ended_in)
    assert set(Cycle.ended_in) == {threading.get_ident()}
    parent.deleteLater()


def test_the_oldest_generation_that_is_due_is_collected() -> None:
    gc.disable()
    collected = []
    gc.callbacks.append(lambda phase, info: collected.append((phase, info["generation"])))
    gc.collect()
    collected.clear()
    garbage.collect_where_due()
    assert collected == []
    # A generation is due after ten collections of the one below it.
    for _ in range(11):
        gc.collect(1)
    collected.clear()
    garbage.collect_where_due()
    gc.callbacks.pop()
    assert collected == [("start", 2), ("stop", 2)]


# In place of waiting for the user, more is left behind than a collection waits for.
_PROGRAM = """
import gc, time
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from koa_desktop.cli.main import main

ended = []

class Cycle:
    def __init__(self):
        self.itself = self

    def __del__(self):
        ended.append(None)

def wait():
    for _ in range(3 * gc.get_threshold()[0]):
        Cycle()
    assert not ended
    end = time.monotonic() + 60
    while not ended and time.monotonic() < end:
        QTest.qWait(50)
    print(len(ended) > 0)

QApplication.exec = staticmethod(wait)
main([])
"""


def test_the_program_collects_while_its_window_is_open(tmp_path: Path) -> None:
    folders = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), str(tmp_path))
    finished = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, **folders},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert finished.stdout.split() == ["True"]
