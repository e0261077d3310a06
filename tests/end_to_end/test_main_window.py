"""The whole window, as a reader uses it: files in, grades seen, overruled, undone, kept."""

import gc
import os
import time
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSlider

from koa_desktop.gui.actions.commands import commands
from koa_desktop.gui.app import build
from koa_desktop.gui.session.case import CaseState
from koa_desktop.gui.support.settings import Settings, Theme
from koa_desktop.knees.box import SideSource
from tests.support.gui_driver import drop, press, texts
from tests.support.sample_files import broken_file, knee_crop, wide_film

KEYS = {str(grade): getattr(Qt.Key, f"Key_{grade}") for grade in range(5)}


def text_of(card):
    return card.findChild(QLabel, "grade").text()


def test_five_dropped_files_one_of_them_broken(window, films, wait_until):
    paths = [knee_crop(films, f"{n}.png", n) for n in range(4)]
    drop(window, [*paths[:2], broken_file(films), *paths[2:]])
    wait_until(lambda: len(window.session.cases) == 5)
    wait_until(lambda: window.session.graded == 5)
    states = [case.state for case in window.session.cases]
    assert states == [
        CaseState.GRADED,
        CaseState.GRADED,
        CaseState.ERROR,
        CaseState.GRADED,
        CaseState.GRADED,
    ]
    assert window.session.current.path == paths[0]
    assert text_of(window.panel.cards[0]).startswith("KL ")
    wait_until(lambda: window.status.text.startswith("5 of 5 done"))


def test_a_dropped_folder_is_opened(window, films, wait_until):
    for n in range(3):
        knee_crop(films, f"{n}.png", n)
    drop(window, [films])
    wait_until(lambda: len(window.session.cases) == 3)


def test_a_broken_file_says_so_in_the_middle(window, show, films):
    case = show(broken_file(films))[0]
    assert case.error_sentence in texts(window.film)
    assert not window.panel.cards


def test_a_grade_is_overruled_by_a_key_and_brought_back_by_undo(window, show, films):
    case = show(knee_crop(films))[0]
    model = case.examination().knees[0].finding.grade
    own = (model + 2) % 5
    press(window, KEYS[str(own)])
    assert text_of(window.panel.cards[0]) == f"KL {own}"
    assert f"KL {model}" in texts(window.panel.cards[0])
    assert case.grades_text() == f"KL {own}"
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert text_of(window.panel.cards[0]) == f"KL {model}"
    assert case.reading.knees[0].reader_grade is None
    press(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert text_of(window.panel.cards[0]) == f"KL {own}"


def test_agreeing_reads_the_case(window, show, films, wait_until):
    case = show(knee_crop(films))[0]
    press(window, Qt.Key.Key_Return)
    assert case.reading.is_read
    wait_until(lambda: "1 of 1 read" in texts(window.case_list))


def test_two_knees_are_placed_and_read_by_keyboard_alone(window, show, films, wait_until):
    case = show(wide_film(films))[0]
    assert case.state is CaseState.NEEDS_BOX
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    wait_until(lambda: case.state is CaseState.GRADED)
    press(window, Qt.Key.Key_3)
    press(window, Qt.Key.Key_J)
    assert window.editor.knee == 1
    press(window, Qt.Key.Key_1)
    assert [marked.reader_grade for marked in case.reading.knees] == [3, 1]
    press(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert case.reading.knees[1].knee.side_source == SideSource.READER
    assert window.film.view.hasFocus() or window.case_list.list.hasFocus()


def test_a_dragged_box_is_graded_where_it_lands(window, show, films, wait_until):
    case = show(wide_film(films))[0]
    view = window.film.view
    before = case.reading.knees[0].knee.box
    start = view.to_view(QPointF(*before.centre)).toPoint()
    end = start + QPoint(-20, 15)
    target = view.viewport()
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 5):
        QTest.mouseMove(target, start + (end - start) * step / 4)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=end)
    wait_until(lambda: case.reading.knees[0].knee.box != before)
    wait_until(lambda: case.examined(case.reading.knees[0]) is not None)
    assert case.reading.knees[0].knee.placed_by_user
    assert case.reading.knees[1].proposed
    assert text_of(window.panel.cards[0]).startswith("KL ")


def test_a_box_is_drawn_and_deleted(window, show, films, wait_until):
    case = show(wide_film(films))[0]
    press(window, Qt.Key.Key_K)
    view = window.film.view
    corners = [view.to_view(QPointF(x, y)).toPoint() for x, y in ((60, 130), (284, 354))]
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=corners[0])
    QTest.mouseMove(view.viewport(), (corners[0] + corners[1]) / 2)
    QTest.mouseMove(view.viewport(), corners[1])
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=corners[1])
    wait_until(lambda: case.state is CaseState.GRADED)
    assert len(case.reading.knees) == 1
    view.setFocus()
    press(window, Qt.Key.Key_Delete)
    assert not case.reading.knees
    assert case in window.session.cases


def test_the_heat_map_is_shown_and_hidden_by_its_key(window, show, films):
    show(knee_crop(films))
    plain = window.film.view.grab().toImage()
    press(window, Qt.Key.Key_H)
    assert window.actions_table["heat"].isChecked()
    assert window.film.view.grab().toImage() != plain
    press(window, Qt.Key.Key_H)
    assert window.film.view.grab().toImage() == plain


def test_another_grades_heat_map_can_be_asked_for(window, show, films):
    case = show(knee_crop(films))[0]
    press(window, Qt.Key.Key_H)
    own = case.examination().knees[0].finding.grade
    classes = window.tools.findChild(QComboBox)
    assert classes.itemText(0) == f"KL {own} (predicted)"
    predicted = window.film.view.grab().toImage()
    classes.setCurrentIndex(1 + (own + 2) % 5)
    assert window.film.view.grab().toImage() != predicted


def test_digits_written_in_the_comment_are_no_grades(window, show, films, wait_until):
    case = show(knee_crop(films))[0]
    window.panel.comment.setFocus()
    QTest.keyClicks(window.panel.comment, "2 mm, h")
    window.panel.comment.finish()
    assert case.reading.comment == "2 mm, h"
    assert case.reading.knees[0].reader_grade is None
    assert not window.actions_table["heat"].isChecked()


@pytest.mark.requirement("R6")
def test_a_comment_belongs_to_the_case_it_was_written_on(window, show, films):
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    window.panel.comment.setPlainText("of the first")
    window.case_list.next()
    assert first.reading.comment == "of the first"
    assert second.reading.comment == ""
    assert window.panel.comment.toPlainText() == ""


def test_the_readers_choice_of_case_is_kept_while_others_are_graded(
    window, show, films, wait_until
):
    show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    window.case_list.next()
    chosen = window.session.current
    show(knee_crop(films, "c.png", 2))
    assert window.session.current is chosen


def test_removal_by_key_is_undone(window, show, films):
    show(*(knee_crop(films, f"{n}.png", n) for n in range(3)))
    window.case_list.list.setFocus()
    press(window, Qt.Key.Key_Delete)
    assert [case.path.name for case in window.session.cases] == ["1.png", "2.png"]
    assert window.session.current.path.name == "1.png"
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [case.path.name for case in window.session.cases] == ["0.png", "1.png", "2.png"]
    assert window.session.current.path.name == "0.png"
    assert (films / "0.png").exists()


def test_search_finds_names_and_states(window, show, films):
    show(knee_crop(films, "anna.png"), knee_crop(films, "berta.png", 1), broken_file(films))
    found = window.case_list.list.model()
    QTest.keyClicks(window.case_list.search, "bert")
    assert found.rowCount() == 1
    window.case_list.search.setText("error")
    assert found.rowCount() == 1
    window.case_list.search.setText("kl")
    assert found.rowCount() == 2
    QTest.keyClick(window.case_list.search, Qt.Key.Key_Escape)
    assert found.rowCount() == 3


def test_next_unread_passes_over_what_is_read(window, show, films):
    cases = show(*(knee_crop(films, f"{n}.png", n) for n in range(3)))
    window.case_list.list.setFocus()
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_N)
    assert window.session.current is cases[1]
    press(window, Qt.Key.Key_N)
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_N)
    assert window.session.current is cases[1]


def test_what_was_set_is_there_next_time(make_window, place):
    first = make_window()
    first.resize(1111, 777)
    first.tools.findChild(QSlider).setValue(35)
    first.set_theme("light")
    first.close()
    again = make_window()
    assert again.tools.opacity == 0.35
    assert again.settings.theme is Theme.LIGHT
    assert again.actions_table["theme_light"].isChecked()


def test_a_theme_chosen_in_the_menu_dresses_the_window(window, app):
    window.actions_table["theme_light"].trigger()
    light = app.palette().color(QPalette.ColorRole.Window).lightness()
    window.actions_table["theme_dark"].trigger()
    assert app.palette().color(QPalette.ColorRole.Window).lightness() < light


def test_a_change_of_the_systems_colours_dresses_the_window(window, app):
    window.set_theme("dark")
    dark = app.palette().color(QPalette.ColorRole.Window).lightness()
    window.settings.theme = Theme.LIGHT
    app.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert app.palette().color(QPalette.ColorRole.Window).lightness() > dark


def test_a_closed_window_leaves_no_memory_behind(app, place, films, wait_until):
    def used() -> list[weakref.ref]:
        settings = Settings(QSettings(str(place / "settings.ini"), QSettings.Format.IniFormat))
        window = build(app, settings, place / "cases.sqlite")
        window.open_files([knee_crop(films)])
        wait_until(lambda: window.session.graded == 1)
        window.close()
        window.deleteLater()
        return [weakref.ref(window), weakref.ref(window.session)]

    kept = used()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [one() for one in kept] == [None, None]


def test_opened_files_are_offered_again_until_the_list_is_cleared(window, show, films):
    path = knee_crop(films)
    show(path)
    menu = window.opener.recent_menu
    menu.aboutToShow.emit()
    assert menu.actions()[0].text().endswith(path.name)
    menu.actions()[-1].trigger()
    menu.aboutToShow.emit()
    assert not menu.actions()[0].isEnabled()


def test_the_readers_grade_is_there_in_the_next_session(make_window, films, wait_until):
    path = knee_crop(films)
    first = make_window()
    first.open_files([path])
    wait_until(lambda: first.session.graded == 1)
    first.editor.give_grade(4)
    first.close()
    again = make_window()
    again.open_files([path])
    wait_until(lambda: again.session.graded == 1)
    assert again.session.current.reading.knees[0].reader_grade == 4


def test_closing_while_files_are_graded_ends_at_once(window, films, wait_until):
    window.open_files([knee_crop(films, f"{n}.png", n) for n in range(60)])
    wait_until(lambda: window.session.graded >= 2)
    started = time.monotonic()
    window.close()
    assert time.monotonic() - started < 2
    QTest.qWait(50)


def test_an_empty_window_says_what_to_do(window):
    buttons = window.film.currentWidget().findChildren(QPushButton)
    assert [button.text() for button in buttons] == ["Open…", "Try the samples", "Set up…"]
    for name in ("fit", "agree", "grade_2", "report", "undo", "remove"):
        assert not window.actions_table[name].isEnabled()
    assert window.actions_table["open"].isEnabled()


def test_a_crash_and_a_file_known_already_are_said_in_the_status_line(
    window, show, films, wait_until
):
    path = knee_crop(films)
    show(path)
    window.open_files([path])
    wait_until(lambda: window.status.notice == "1 file was already in the list.")
    window.report_crash()
    assert "unexpected" in window.status.notice
    assert window.status.text.startswith("1 of 1 done")


def test_no_two_actions_answer_to_one_key(window):
    taken = {}
    for command in commands():
        for key in window.actions_table[command.id].shortcuts():
            place = (key.toString(), command.scope)
            assert place not in taken, f"{command.id} and {taken.get(place)}"
            taken[place] = command.id


def test_every_part_has_a_name_to_be_read_aloud(window):
    parts = (
        window.film.view,
        window.case_list.list,
        window.case_list.search,
        window.panel,
        window.panel.comment,
        window.tools.findChild(QSlider),
        window.tools.findChild(QComboBox),
    )
    assert all(part.accessibleName() for part in parts)


def test_the_shortcut_sheet_and_the_models_card_open(window, process):
    for name in ("shortcuts", "model", "about"):
        window.actions_table[name].trigger()
    process(20)
    sheets = [
        dialog for dialog in window.children() if getattr(dialog, "objectName", str)() == "help"
    ]
    texts = [sheet.layout().itemAt(0).widget().toPlainText() for sheet in sheets]
    assert any("Ctrl+O" in text and "wheel" in text for text in texts)
    assert any("koa" in text and "kappa" in text.lower() for text in texts)
    assert any("Model koa" in text and "Finder of knees" in text for text in texts)
    for sheet in sheets:
        sheet.close()
    process(20)


def test_a_thousand_cases_are_listed_without_delay(window):
    from koa_desktop.gui.session.case import Case

    window.session.stop()
    window.session.cases.add([Case(Path(f"/none/{n}.png")) for n in range(1000)])
    started = time.monotonic()
    window.case_list.list.scrollToBottom()
    window.case_list.list.grab()
    window.case_list.search.setText("99")
    window.case_list.list.grab()
    assert window.case_list.list.model().rowCount() == 19
    assert time.monotonic() - started < 2


@pytest.mark.skipif("KOA_DATA" not in os.environ, reason="KOA_DATA is unset")
def test_a_real_dicom_file_is_shown(window, show):
    path = min(Path(os.environ["KOA_DATA"], "dicom").glob("*.dcm"))
    case = show(path)[0]
    assert not case.error
    assert window.film.has_film
