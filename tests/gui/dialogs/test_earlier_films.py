"""Films of earlier sessions: found, opened with their grades, removed for good."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from koa_desktop.examination.decision import Obstacle
from koa_desktop.gui.dialogs.earlier_films import EarlierFilmsDialog
from koa_desktop.knees.box import Box, Knee
from tests.support.gui_driver import CTRL, answer, click
from tests.support.sample_files import knee_crop


@pytest.fixture
def started(make_window):
    def start():
        window = make_window()
        window.session.kept.restore()
        return window

    return start


@pytest.fixture
def searched(started, show_in, wait_until, films):
    """A window with an empty list, two films of an earlier session, and the dialog."""
    first = started()
    _, b = show_in(first, knee_crop(films, "a.png", 1), knee_crop(films, "b.png", 2))
    first.session.select(b)
    first.editor.give_grade(4)
    first.session.remove(list(first.session.cases))
    assert first.close()
    window = started()
    window.actions_table["earlier_films"].trigger()
    dialog = window.findChild(EarlierFilmsDialog)
    wait_until(lambda: dialog.table.rowCount() == 2)
    return window, dialog


def names(dialog):
    return [dialog.table.item(row, 6).text() for row in range(dialog.table.rowCount())]


def test_a_search_finds_by_grade_and_by_name(searched, wait_until):
    _, dialog = searched
    dialog.search.setText("KL 4")
    wait_until(lambda: names(dialog) == ["b.png"])
    dialog.search.setText("a.p")
    wait_until(lambda: names(dialog) == ["a.png"])
    dialog.search.setText("nobody")
    wait_until(lambda: not names(dialog))
    assert not dialog.open_button.isEnabled()
    assert not dialog.remove_button.isEnabled()


@pytest.fixture
def ctrl_held(searched):
    """The Ctrl key, held in the dialog; no later test finds it pressed."""
    _, dialog = searched
    QTest.keyPress(dialog, Qt.Key.Key_Control, CTRL)
    yield
    QTest.keyRelease(dialog, Qt.Key.Key_Control)


@pytest.mark.usefixtures("ctrl_held")
def test_the_first_film_found_is_chosen_also_while_ctrl_is_held(searched, wait_until):
    _, dialog = searched
    for text in ("a.png", "b.png"):
        dialog.search.setText(text)
        wait_until(lambda text=text: names(dialog) == [text])
        assert [film.path.name for film in dialog.chosen] == [text]


def test_return_opens_what_was_found_with_its_grades(searched, wait_until, examiner, monkeypatch):
    window, dialog = searched
    monkeypatch.setattr(examiner, "examine_knee", None)
    dialog.search.setText("b.png")
    wait_until(lambda: names(dialog) == ["b.png"])
    dialog.search.returnPressed.emit()
    wait_until(lambda: window.session.current is not None and window.film.has_film)
    case = window.session.current
    assert case.path.name == "b.png"
    assert case.reading.placed[0].reader_grade == 4
    wait_until(lambda: window.findChild(EarlierFilmsDialog) is None)


def test_a_film_that_is_not_gradable_and_one_that_is_signed_are_told_apart(
    started, show_in, wait_until, films, finder
):
    finder.knees = (Knee(Box(20, 20, 180)),)
    first = started()
    a, b = show_in(first, knee_crop(films, "a.png", 1), knee_crop(films, "b.png", 2))
    first.session.select(a)
    first.editor.not_gradable(Obstacle.IMPLANT)
    first.session.select(b)
    first.editor.give_grade(2)
    first.settings.reader = first.session.reader = "Dr A"
    first.editor.sign("Dr A")
    assert first.close()
    window = started()
    window.actions_table["earlier_films"].trigger()
    dialog = window.findChild(EarlierFilmsDialog)
    wait_until(lambda: dialog.table.rowCount() == 2)
    told = {
        dialog.table.item(row, 6).text(): (
            dialog.table.item(row, 3).text(),
            dialog.table.item(row, 4).text(),
        )
        for row in range(2)
    }
    assert told == {"a.png": ("not gradable", "Draft"), "b.png": ("KL 2", "Final")}


def asked(window, wait_until):
    """Wait for the question whether to remove, and return it."""
    wait_until(lambda: window.findChild(QMessageBox))
    return window.findChild(QMessageBox)


def test_a_removed_film_is_forgotten_after_the_question(searched, wait_until, process, place):
    window, dialog = searched
    aside = place / "cases-damaged-20260101-000000.sqlite"
    aside.write_bytes(b"of another day")
    window.session.services.back_up_daily()
    wait_until(dialog.remove_button.isEnabled)
    click(dialog.remove_button)
    removed, kept = names(dialog)
    answer(asked(window, wait_until), QMessageBox.ButtonRole.RejectRole)
    wait_until(lambda: not window.findChild(QMessageBox))
    # A removal would be done beside the window.
    process(100)
    assert names(dialog) == [removed, kept]
    click(dialog.remove_button)
    answer(asked(window, wait_until), QMessageBox.ButtonRole.DestructiveRole)
    wait_until(lambda: names(dialog) == [kept])
    assert removed.encode() not in (place / "cases.sqlite").read_bytes()
    assert list((place / "backups").iterdir()) == []
    assert aside.exists()


def test_removing_a_film_that_is_open_takes_it_from_the_list(
    started, show_in, wait_until, films, place
):
    window = started()
    case, _ = show_in(window, knee_crop(films, "a.png", 1), knee_crop(films, "b.png", 2))
    window.session.select(case)
    window.editor.comment(case, "planted comment")
    window.actions_table["earlier_films"].trigger()
    dialog = window.findChild(EarlierFilmsDialog)
    dialog.search.setText("a.png")
    wait_until(lambda: names(dialog) == ["a.png"])
    click(dialog.remove_button)
    answer(asked(window, wait_until), QMessageBox.ButtonRole.DestructiveRole)
    wait_until(lambda: not names(dialog))
    assert [one.path.name for one in window.session.cases] == ["b.png"]
    assert not window.session.undo_stack.canUndo()
    assert window.close()
    assert b"planted comment" not in (place / "cases.sqlite").read_bytes()


def test_where_no_films_are_kept_the_dialog_says_so(started, wait_until):
    window = started()
    window.settings.list_kept = False
    window.actions_table["earlier_films"].trigger()
    dialog = window.findChild(EarlierFilmsDialog)
    wait_until(lambda: "no longer kept" in dialog.note.text())
