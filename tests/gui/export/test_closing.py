"""The window is closed while an export runs: it waits or asks, and no file is half written."""

import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QProgressBar, QPushButton

from koa_desktop.gui.app import save_before_log_off
from koa_desktop.gui.export.dialog import Scope
from koa_desktop.gui.session.session import Session
from koa_desktop.report import export
from koa_desktop.system import safe_write
from tests.support.gui_driver import button, click, texts
from tests.support.sample_files import knee_crop
from tests.support.slow_reading import SlowShare


@pytest.fixture
def share(monkeypatch) -> Iterator[SlowShare]:
    share = SlowShare(monkeypatch)
    yield share
    share.is_fast.set()


@pytest.fixture
def exporting(show, window, films, folder, share, wait_until, monkeypatch):
    """An export of two pictures that has begun to read the first film again; its dialog."""
    share.is_fast.set()
    show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    share.is_fast.clear()
    share.is_read.clear()
    window.settings.export_folder = folder
    with monkeypatch.context() as patch:
        # As with films that were let go since they were looked at.
        patch.setattr(Session, "film", lambda *_: None)
        window.exports.ask()
    dialog = window.exports.dialog
    for text, wanted in {"Report (PDF)": False, "Picture with boxes (PNG)": True}.items():
        button(dialog, text).setChecked(wanted)
    scopes = dialog.findChild(QComboBox)
    scopes.setCurrentIndex(scopes.findData(Scope.ALL))
    button(dialog, "Export").click()
    wait_until(share.is_read.is_set)
    return dialog


def written(folder: Path) -> list[str]:
    return [path.suffix for path in folder.iterdir()]


def outcome(dialog) -> str:
    return dialog.findChild(QLabel, "outcome").text()


def test_stop_reaches_a_film_that_is_being_read_again(exporting, folder, wait_until):
    button(exporting, "Cancel").click()
    wait_until(button(exporting, "Export").isEnabled)
    assert outcome(exporting) == f"The export was stopped. 0 files were written to {folder}."
    assert not written(folder)


def test_the_window_waits_for_an_export_and_then_closes(
    exporting, window, folder, share, wait_until
):
    assert not window.close()
    waiting = window.closing.dialog
    assert "An export is running…" in texts(waiting)
    assert waiting.findChild(QProgressBar).isVisible()
    names = [one.text() for one in waiting.findChildren(QPushButton) if one.isVisible()]
    assert names == ["Stop export and close", "Go back"]
    share.is_fast.set()
    wait_until(lambda: not window.isVisible())
    assert written(folder) == [".png", ".png"]


def test_the_export_goes_on_where_the_reader_goes_back(exporting, window, share, wait_until):
    assert not window.close()
    click(button(window.closing.dialog, "Go back"))
    assert window.closing.dialog is None
    share.is_fast.set()
    wait_until(button(exporting, "Export").isEnabled)
    assert window.isVisible()
    assert outcome(exporting).startswith("2 files were written")


def test_the_reader_may_stop_the_export_and_close(exporting, window, folder, wait_until):
    assert not window.close()
    click(button(window.closing.dialog, "Stop export and close"))
    wait_until(lambda: not window.isVisible())
    assert not [thread for thread in threading.enumerate() if thread.name == "export"]
    assert not written(folder)


def test_an_export_that_fails_is_shown_before_the_window_closes(
    exporting, window, share, wait_until, monkeypatch
):
    def full(*_: object, **__: object) -> None:
        raise safe_write.write_error(Path("a.png"), OSError(28, "No space left on device"))

    monkeypatch.setattr(export, "write_whole", full)
    assert not window.close()
    share.is_fast.set()
    wait_until(button(exporting, "Export").isEnabled)
    assert window.closing.dialog is None
    assert window.isVisible()
    assert "the disk is full" in outcome(exporting)
    assert window.close()


def test_unsaved_work_and_an_export_are_told_together(exporting, window, monkeypatch):
    monkeypatch.setattr(window.session.saver, "save_all", lambda: None)
    window.panel.comment.setPlainText("typed a moment ago")
    monkeypatch.setattr(type(window.session.saver), "save", lambda *_: None)
    assert not window.close()
    said = texts(window.closing.dialog)
    assert "Not saved: a.png." in said
    assert "An export is also running." in said
    assert button(window.closing.dialog, "Close without saving").isVisible()


def test_logging_off_is_stopped_while_an_export_is_under_way(exporting, window, share, wait_until):
    manager = MagicMock()
    save_before_log_off(window, manager)
    manager.cancel.assert_called_once_with()
    share.is_fast.set()
    wait_until(button(exporting, "Export").isEnabled)
    save_before_log_off(window, manager)
    manager.cancel.assert_called_once_with()
