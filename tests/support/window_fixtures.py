"""Fixtures of the window; a warning of Qt's fails the test."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QSettings,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from koa_desktop.examination.examiner import Examiner
from koa_desktop.gui.app import build
from koa_desktop.gui.support.settings import Settings
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.radiograph import Radiograph
from tests.support.gui_driver import radiograph

__all__ = [
    "film",
    "films",
    "finder",
    "garbage_of_this_thread",
    "make_window",
    "no_qt_warnings",
    "place",
    "process",
    "show",
    "show_in",
    "view",
    "wait_until",
    "window",
]

# Messages of the offscreen platform that do not depend on the program.
_OF_THE_PLATFORM = ("This plugin does not support",)


@pytest.fixture(autouse=True)
def garbage_of_this_thread() -> Iterator[None]:
    """Have the thread of the window alone collect garbage.

    Objects of Qt that a background thread collects are destroyed in that thread, which Qt does not
    survive.
    """
    gc.disable()
    # To look at all older objects again takes longer than most tests.
    gc.freeze()
    yield
    gc.collect()
    gc.enable()


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

    def run(predicate: Callable[[], object], timeout: float = 30.0) -> None:
        end = time.monotonic() + timeout
        while not predicate():
            assert time.monotonic() < end, f"Not so within {timeout:g} s."
            QTest.qWait(5)

    return run


@pytest.fixture(autouse=True)
def finder(monkeypatch, examiner):
    """The fake finder of the window: by default, no film has a knee and every box has one."""
    monkeypatch.setattr(Examiner, "load", lambda: examiner)
    return examiner.finder


@pytest.fixture
def place(tmp_path):
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def make_window(app, place):
    windows = []
    dress = app.palette(), app.styleSheet()

    def make():
        store = QSettings(str(place / "settings.ini"), QSettings.Format.IniFormat)
        window = build(app, Settings(store), place / "cases.sqlite")
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        window.activateWindow()
        # Shortcuts belong to the active window, and becoming it takes a moment.
        assert QTest.qWaitForWindowActive(window)
        return window

    yield make
    for window in windows:
        # A test may leave work that cannot be saved, for which a window stays open.
        if not window.close():
            window.session.close()
        window.deleteLater()
    windows.clear()
    # Gone before the next one is dressed: a style sheet walks over all widgets there are.
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    app.setPalette(dress[0])
    app.setStyleSheet(dress[1])


@pytest.fixture
def window(make_window):
    return make_window()


@pytest.fixture
def films(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


@pytest.fixture
def show_in(wait_until):
    """Open files in a window and wait until all are graded, or refused."""

    def run(window, *paths):
        window.open_files(list(paths))
        wait_until(lambda: len(window.session.cases) >= len(paths))
        wait_until(lambda: window.session.graded == len(window.session.cases))
        wait_until(lambda: window.film.has_film or window.session.current.error)
        return list(window.session.cases)

    return run


@pytest.fixture
def show(window, show_in):
    """Open files and wait until all are graded, or refused."""
    return partial(show_in, window)


@pytest.fixture
def film() -> Radiograph:
    """The radiograph of `view`; a file of tests may override it."""
    return radiograph()


@pytest.fixture
def view(app: QApplication, film: Radiograph) -> Iterator[ImageViewer]:
    made = ImageViewer()
    made.resize(800, 600)
    made.show()
    made.setFocus()
    made.set_radiograph(film)
    app.processEvents()
    yield made
    made.close()
    made.deleteLater()
