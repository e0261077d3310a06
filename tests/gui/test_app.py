"""A window that cannot be opened is told in a dialog and on stderr."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMessageBox

from koa_desktop.gui import app
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system import paths
from koa_desktop.wording import language


@pytest.fixture(autouse=True)
def dates_of_the_tests() -> Iterator[None]:
    """A start writes dates as the system does, also for the tests that follow."""
    yield
    language.use_dates(None)


def test_a_failure_at_start_is_a_dialog_and_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def trip(*_: object) -> object:
        raise ZeroDivisionError

    shown: list[str] = []
    monkeypatch.setattr(app, "_opened", trip)
    monkeypatch.setattr(app, "user_data", lambda: tmp_path / "data")
    monkeypatch.setattr(platformdirs, "user_log_dir", lambda *_, **__: str(tmp_path))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: shown.append(box.text()))
    monkeypatch.setattr(app, "keep_in", lambda folder: None)
    assert app.run([]) == app.NOT_STARTED
    (said,) = capsys.readouterr().err.splitlines()[-1:]
    assert shown == [said]
    assert str(tmp_path) in said


def test_a_folder_beside_the_program_takes_readings_settings_and_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "koa-desktop"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert paths.portable_data() is None
    (tmp_path / "data").mkdir()
    used = []
    monkeypatch.setattr(app, "keep_in", used.append)

    def build(application: object, settings: Settings, case_list: Path) -> object:
        settings.clinic = "St. Anna"
        used.append(case_list)
        raise ZeroDivisionError

    monkeypatch.setattr(app, "build", build)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: None)
    assert app.run([]) == app.NOT_STARTED
    data = tmp_path / "data"
    assert used == [data, data / "cases.sqlite"]
    assert "St. Anna" in QSettings(str(data / "settings.ini"), QSettings.Format.IniFormat).value(
        "clinic"
    )


# A process of its own: fonts that were loaded stay loaded.
_SIZES = """
from PySide6.QtWidgets import QLabel
from koa_desktop.gui.app import qt_application
from koa_desktop.report.pdf import start_qt
application = qt_application()
label = QLabel("Likely range KL 3, right in at least 90 of 100 knees")
before = label.sizeHint()
start_qt()
application.setStyleSheet("QLabel { font-size: 13px; }")
application.setStyleSheet("")
print(before == label.sizeHint() == QLabel(label.text()).sizeHint())
"""


def test_the_fonts_of_a_report_change_no_text_of_the_window() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SIZES], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "True"
