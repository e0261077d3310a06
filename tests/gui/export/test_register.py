"""The clinic's register from the export dialog: CSV or XLSX, by the name of its file."""

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from tests.support.gui_driver import button, press, texts
from tests.support.sample_files import knee_crop


@pytest.fixture
def dialog(window, show, films, folder):
    show(knee_crop(films))
    press(window, Qt.Key.Key_2)
    window.settings.export_folder = folder
    window.settings.exports = ("register",)
    window.exports.ask()
    return window.exports.dialog


def name_of(dialog):
    (name,) = [
        one
        for one in dialog.findChildren(QLineEdit)
        if one.accessibleName() == "File of the register"
    ]
    return name


def export(dialog, wait_until):
    button(dialog, "Export").click()
    wait_until(button(dialog, "Export").isEnabled)
    return dialog.findChild(QLabel, "outcome").text()


def test_the_name_says_whether_it_is_a_workbook(window, dialog, folder, wait_until):
    assert name_of(dialog).text() == "register.csv"
    export(dialog, wait_until)
    name_of(dialog).setText("knees.xlsx")
    said = export(dialog, wait_until)
    assert said.startswith("1 file was written")
    assert sorted(path.name for path in folder.iterdir()) == ["knees.xlsx", "register.csv"]
    rows = list(load_workbook(folder / "knees.xlsx").active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert 2 in rows[1]
    assert window.settings.register == "knees.xlsx"


@pytest.mark.parametrize("name", ["register", "register.xls", "a/b.csv", ".xlsx", ""])
def test_another_ending_is_told_and_not_exported(window, dialog, name):
    name_of(dialog).setText(name)
    assert not button(dialog, "Export").isEnabled()
    assert "The name must end in .csv or .xlsx." in texts(dialog)
    button(dialog, "Clinic register (grows)").setChecked(False)
    button(dialog, "Report (PDF)").setChecked(True)
    assert button(dialog, "Export").isEnabled()
    assert "The name must end in .csv or .xlsx." not in texts(dialog)


def test_a_damaged_workbook_is_named(dialog, folder, wait_until):
    (folder / "register.xlsx").write_bytes(b"PK\x03\x04 damaged")
    name_of(dialog).setText("register.xlsx")
    said = export(dialog, wait_until)
    assert f"{folder / 'register.xlsx'} is damaged" in said
    assert (folder / "register.xlsx").read_bytes() == b"PK\x03\x04 damaged"
