"""Without the setting nothing of the network is loaded, whatever the window does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
app = QApplication(["koa-desktop", "-platform", "offscreen"])
import koa_desktop.gui.main_window, koa_desktop.report.dicom_objects.case_objects
from koa_desktop.gui.actions.reception import Reception
from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.export.dialog import ReportDialog, Scope
from koa_desktop.gui.support.settings import Settings
from koa_desktop.report.export import Subject
from koa_desktop.transfer.node import Node, to_text
settings = Settings(QSettings(sys.argv[1], QSettings.Format.IniFormat))
settings.nodes = (to_text(Node("a", "A", "127.0.0.1", 104)),)
settings.receive_on, settings.watched_folder = True, Path(sys.argv[1]).parent
Reception(settings).follow()
dialog = ReportDialog({Scope.THIS: [Subject("a")]}, settings, None)
dialog.sending.choice.setCurrentIndex(1)
assert dialog.sending.node() is None
preferences = Preferences(settings)
preferences.network.click()
app.processEvents()
print(*sys.modules)
"""


@pytest.mark.requirement("R1")
def test_with_the_network_off_its_library_is_never_loaded(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WINDOW, str(tmp_path / "s.ini")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "koa_desktop.transfer.node" in loaded
    assert not {"pynetdicom", "koa_desktop.transfer.sending"} & loaded
