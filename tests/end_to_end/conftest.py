"""The window's fixtures, for all tests in this folder."""

from __future__ import annotations

from tests.support.window_fixtures import (
    film,
    films,
    finder,
    make_window,
    no_qt_warnings,
    place,
    process,
    show,
    show_in,
    view,
    wait_until,
    window,
)
