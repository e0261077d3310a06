"""A film of both knees in the window, read, and the forms of its sign-off."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from tests.support.gui_driver import press
from tests.support.sample_files import two_grades_film

READER = "Dr Ågren"
RIGHT, LEFT = Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT)


@pytest.fixture
def path(films, finder):
    finder.knees = (RIGHT, LEFT)
    return two_grades_film(films)


@pytest.fixture
def case(show, path):
    return show(path)[0]


@pytest.fixture
def read(window, case):
    """The case, agreed with on both knees."""
    window.settings.reader = window.session.reader = READER
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_Return)
    assert case.reading.is_read
    return case


@pytest.fixture
def form(window, wait_until):
    """Wait for the form, or the question, that is open."""

    def run():
        wait_until(lambda: window.sign_offs.dialog and window.sign_offs.dialog.isVisible())
        return window.sign_offs.dialog

    return run


@pytest.fixture
def back(window, wait_until):
    """Wait until no form is open and keys reach the window again."""

    def run():
        wait_until(lambda: window.sign_offs.dialog is None)
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window)

    return run


@pytest.fixture
def final(window, read, form, back):
    """The case, signed."""
    press(window, Qt.Key.Key_S)
    form().accept()
    back()
    assert read.reading.is_final
    return read
