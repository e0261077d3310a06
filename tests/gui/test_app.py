"""A window that cannot be opened is told in a dialog and on stderr."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from PySide6.QtWidgets import QMessageBox

from koa_desktop.gui import app


def test_a_failure_at_start_is_a_dialog_and_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def trip(*_: object) -> object:
        raise ZeroDivisionError

    shown: list[str] = []
    monkeypatch.setattr(app, "_opened", trip)
    monkeypatch.setattr(platformdirs, "user_log_dir", lambda *_, **__: str(tmp_path))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: shown.append(box.text()))
    monkeypatch.setattr(app, "keep_in", lambda folder: None)
    assert app.run([]) == app.NOT_STARTED
    (said,) = capsys.readouterr().err.splitlines()[-1:]
    assert shown == [said]
    assert str(tmp_path) in said
