"""Unexpected errors, written to the log and told once a session, and a report of the last crash."""

from __future__ import annotations

import faulthandler
import platform
import re
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, Qt, Signal, Slot

from koa_desktop.system import private
from koa_desktop.system.log import log_lines, logger

_LOG = logger(__name__)
_MOST_LINES = 200
_FOLDERS = re.compile(r'File "(?:[^"]*[\\/])?([^"\\/]*)"')


class CrashNote(QObject):
    """Reports an uncaught error of any thread to the window, once a session."""

    happened = Signal()
    _caught = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told = False
        # Hooks run on the thread that failed; the note belongs to the window's.
        self._caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Catch what nobody else does."""
        sys.excepthook = self._excepthook
        threading.excepthook = self._threading_excepthook

    def note(self, error: BaseException) -> None:
        """Log an error and tell the window."""
        _LOG.error("An unexpected error ended something.", exc_info=error)
        self._caught.emit()

    @Slot()
    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self.happened.emit()

    def _excepthook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.note(error.with_traceback(trace))

    def _threading_excepthook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.note(args.exc_value)


class LastRun:
    """Knows whether the program ended by itself the last time, and what is known of its end.

    A file lies in the log's folder while the program runs. Faults of native code, which end the
    program at once, are written there by `faulthandler`.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder that `log.keep_in` has made."""
        self._folder = folder
        self._mark = folder / "running"
        self._faults = folder / "faults.log"
        self._file: IO[str] | None = None
        self.ended_badly = self._mark.exists()
        self._fault = _read(self._faults) if self.ended_badly else ""

    def begin(self) -> None:
        """Note that the program runs now."""
        with suppress(OSError):
            private.make_file(self._mark)
            private.make_file(self._faults)
            self._file = self._faults.open("w", encoding="utf-8")
            faulthandler.enable(self._file)

    def end(self) -> None:
        """Note that the program ended by itself."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
        with suppress(OSError):
            self._mark.unlink(missing_ok=True)

    def report(self, version: str) -> str:
        """Return what is known of the last run: versions, system, fault and log.

        None of it names a patient or a file: the log holds constant texts and places in the code.
        """
        parts = (
            f"KOA Desktop {version}",
            f"{platform.system()} {platform.release()} {platform.machine()}",
            f"Python {platform.python_version()}",
            "\n".join(map(_place, self._fault.splitlines()[:_MOST_LINES])),
            "\n".join(log_lines(self._folder)[-_MOST_LINES:]),
        )
        return "\n\n".join(part for part in parts if part) + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _place(line: str) -> str:
    """Return a line of a fault without the folders of the program, which can name the user."""
    return _FOLDERS.sub(r'File "\1"', line)
