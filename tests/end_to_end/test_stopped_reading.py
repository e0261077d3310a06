"""Reading a file that takes for ever is stopped from the window, and the file can be read later."""

from PySide6.QtWidgets import QPushButton

from koa_desktop.gui.session.case import CaseState
from tests.support.gui_driver import drop
from tests.support.sample_files import knee_crop
from tests.support.slow_reading import needs_signals

pytestmark = needs_signals


def test_cancel_ends_a_single_file_at_once_and_leaves_it_waiting(window, halted, films, wait_until):
    cancel = next(b for b in window.status.findChildren(QPushButton) if b.text() == "Cancel")
    drop(window, [knee_crop(films)])
    wait_until(lambda: cancel.isVisible() and halted.is_busy)
    cancel.click()
    wait_until(lambda: not window.session.is_busy)
    (case,) = window.session.cases
    assert case.state is CaseState.WAITING
    assert not halted.process.is_alive()
    assert not cancel.isVisible()
    window.session.go_on()
    wait_until(lambda: case.state is CaseState.GRADED)


def test_a_file_taken_out_of_the_list_is_read_no_further(window, halted, films, wait_until):
    drop(window, [knee_crop(films, "a.png"), knee_crop(films, "b.png", 1)])
    wait_until(lambda: len(window.session.cases) == 2 and halted.is_busy)
    first, second = window.session.cases
    window.session.remove([first])
    wait_until(lambda: second.state is CaseState.GRADED)
    assert not halted.process.is_alive()
    assert list(window.session.cases) == [second]
