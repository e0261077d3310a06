"""macOS sends the files that Finder opens as events."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from koa_desktop.gui import app as program
from koa_desktop.gui.application import Application
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.gui.support.settings import Settings
from koa_desktop.wording import language


def finder_opens(application: Application, url: QUrl) -> None:
    assert QCoreApplication.sendEvent(application, QFileOpenEvent(url))


def test_files_of_finder_come_to_the_window_also_before_it_is_there(
    app: Application, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "koa-desktop"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(program, "keep_in", lambda folder: None)
    first, early, late = (tmp_path / name for name in ("a.dcm", "früh.dcm", "late 1.dcm"))
    windows: list[MainWindow] = []
    known: list[list[Path]] = []
    build = program.build

    def built(application: QApplication, settings: Settings, case_list: Path) -> MainWindow:
        finder_opens(app, QUrl.fromLocalFile(str(early)))
        windows.append(build(application, settings, case_list))
        return windows[-1]

    def run(*_: object) -> int:
        (window,) = windows
        app.processEvents()
        assert known == [[first, early]]
        window.showMinimized()
        finder_opens(app, QUrl.fromLocalFile(str(late)))
        finder_opens(app, QUrl("https://example.org/knee.dcm"))
        assert not window.isMinimized()
        window.close()
        window.deleteLater()
        return program.DONE

    monkeypatch.setattr(program, "build", built)
    monkeypatch.setattr(QApplication, "exec", run)
    monkeypatch.setattr(MainWindow, "open_files", lambda window, paths: known.append(list(paths)))
    try:
        assert program.run([first]) == program.DONE
    finally:
        language.use_dates(None)
    assert known == [[first, early], [late]]
