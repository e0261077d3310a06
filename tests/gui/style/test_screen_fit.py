"""Windows and dialogs on a small screen, and a search without result."""

import pytest
from PySide6.QtCore import QRect, QSettings, QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QDialog, QLineEdit, QScrollArea

from koa_desktop.gui.app import build, show_first
from koa_desktop.gui.style.screen_fit import FRAME
from koa_desktop.gui.support.settings import Settings
from tests.support.gui_driver import button, texts
from tests.support.sample_files import knee_crop

SMALL = QSize(960, 516)  # what 1920 x 1080 at 200 % leaves beside the task bar


def test_the_first_window_has_all_of_its_parts_on_a_small_screen(app, place, monkeypatch):
    monkeypatch.setattr(QScreen, "availableSize", lambda _screen: SMALL)
    settings = Settings(QSettings(str(place / "settings.ini"), QSettings.Format.IniFormat))
    window = build(app, settings, place / "cases.sqlite")
    assert window.size() == SMALL - FRAME
    show_first(window)
    # At that width the tool bar would have no room for its last button.
    assert window.isMaximized()
    window.showNormal()
    window.close()
    window.deleteLater()


@pytest.mark.parametrize("name", ["guide", "shortcuts", "grades", "model", "about"])
def test_a_dialog_is_no_larger_than_the_screen(window, process, monkeypatch, name):
    monkeypatch.setattr(QScreen, "availableSize", lambda _screen: SMALL)
    window.actions_table[name].trigger()
    process(20)
    (dialog,) = [found for found in window.findChildren(QDialog) if found.isVisible()]
    room = QRect(0, 0, SMALL.width() - FRAME.width(), SMALL.height() - FRAME.height())
    assert room.contains(dialog.rect())
    dialog.close()


def test_the_report_dialogs_buttons_are_in_sight_on_a_low_screen(
    window, show, films, process, monkeypatch
):
    show(knee_crop(films))
    window.actions_table["report"].trigger()
    tall = window.exports.dialog
    process(20)
    heat = button(tall, "Heat map beside each knee")
    assert heat.visibleRegion().boundingRect().contains(heat.rect())
    tall.close()
    monkeypatch.setattr(QScreen, "availableSize", lambda _screen: SMALL)
    window.actions_table["report"].trigger()
    dialog = window.exports.dialog
    process(20)
    assert dialog.height() <= SMALL.height() - FRAME.height()
    export = button(dialog, "Export").geometry()
    (folder,) = [
        line for line in dialog.findChildren(QLineEdit) if line.accessibleName() == "Folder"
    ]
    assert dialog.rect().contains(export)
    assert export.top() >= folder.geometry().bottom()
    # The scroll bar stands beside the choices, not on them.
    choices = dialog.findChild(QScrollArea)
    assert choices.verticalScrollBar().isVisible()
    assert choices.widget().width() == choices.viewport().width()
    dialog.close()


def test_a_search_that_finds_nothing_says_so(window, show, films):
    show(knee_crop(films))
    nothing = "No case contains all of these words."
    assert nothing not in texts(window.case_list)
    window.case_list.search.setText("nobody")
    assert nothing in texts(window.case_list)
    window.case_list.search.setText("crop")
    assert nothing not in texts(window.case_list)
