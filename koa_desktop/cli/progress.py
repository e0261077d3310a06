"""A bar on the terminal that shows how far grading has come."""

from __future__ import annotations

import sys

_BAR_WIDTH = 30


class Progress:
    """A bar on the terminal; nothing where the output is not one."""

    def __init__(self, total: int) -> None:
        self._total = total
        stream = sys.stderr
        self._stream = stream if stream is not None and stream.isatty() else None

    def show(self, done: int) -> None:
        """Draw the bar for `done` files."""
        filled = _BAR_WIDTH * done // self._total
        self._write(f"\r[{'#' * filled:<{_BAR_WIDTH}}] {done} of {self._total}")

    def clear(self) -> None:
        """Take the bar away again."""
        self._write(f"\r{' ' * (_BAR_WIDTH + 24)}\r")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()
