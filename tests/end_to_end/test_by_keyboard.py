"""A day's way by keyboard alone: open, read, comment, not gradable, report, export, close."""

from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel

from koa_desktop.examination.decision import Choice, Obstacle
from koa_desktop.gui.export.dialog import ReportDialog
from koa_desktop.knees.box import Box, BoxClass, Knee
from koa_desktop.radiograph import Side
from tests.support.fake_examiner import seen
from tests.support.gui_driver import CTRL, SHIFT, press
from tests.support.sample_files import knee_crop, two_grades_film

RIGHT = Knee(Box(60, 130, 224), Side.RIGHT)
LEFT = Knee(Box(410, 130, 224), Side.LEFT)


@pytest.fixture
def opened(window, films, finder, monkeypatch, wait_until):
    """A film of a native knee and an artificial joint, and a crop, opened with Ctrl+O."""
    finder.knees = (RIGHT, LEFT)
    finder.contents[LEFT.box] = seen(BoxClass.IMPLANT)
    paths = [two_grades_film(films), knee_crop(films)]
    answer = staticmethod(lambda *_args, **_more: ([str(path) for path in paths], ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", answer)
    press(window, Qt.Key.Key_O, CTRL)
    wait_until(lambda: len(window.session.cases) == 2 and window.session.graded == 2, 60)
    wait_until(lambda: window.film.has_film)
    return list(window.session.cases)


def typed(part, text):
    QTest.keyClicks(part.focusWidget(), text)


def activate(part):
    """Make a window the active one, as a click on it would; that takes the platform a moment."""
    for _ in range(2):
        part.activateWindow()
        QTest.qWait(50)
    assert QTest.qWaitForWindowActive(part)


def go_to(dialog, name):
    """Press Tab until the part with this text or name has the focus."""
    for _ in range(40):
        part = dialog.focusWidget()
        if name in (part.accessibleName(), getattr(part, "text", str)()):
            return
        press(dialog, Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {name}.")


def test_the_whole_way(window, opened, tmp_path, wait_until):
    film, crop = opened
    press(window, Qt.Key.Key_3)
    press(window, Qt.Key.Key_M, CTRL)
    typed(window, "Loose body")
    press(window, Qt.Key.Key_Escape)
    press(window, Qt.Key.Key_J)
    press(window, Qt.Key.Key_U)
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    typed(window, "Knee replaced on the left.")
    press(window, Qt.Key.Key_Escape)
    press(window, Qt.Key.Key_D, CTRL)
    dictation = window.dictations.dialog
    activate(dictation)
    press(dictation, Qt.Key.Key_A, CTRL)
    typed(dictation, "Osteoarthritis right, implant left.")
    press(dictation, Qt.Key.Key_Escape)
    assert not dictation.isVisible()
    activate(window)
    first, second = film.reading.knees
    assert (first.reader_grade, first.comment) == (3, "Loose body")
    assert second.decision.obstacle is Obstacle.IMPLANT
    assert film.reading.comment == "Knee replaced on the left."
    assert film.reading.dictation.impression == "Osteoarthritis right, implant left."
    press(window, Qt.Key.Key_N)
    assert window.session.current is crop
    press(window, Qt.Key.Key_Return)
    assert crop.reading.knees[0].decision.choice is Choice.AGREED
    press(window, Qt.Key.Key_R, CTRL)
    dialog = window.findChild(ReportDialog)
    activate(dialog)
    out = tmp_path / "out"
    out.mkdir()
    go_to(dialog, "Which cases")
    press(dialog, Qt.Key.Key_End)
    go_to(dialog, "Table (CSV)")
    press(dialog, Qt.Key.Key_Space)
    go_to(dialog, "Folder")
    press(dialog, Qt.Key.Key_A, CTRL)
    typed(dialog, str(out))
    press(dialog, Qt.Key.Key_Return)
    wait_until(lambda: dialog.findChild(QLabel, "outcome").text(), 60)
    assert "3 files were written" in dialog.findChild(QLabel, "outcome").text()
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["decision"] for row in rows] == ["overruled", "not-gradable", "agreed"]
    press(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
