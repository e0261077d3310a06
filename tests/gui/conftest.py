"""One offscreen QApplication for all tests of the window; a warning of Qt's fails the test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

# What the offscreen platform says of itself, whatever the program does.
_OF_THE_PLATFORM = ("This plugin does not support",)


@pytest.fixture(scope="session")
def app() -> QApplication:
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    application = QApplication(["koa-desktop"])
    application.setStyle("Fusion")
    application.setQuitOnLastWindowClosed(False)
    return application


@pytest.fixture(autouse=True)
def no_qt_warnings() -> Iterator[None]:
    said: list[str] = []

    def listen(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        harmless = kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if not harmless and not text.startswith(_OF_THE_PLATFORM):
            said.append(text)

    before = qInstallMessageHandler(listen)
    yield
    qInstallMessageHandler(before)
    assert not said, f"Qt warned: {said}"


@pytest.fixture
def process(app: QApplication) -> Callable[[int], None]:
    """Let the event loop run for some milliseconds."""

    def run(milliseconds: int = 0) -> None:
        app.processEvents()
        if milliseconds:
            QTest.qWait(milliseconds)

    return run


@pytest.fixture
def wait_until(app: QApplication) -> Callable[..., None]:
    """Let the event loop run until the predicate holds; fail after `timeout` seconds."""

    def run(predicate: Callable[[], object], timeout: float = 10.0) -> None:
        end = time.monotonic() + timeout
        while not predicate():
            assert time.monotonic() < end, f"Not so within {timeout:g} s."
            QTest.qWait(5)

    return run
