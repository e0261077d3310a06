"""Where the disk has too little room for an export, the dialog asks before the first file."""

import shutil
from collections import namedtuple

import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog, QMessageBox

from koa_desktop.gui.export.dialog import Scope
from tests.support.gui_driver import button, click
from tests.support.sample_files import knee_crop

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def dialog(window, show, films, folder, monkeypatch):
    """The dialog for two films as pictures; the disk of `folder` is full."""
    show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    free = {folder: 500_000}
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: Usage(2**40, 2**40, free.get(path, 2**39))
    )
    window.settings.export_folder = folder
    window.settings.exports = ("png",)
    window.exports.ask()
    scopes = window.exports.dialog.findChild(QComboBox)
    scopes.setCurrentIndex(scopes.findData(Scope.ALL))
    return window.exports.dialog


@pytest.fixture
def answer(monkeypatch):
    """Answer by the button of that name; returns the questions asked."""

    def by(name):
        asked = []

        def press(box):
            asked.append(box.text())
            box.show()
            click(button(box, name))

        monkeypatch.setattr(QMessageBox, "exec", press)
        return asked

    return by


def export(dialog, wait_until):
    button(dialog, "Export").click()
    wait_until(button(dialog, "Export").isEnabled, 60)


def test_the_lack_is_told_and_nothing_is_written_on_cancel(dialog, folder, answer, wait_until):
    asked = answer("Cancel")
    export(dialog, wait_until)
    assert asked == [f"The results need about 2 MB, but only 0 MB are free in {folder}."]
    assert not list(folder.iterdir())


def test_the_reader_may_go_on(dialog, folder, answer, wait_until):
    answer("Export anyway")
    export(dialog, wait_until)
    assert len(list(folder.glob("*.png"))) == 2


def test_another_folder_with_room_is_taken(
    dialog, folder, answer, wait_until, monkeypatch, tmp_path
):
    roomy = tmp_path / "roomy"
    roomy.mkdir()
    asked = answer("Choose another folder…")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(roomy))
    export(dialog, wait_until)
    assert len(asked) == 1
    assert len(list(roomy.glob("*.png"))) == 2
    assert not list(folder.iterdir())


def test_what_fits_is_not_asked_about(dialog, folder, answer, wait_until):
    asked = answer("Cancel")
    button(dialog, "Picture with boxes (PNG)").setChecked(False)
    button(dialog, "Table (CSV)").setChecked(True)
    export(dialog, wait_until)
    assert not asked
    assert (folder / "results.csv").exists()
