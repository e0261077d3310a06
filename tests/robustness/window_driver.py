"""The real window, started as the command line starts it, and used through what Qt shows of it.

Nothing of the program is imported but its command line: texts, accessible names, menus and item
roles are what a user, or a screen reader, has of it. A script is a generator: it yields the
milliseconds to wait, or a predicate to wait for.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QHeaderView,
    QLabel,
    QListView,
    QMainWindow,
    QPlainTextEdit,
    QWidget,
)

SCRIPT_FAILED = 70
Step = int | Callable[[], object]
Script = Callable[["Driver"], Generator[Step, None, None]]
_ALL_DONE = re.compile(r"\b([1-9]\d*) of \1 done")
_TICK_MS = 20
_MOST_COLUMNS = 4


class Driver(QObject):
    """The actions and texts that a user has."""

    def __init__(self, journal: Path | None = None) -> None:
        super().__init__()
        self._journal = journal.open("ab", buffering=0) if journal else None
        self.longest_pause = 0.0  # seconds in which the window answered nothing
        self._last_tick = time.monotonic()

    # -- what is shown -----------------------------------------------------------------------------

    @property
    def window(self) -> QMainWindow | None:
        """The main window once it is shown."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMainWindow) and widget.isVisible():
                return widget
        return None

    def named(self, kind: type[QWidget], name: str) -> Any:
        """Return the widget of an accessible name; None where there is none."""
        places = [place for place in QApplication.topLevelWidgets() if place.isVisible()]
        for place in places:
            for widget in place.findChildren(kind):
                if widget.accessibleName() == name:
                    return widget
        return None

    @property
    def comment(self) -> QPlainTextEdit | None:
        """The comment box, once it is shown."""
        box = self.named(QPlainTextEdit, "Comment")
        return box if box is not None and box.isVisible() and box.isEnabled() else None

    @property
    def status(self) -> str:
        """The line at the bottom."""
        label = self.named(QLabel, "Status")
        return label.text() if label is not None else ""

    @property
    def is_graded(self) -> bool:
        """True where every case of the list is done with."""
        return _ALL_DONE.search(self.status) is not None

    @property
    def said(self) -> list[str]:
        """Every text on a visible label, for what was said for a while."""
        window = self.window
        labels = window.findChildren(QLabel) if window is not None else []
        return [label.text() for label in labels if label.isVisible() and label.text()]

    @property
    def cases(self) -> list[str]:
        """The text that a screen reader reads for each case."""
        rows = self._case_rows()
        return [str(index.data(Qt.ItemDataRole.AccessibleTextRole)) for index in rows]

    @property
    def case_view(self) -> QListView | None:
        """The list of cases, once there is one in it."""
        view = self.named(QListView, "Cases")
        return view if view is not None and view.model().rowCount() else None

    def _case_rows(self) -> list[Any]:
        view = self.case_view
        model = view.model() if view is not None else None
        return [model.index(row, 0) for row in range(model.rowCount())] if model else []

    @property
    def dialogs(self) -> list[QDialog]:
        """The dialogs that are open."""
        tops = QApplication.topLevelWidgets()
        return [one for one in tops if isinstance(one, QDialog) and one.isVisible()]

    # -- what is done ------------------------------------------------------------------------------

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """Press a key where the focus is."""
        window = self.window
        if window is not None:
            # Without a window manager nothing is active once a dialog has closed.
            window.activateWindow()
            QTest.qWaitForWindowActive(window, 1000)
            target = QApplication.focusWidget() or window
            QTest.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)

    def select(self, row: int) -> None:
        """Choose a case."""
        view = self.case_view
        if view is not None:
            view.setCurrentIndex(view.model().index(row, 0))

    @property
    def selected(self) -> str:
        """The text that a screen reader reads for the chosen case."""
        view = self.case_view
        index = view.currentIndex() if view is not None else None
        return str(index.data(Qt.ItemDataRole.AccessibleTextRole)) if index else ""

    def focus_list(self) -> None:
        """Leave what is being written."""
        view = self.case_view
        if view is not None:
            view.setFocus()

    def trigger(self, words: str) -> bool:
        """Choose the menu entry whose text holds `words`; False where it is not there."""
        window = self.window
        for action in window.findChildren(QAction) if window is not None else []:
            if words.lower() in action.text().replace("&", "").lower() and action.isEnabled():
                action.trigger()
                return True
        return False

    def hover(self, most: int = 60) -> Iterator[int]:
        """Ask rows of every list and table for their tool tips, those that look like tags first."""
        for place in QApplication.topLevelWidgets():
            for view in _item_views(place) if place.isVisible() else []:
                tips = sorted(_cells_with_tips(view), key=lambda cell: "<" not in cell[0])
                for _, index in tips[:most]:
                    view.scrollTo(index)
                    port, point = view.viewport(), view.visualRect(index).center()
                    event = QHelpEvent(QEvent.Type.ToolTip, point, port.mapToGlobal(point))
                    QApplication.sendEvent(port, event)
                    yield _TICK_MS

    def write(self, **line: object) -> None:
        """Add a line to the journal, on the disk before anything else is done; else print it."""
        text = json.dumps({"at": time.time(), **line}) + "\n"
        if self._journal is None:
            sys.stdout.write(text)
            sys.stdout.flush()
            return
        self._journal.write(text.encode())
        os.fsync(self._journal.fileno())

    # -- the script --------------------------------------------------------------------------------

    def play(self, script: Script) -> None:
        """Go through a script from the moment the event loop runs; its end quits the program."""
        self._steps = script(self)
        self._until: Callable[[], object] = lambda: True
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._clock.start()

    def _tick(self) -> None:
        now = time.monotonic()
        self.longest_pause = max(self.longest_pause, now - self._last_tick - _TICK_MS / 1000)
        self._last_tick = now
        for offer in [one for one in self.dialogs if one.objectName() == "crash"]:
            offer.close()  # the run before was killed
        if not self._until():
            return
        # A step may run an event loop of its own, in which this clock continues.
        self._until = lambda: False
        try:
            step = next(self._steps)
        except StopIteration:
            self._clock.stop()
            QApplication.quit()
            return
        except Exception:
            # The program's own hook would log it and go on.
            traceback.print_exc()
            os._exit(SCRIPT_FAILED)
        if callable(step):
            self._until = step
        else:
            due = time.monotonic() + step / 1000
            self._until = lambda: time.monotonic() >= due


def run(files: Sequence[str], script: Script, journal: Path | None = None) -> int:
    """Start the program's window on `files` and play a script in it; returns the exit status."""
    from koa_desktop.cli.main import main
    from koa_desktop.gui.application import Application

    Application(["koa-desktop"])
    driver = Driver(journal)
    driver.play(script)
    return main(list(files))


def _item_views(place: QWidget) -> list[QAbstractItemView]:
    return [
        view
        for view in place.findChildren(QAbstractItemView)
        if not isinstance(view, QHeaderView) and view.isVisible()
    ]


def _cells_with_tips(view: QAbstractItemView) -> Iterator[tuple[str, Any]]:
    model = view.model()
    for row in range(model.rowCount()) if model is not None else ():
        for column in range(_MOST_COLUMNS):
            # Not columnCount(): lists hide theirs.
            index = model.index(row, column)
            tip = index.data(Qt.ItemDataRole.ToolTipRole)
            if tip and index.isValid():
                yield str(tip), index
