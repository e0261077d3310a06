"""The window in Arabic: all of it from right to left, but the films as they are."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest

from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.session.case import CaseState
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.summary import summary_report
from koa_desktop.wording.language import LANGUAGES
from tests.support.gui_driver import press, seen
from tests.support.sample_files import wide_film

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def arabic(speak, make_window):
    speak("ar")
    return make_window()


def shown_at(window, part):
    return QRect(part.mapTo(window, QPoint()), part.size())


def settled(view):
    """Return what a view shows once it is drawn in full, its film too."""
    before = np.zeros(1)
    while not np.array_equal(before, seen(view)) or np.ptp(inner(before)) < 100:
        before = seen(view)
        QTest.qWait(300)
    return before


def inner(picture):
    height, width = picture.shape[:2]
    return picture[height // 3 : -height // 3, width // 3 : -width // 3]


def read_film(window, show_in, films, wait_until):
    """Open a film of both knees and have the proposed boxes graded, by keyboard."""
    (case,) = show_in(window, wide_film(films))
    press(window, Qt.Key.Key_K, SHIFT)
    wait_until(lambda: case.state is CaseState.GRADED)
    return case


def test_list_and_cards_change_places(arabic):
    film = shown_at(arabic, arabic.film_area)
    assert shown_at(arabic, arabic.case_list).left() >= film.right()
    assert shown_at(arabic, arabic.panel).right() <= film.left()
    first, *_, last = arabic.menuBar().actions()
    geometry = arabic.menuBar().actionGeometry
    assert geometry(first).left() > geometry(last).left()


def test_a_film_is_drawn_as_in_english(speak, make_window, show_in, films, wait_until):
    crops, places = [], []
    for name in ("en", "ar"):
        speak(name)
        window = make_window()
        read_film(window, show_in, films, wait_until)
        view = window.film.view
        view.setFixedSize(560, 420)  # however high the letters of the texts around it are
        picture = settled(view)
        centres = [one.knee.box.centre for one in window.session.current.reading.knees]
        places.append([view.mapFromScene(QPointF(*centre)) for centre in centres])
        crops.append(
            [picture[at.y() - 25 : at.y() + 25, at.x() - 25 : at.x() + 25] for at in places[-1]]
        )
        window.hide()
    assert places[0] == places[1]
    right, left = places[1]
    assert right.x() < left.x()
    for english, arabic in zip(*crops, strict=True):
        assert np.abs(english.astype(int) - arabic).max() <= 2
        assert np.abs(arabic.astype(int) - arabic[:, ::-1]).max() > 20


def test_the_right_knee_stays_at_the_viewers_left_when_both_are_compared(
    arabic, show_in, films, wait_until
):
    read_film(arabic, show_in, films, wait_until)
    press(arabic, Qt.Key.Key_C)
    QTest.qWait(50)
    first, second = arabic.compare.films
    assert shown_at(arabic, first).right() <= shown_at(arabic, second).left()
    picture = seen(first)
    assert not np.array_equal(picture, picture[:, ::-1])


def test_arrow_keys_move_a_box_to_where_they_point(arabic, show_in, films, wait_until):
    case = read_film(arabic, show_in, films, wait_until)
    arabic.editor.choose(0)
    arabic.film.view.setFocus()
    QTest.keyClick(arabic.film.view, Qt.Key.Key_Tab)
    before = [one.knee.box.left for one in case.reading.knees]
    QTest.keyClick(arabic.film.view, Qt.Key.Key_Right)
    QTest.keyClick(arabic.film.view, Qt.Key.Key_Right)
    wait_until(lambda: [one.knee.box.left for one in case.reading.knees] != before)
    moved = [one.knee.box.left - left for one, left in zip(case.reading.knees, before, strict=True)]
    assert max(moved) > 0 == min(moved)


def test_grade_comment_and_agreement_are_entered_by_keyboard(arabic, show_in, films, wait_until):
    case = read_film(arabic, show_in, films, wait_until)
    arabic.editor.choose(0)
    press(arabic, Qt.Key.Key_3)
    press(arabic, Qt.Key.Key_J)
    press(arabic, Qt.Key.Key_Return)
    assert case.reading.knees[0].reader_grade == 3
    assert case.reading.is_read
    arabic.panel.comment.setPlainText("تضيق خفيف في المسافة المفصلية الإنسية")
    arabic.panel.comment.finish()
    assert case.reading.comment == "تضيق خفيف في المسافة المفصلية الإنسية"
    arabic.case_list.search.setText("تضيق")
    wait_until(lambda: arabic.case_list.list.model().rowCount() == 1)


def test_a_summary_goes_from_right_to_left(speak):
    speak("ar")
    html = summary_report([], ReportOptions()).html
    assert html.startswith('<html dir="rtl">')
    lines = re.findall(r"<tr>(.*?)</tr>", html)
    assert any(line.endswith("<td>KL 0</td>") for line in lines)


def test_another_language_is_chosen_in_the_preferences_for_the_next_start(window, process):
    window.set_preferences()
    (dialog,) = window.findChildren(Preferences)
    offered = [dialog.language.itemText(row) for row in range(dialog.language.count())]
    assert offered[1:] == list(LANGUAGES.values())
    assert not dialog.later.isVisible()
    dialog.language.setCurrentIndex(offered.index("العربية"))
    process()
    assert dialog.later.isVisible()
    dialog.accept()
    assert window.settings.language == "ar"
