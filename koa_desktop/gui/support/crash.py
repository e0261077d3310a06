"""Unexpected errors: written to the log, and shown to the user once a session."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot

from koa_desktop.system.log import logger

_LOG = logger(__name__)


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
