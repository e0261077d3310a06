"""One session from the first file to the export: with the mouse, and by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel

from koa_desktop.gui.session.case import CaseState
from tests.support.gui_driver import button, click, drop, press, told_by
from tests.support.sample_files import broken_file, knee_crop, wide_film

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def five(films):
    crops = [knee_crop(films, f"{n}.png", n) for n in range(3)]
    return [wide_film(films, "a-film.png"), *crops, broken_file(films)]


@pytest.fixture
def target(monkeypatch, tmp_path):
    path = tmp_path / "out.csv"
    answer = staticmethod(lambda *_args, **_more: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return path


def test_with_the_mouse(window, five, wait_until, target):
    drop(window, five)
    wait_until(lambda: len(window.session.cases) == 5)
    wait_until(lambda: window.session.graded == 5, 60)
    film, *_, broken = window.session.cases
    assert broken.state is CaseState.ERROR
    wait_until(lambda: window.film.has_film)
    click(button(window.panel.cards[0], "Grade these boxes  Shift+K"))
    wait_until(lambda: film.state is CaseState.GRADED)
    QTest.qWait(50)
    own = (film.finding(film.reading.knees[0]).grade + 2) % 5
    click(button(window.panel.cards[0], f"Reader's grade {own}"))
    assert window.panel.cards[0].findChild(QLabel, "grade").text() == f"KL {own}"
    plain = window.film.view.grab().toImage()
    for heated in (True, False):
        click(window.tools.widgetForAction(window.actions_table["heat"]))
        assert (window.film.view.grab().toImage() != plain) is heated
    click(window.end_bar.widgetForAction(window.actions_table["compare"]))
    assert f"KL {own}" in told_by(window.compare.captions[0])
    click(window.end_bar.widgetForAction(window.actions_table["compare"]))
    assert window.film.view.isVisible()
    window.actions_table["table"].trigger()
    wait_until(target.exists)
    rows = target.read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 1 + 2 + 3 + 1
    assert "not a radiograph" in rows[-1]
    assert rows[-1].startswith("KOA-"), "a study code stands for the file's name"


def test_by_keyboard_alone(window, five, wait_until, target, monkeypatch):
    answer = staticmethod(lambda *_args, **_more: ([str(path) for path in five], ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", answer)
    press(window, Qt.Key.Key_O, CONTROL)
    wait_until(lambda: len(window.session.cases) == 5)
    wait_until(lambda: window.session.graded == 5, 60)
    wait_until(lambda: window.film.has_film)
    film = window.session.cases.at(0)
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    wait_until(lambda: film.state is CaseState.GRADED)
    own = (film.finding(film.reading.knees[0]).grade + 2) % 5
    press(window, getattr(Qt.Key, f"Key_{own}"))
    assert window.panel.cards[0].findChild(QLabel, "grade").text() == f"KL {own}"
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_Return)
    assert film.reading.is_read
    QTest.qWait(50)
    plain = window.film.view.grab().toImage()
    for heated in (True, False):
        press(window, Qt.Key.Key_H)
        assert (window.film.view.grab().toImage() != plain) is heated
    press(window, Qt.Key.Key_C)
    assert window.compare.isVisible()
    press(window, Qt.Key.Key_Escape)
    press(window, Qt.Key.Key_N)
    assert window.session.current is window.session.cases.at(1)
    press(window, Qt.Key.Key_T, CONTROL)
    wait_until(target.exists)
    assert f",{own}," in target.read_text(encoding="utf-8-sig")
