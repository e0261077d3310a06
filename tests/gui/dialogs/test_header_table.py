"""The header's table, opened from the window: searched, copied from, and out of the way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from koa_desktop.gui.dialogs.header_table import HeaderDialog
from koa_desktop.loading.header_table import HeaderRow
from koa_desktop.system.paths import SAMPLES
from tests.support.gui_driver import texts
from tests.support.sample_files import knee_crop

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def dialog_of(window, wait_until):
    def run():
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_I, CTRL)
        wait_until(lambda: window.findChild(HeaderDialog))
        return window.findChild(HeaderDialog)

    return run


def test_a_dicom_files_elements_are_found_and_copied(window, show, dialog_of) -> None:
    show(SAMPLES / "bilateral.dcm")
    dialog = dialog_of()
    assert not dialog.isModal()
    total = dialog.table.model().rowCount()
    assert total > 15
    dialog.search.setFocus()
    QTest.keyClicks(dialog.search, "pixel spacing")
    assert 0 < dialog.table.model().rowCount() < total
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.table.model().index(0, 0))
    QTest.keyClick(dialog.table, Qt.Key.Key_C, CTRL)
    assert float(QGuiApplication.clipboard().text().split(" ")[0]) > 0
    assert f"{dialog.table.model().rowCount()} of {total} elements" in texts(dialog)
    dialog.close()


def test_a_pictures_table_says_that_the_spacing_is_unknown(window, show, films, dialog_of) -> None:
    show(knee_crop(films))
    dialog = dialog_of()
    model = dialog.table.model()
    cells = {model.index(row, 1).data(): model.index(row, 2).data() for row in range(5)}
    assert cells["Pixel spacing"] == "unknown"
    assert cells["Columns"] == "224"
    dialog.close()


def test_a_file_that_went_is_said_in_the_status_line(window, show, films, wait_until) -> None:
    from pydicom import dcmread

    path = films / "film.dcm"
    dcmread(SAMPLES / "bilateral.dcm").save_as(path)
    show(path)
    path.unlink()
    window.headers.show()
    wait_until(lambda: "no such file" in window.status.notice)
    assert window.findChild(HeaderDialog) is None


def test_a_sequence_is_indented_and_a_search_without_result_says_so(app) -> None:
    rows = [
        HeaderRow("0008,2218", "Anatomic Region Sequence", "1 item"),
        HeaderRow("", "Item", "", 1),
    ]
    dialog = HeaderDialog("film", rows)
    dialog.show()
    model = dialog.table.model()
    assert model.index(1, 1).data().startswith("    ")
    dialog.search.setText("nothing like that")
    assert texts(dialog) == "0 of 2 elements"
    dialog.copy()
    dialog.search.setText("region")
    assert model.rowCount() == 1
    dialog.close()
