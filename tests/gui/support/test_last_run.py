"""After an unexpected end, the next start offers a report that names no patient."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QFileDialog

from koa_desktop.gui.dialogs import crash_report
from koa_desktop.gui.support.crash import LastRun
from tests.support.gui_driver import button, click

CRASH = """
import sys, faulthandler
from pathlib import Path
from koa_desktop.gui.support.crash import LastRun
run = LastRun(Path(sys.argv[1]))
run.begin()
faulthandler._sigsegv()
"""


def test_a_run_that_ended_by_itself_leaves_nothing_to_tell(tmp_path):
    first = LastRun(tmp_path)
    assert not first.ended_badly
    first.begin()
    first.end()
    assert not LastRun(tmp_path).ended_badly


@pytest.mark.skipif(sys.platform == "win32", reason="asks the user there")
def test_a_crash_of_native_code_is_told_without_folders(tmp_path):
    folder = tmp_path / "Doe_Jane"
    folder.mkdir()
    (folder / "koa-desktop.log").write_text("2026-01-01 ERROR Saving failed.\n", encoding="utf-8")
    finished = subprocess.run([sys.executable, "-c", CRASH, str(folder)], check=False)
    assert finished.returncode != 0
    last = LastRun(folder)
    assert last.ended_badly
    report = last.report("1.2.3")
    for part in ("KOA Desktop 1.2.3", "Segmentation fault", "Saving failed."):
        assert part in report
    assert "Doe_Jane" not in report
    assert "/" not in "".join(line for line in report.splitlines() if "File" in line)


def test_the_report_is_saved_where_the_user_wants_it(window, tmp_path, monkeypatch):
    target = tmp_path / "report.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    offer = crash_report.offer("all that is known", window)
    offer.show()
    click(button(offer, "Save report…"))
    assert target.read_text(encoding="utf-8") == "all that is known"
