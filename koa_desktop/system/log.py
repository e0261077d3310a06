"""The program's log. It can hold no patient's name, no path and no header value.

A message may quote a file name or a header, and so a patient. Therefore the formatter writes only
the constant text of a record, without its arguments, and of an exception only the types and the
places in the code where they arose.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
import warnings
from contextlib import nullcontext
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO

from koa_desktop.system import private
from koa_desktop.system.prints import without_names

_ROOT = "koa_desktop"
_FILE_NAME = "koa-desktop.log"
_FILE_BYTES = 200_000
_MOST_LINES = 50
# A line that `trace_of` makes.
_PLACE = re.compile(r"(from )?\w+|  \w+\.py:\d+ [\w<>]+")


def logger(module: str) -> logging.Logger:
    """Return the logger of a module of the program (`__name__`)."""
    return logging.getLogger(module)


def keep_in(folder: Path) -> None:
    """Write the log to files in `folder` instead of stderr; to neither if it cannot be written."""
    root = logging.getLogger(_ROOT)
    for handler in list(root.handlers):
        root.removeHandler(handler)
    try:
        private.make_folder(folder)
        for earlier in folder.glob(f"{_FILE_NAME}*"):
            private.tighten_file(earlier)
        handler = _PrivateFiles(
            folder / _FILE_NAME, maxBytes=_FILE_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(AnonymousFormatter())
    root.addHandler(handler)


def log_lines(folder: Path) -> list[str]:
    """Return the lines of the newest log in a folder; none where there is no log."""
    try:
        return (folder / _FILE_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def trace_of(error: BaseException) -> str:
    """Return the types of an error and its causes, and where they arose, without their messages."""
    places = [
        f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    cause = error.__cause__ or error.__context__
    return "\n".join(
        [type(error).__name__, *places, *([f"from {trace_of(cause)}"] if cause else [])]
    )


class AnonymousFormatter(logging.Formatter):
    """Formats time, level, the constant text and the trace; drops arguments and messages.

    Of a record's `extra`, `printed` is what a codec printed, and `trace` what `trace_of` made.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Format a record whose arguments and exception text are left out."""
        bare = logging.makeLogRecord(
            record.__dict__ | {"args": None, "exc_text": None, "stack_info": None}
        )
        printed, trace = (str(record.__dict__.get(key, "")) for key in ("printed", "trace"))
        more = [without_names(printed), *filter(_PLACE.fullmatch, trace.splitlines()[:_MOST_LINES])]
        return "\n  ".join([super().format(bare), *filter(None, more)])

    def formatException(  # noqa: D102
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return trace_of(ei[1]) if ei[1] is not None else ""


class _PrivateFiles(RotatingFileHandler):
    """Writes files that only their owner may read."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, opener=private.opener)

    def clear(self) -> None:
        """Empty the file, and remove the earlier ones."""
        with self.lock or nullcontext():
            for earlier in Path(self.baseFilename).parent.glob(f"{Path(self.baseFilename).name}.*"):
                earlier.unlink(missing_ok=True)
            if self.stream is not None:
                self.stream.truncate(0)


def clear_log() -> None:
    """Empty the program's log files, and remove those of earlier days."""
    for handler in logging.getLogger(_ROOT).handlers:
        if isinstance(handler, _PrivateFiles):
            handler.clear()


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to stderr as it is now; a windowed program has none."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            self.stream = sys.stderr
            super().emit(record)


def _log_to_stderr() -> None:
    root = logging.getLogger(_ROOT)
    handler = _Stderr()
    handler.setFormatter(AnonymousFormatter())
    root.addHandler(handler)
    root.propagate = False


_log_to_stderr()


def silence(package: str) -> None:
    """Ignore a package's warnings from now on: they are about the file and may quote it.

    A lasting filter, because `warnings.catch_warnings` is not safe among threads.
    """
    wanted = ("ignore", package)
    for action, _, _, module, _ in warnings.filters:
        if (action, getattr(module, "pattern", "")) == wanted:
            return
    warnings.filterwarnings("ignore", module=package)
