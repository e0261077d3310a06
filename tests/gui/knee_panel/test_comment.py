"""A comment is saved while it is typed, and nothing that happens meanwhile replaces it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.support.gui_driver import CTRL, press
from tests.support.sample_files import knee_crop

SENTENCE = "Osteophytes of the medial tibia"


def type_into(window, text: str) -> None:
    QTest.keyClicks(window.panel.comment, text)


def test_a_refresh_while_typing_replaces_nothing(window, show, films):
    """Grading that ends, and an earlier film that is graded, refresh the panel."""
    (case,) = show(knee_crop(films))
    window.panel.comment.setFocus()
    for letter in SENTENCE:
        type_into(window, letter)
        window.session.case_changed.emit(case)
        window.refresh()
    assert window.panel.comment.toPlainText() == SENTENCE
    window.panel.comment.finish()
    assert case.reading.comment == SENTENCE


def test_typing_without_a_pause_is_saved_within_two_seconds(window, show, films, wait_until):
    (case,) = show(knee_crop(films))
    window.panel.comment.setFocus()
    typed = ""

    def still_typing() -> bool:
        nonlocal typed
        type_into(window, "x")
        typed += "x"
        return bool(case.reading.comment)

    wait_until(still_typing, 8)
    assert set(case.reading.comment) == {"x"}
    window.panel.comment.finish()
    assert case.reading.comment == typed


def test_what_is_typed_belongs_to_the_case_it_was_typed_on(window, show, films):
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    window.session.select(first)
    type_into(window, SENTENCE)
    # Shown without a word to the comment box, as after a removal.
    window.session.select(second)
    assert first.reading.comment == SENTENCE
    assert second.reading.comment == ""
    assert window.panel.comment.toPlainText() == ""


def test_undo_takes_back_what_was_just_typed(window, show, films):
    (case,) = show(knee_crop(films))
    type_into(window, SENTENCE)
    window.undo()
    assert case.reading.comment == ""
    assert window.panel.comment.toPlainText() == ""


def test_a_long_comment_on_a_knee_is_read_from_its_beginning_and_written_on_at_its_end(
    window, show, films
):
    (case,) = show(knee_crop(films))
    press(window, Qt.Key.Key_M, CTRL)
    line = window.panel.cards[0].comment
    assert line.hasFocus()
    long = f"{SENTENCE}, of the lateral tibia, and of both femoral condyles"
    QTest.keyClicks(line, long)
    press(window, Qt.Key.Key_Escape)
    assert not line.hasFocus()
    assert line.cursorPosition() == 0
    press(window, Qt.Key.Key_M, CTRL)
    QTest.keyClicks(line, " too")
    press(window, Qt.Key.Key_Escape)
    assert case.reading.knees[0].comment == f"{long} too"
