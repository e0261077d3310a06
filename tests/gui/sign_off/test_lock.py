"""The lock: nothing is seen and nothing done before the reader unlocks the window."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.dialogs.sign_off import lock
from koa_desktop.system import pin
from tests.gui.sign_off.conftest import READER
from tests.support.gui_driver import CTRL, button, click, press, texts


def colours(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32)
    return len(np.unique(pixels))


@pytest.fixture
def with_pin(window):
    window.settings.reader = READER
    window.settings.set_pin(READER, pin.hashed("4711"))


def test_a_locked_window_shows_nothing_and_does_nothing_until_it_is_unlocked(window, case, back):
    window.actions_table["audit"].trigger()
    before = case.reading
    assert colours(window) > 50
    press(window, Qt.Key.Key_L, CTRL)
    dialog = window.lock.dialog
    assert dialog.isVisible()
    assert colours(window) == 1
    window.resize(1100, 700)
    assert colours(window) == 1
    press(window, Qt.Key.Key_3)
    press(dialog, Qt.Key.Key_Escape)
    dialog.close()
    assert dialog.isVisible()
    assert case.reading is before
    assert not dialog.pin.isVisible()
    click(button(dialog, "Unlock"))
    assert window.lock.dialog is None
    back()
    assert colours(window) > 50
    press(window, Qt.Key.Key_3)
    assert case.reading.knees[0].reader_grade == 3


def test_the_pin_alone_unlocks(window, case, with_pin):
    window.lock.lock()
    dialog = window.lock.dialog
    assert "not the PIN" not in texts(dialog)
    for wrong in ("", "0000"):
        dialog.pin.setEnabled(True)
        dialog.pin.setText(wrong)
        dialog.accept()
        assert dialog.isVisible()
        assert not dialog.pin.isEnabled()
        assert f"This is not the PIN of {READER}." in texts(dialog)
    dialog.pin.setEnabled(True)
    dialog.pin.setText("4711")
    dialog.accept()
    assert window.lock.dialog is None


def test_an_unused_window_locks_and_a_used_one_does_not(
    window, case, monkeypatch, wait_until, process
):
    window.set_preferences()
    preferences = window.findChild(Preferences)
    assert preferences.lock.currentText() == "Never"
    preferences.lock.setCurrentIndex(preferences.lock.findText("after 1 minute"))
    preferences.accept()
    assert window.settings.lock_minutes == 1
    monkeypatch.setattr(lock, "MINUTE_MS", 2000)
    window.lock.follow_settings()
    end = time.monotonic() + 2.3
    while time.monotonic() < end:
        process(50)
        press(window, Qt.Key.Key_J)
    assert window.lock.dialog is None
    wait_until(lambda: window.lock.dialog is not None)
    click(button(window.lock.dialog, "Unlock"))
    window.settings.lock_minutes = 0
    window.lock.follow_settings()


@pytest.mark.parametrize("minutes", [0, 5])
def test_a_restart_unlocks_nothing(window, with_pin, minutes):
    window.settings.lock_minutes = minutes
    window.lock.lock_at_start()
    assert (window.lock.dialog is not None) is bool(minutes)
    if window.lock.dialog is not None:
        window.lock.dialog.pin.setText("4711")
        window.lock.dialog.accept()
    window.settings.lock_minutes = 0
    window.lock.follow_settings()


def test_the_windows_title_names_no_patient(window, case):
    assert window.windowTitle() == "KOA Desktop"
    assert case.title not in window.windowTitle()
