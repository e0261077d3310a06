"""Errors nobody expected: logged without anything about a patient, and said once."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot

_LOG = logging.getLogger("koa_desktop.crash")
_LOG_BYTES = 200_000


def trace_of(error: BaseException) -> str:
    """Return an error's type and where it arose, without message or values.

    A message may quote a file name or a header, and so a patient.
    """
    lines = [
        type(error).__name__,
        *(
            f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ),
    ]
    cause = error.__cause__ or error.__context__
    return "\n".join(lines) + (f"\nfrom {trace_of(cause)}" if cause else "")


def log_to(folder: Path) -> None:
    """Keep a log in `folder`; without one where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "koa-desktop.log",
            maxBytes=_LOG_BYTES,
            backupCount=2,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.propagate = False


class CrashNote(QObject):
    """Tells the window of an uncaught error, from whatever thread, once a sitting."""

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
        _LOG.error("%s", trace_of(error))
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
