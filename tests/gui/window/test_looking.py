"""Ways of looking change the screen alone; a film's polarity is changed by name, and marked."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import Qt

from koa_desktop.examination.findings import Flag
from koa_desktop.gui.dialogs import polarity
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import InvertedBy, Side
from koa_desktop.report.documents import document
from koa_desktop.report.tables import csv_bytes, rows
from koa_desktop.report.words import reviews
from koa_desktop.wording.sentences import sentence
from tests.support.gui_driver import RIGHT, at, drag, press, seen, texts
from tests.support.sample_files import wide_film

NOW = datetime(2026, 1, 2, tzinfo=UTC)
KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))


def table(case):
    return list(csv.DictReader(csv_bytes(rows("a.png", case.examination())).decode().splitlines()))


@pytest.fixture
def case(show, films, finder):
    finder.knees = KNEES
    return show(wide_film(films))[0]


def looks(window):
    """Every way of looking, as a reader asks for it."""
    view = window.film.view
    yield lambda: press(window, Qt.Key.Key_I)
    yield lambda: press(window, Qt.Key.Key_X)
    yield lambda: press(window, Qt.Key.Key_E)
    yield lambda: drag(view, at(view, 350, 60), (60, -40), RIGHT)
    yield lambda: press(window, Qt.Key.Key_B)


def test_no_way_of_looking_touches_the_results(window, case, process):
    press(window, Qt.Key.Key_Return)
    reading, grading, before = case.reading, dict(case.gradings), table(case)
    undo = window.session.undo_stack.count()
    picture = seen(window.film.view)
    for look in looks(window):
        look()
        process()
        after = seen(window.film.view)
        assert not np.array_equal(after, picture), "The look did not change."
        picture = after
        assert case.reading is reading
        assert case.gradings == grading
        assert table(case) == before
    assert window.session.undo_stack.count() == undo
    assert case.examination().radiograph is case.radiograph


def test_invert_shows_the_negative_and_says_so(window, case, films, wait_until):
    view = window.film.view
    place = at(view, 172, 300)
    inside = np.s_[place.y() : place.y() + 30, place.x() : place.x() + 30]
    plain = seen(view)[inside].astype(int)
    press(window, Qt.Key.Key_I)
    assert np.abs(seen(view)[inside] - (255 - plain)).max() <= 2  # rounded twice
    assert view.corner_text.warning == "INVERTED VIEW"
    window.open_files([wide_film(films, "other.png")])
    wait_until(lambda: window.session.graded == 2)
    press(window, Qt.Key.Key_PageDown)
    wait_until(lambda: window.film.has_film)
    assert window.session.current is not case
    assert not view.is_negative, "One film's look is not the next one's."
    press(window, Qt.Key.Key_PageUp)
    wait_until(lambda: window.film.has_film and window.session.current is case)
    assert view.is_negative
    press(window, Qt.Key.Key_I)
    assert view.corner_text.warning == ""


def test_stored_inverted_is_asked_marked_everywhere_and_undone_by_name(
    window, case, wait_until, monkeypatch
):
    asked = []
    answers = iter((False, True, True))
    monkeypatch.setattr(
        polarity, "confirmed", lambda *question: (asked.append(question), next(answers))[1]
    )
    command = window.actions_table["stored_inverted"]
    before = table(case)
    command.trigger()
    assert table(case) == before, "The answer was No."

    command.trigger()
    wait_until(lambda: not case.awaited)
    said = sentence(Flag.STORED_INVERTED)
    examination = case.examination()
    assert examination.radiograph.inverted_by is InvertedBy.USER
    assert window.film.view.corner_text.warning == "MARKED AS STORED INVERTED"
    assert all(said in texts(card) for card in window.panel.cards)
    assert [row["flags"].split(";").count("stored-inverted") for row in table(case)] == [1, 1]
    assert sum(said in review for review in reviews(examination)) == 2
    assert document("a.png", examination, NOW)["inverted_by"] == "user"

    assert command.text().replace("&", "") == "This film is not stored inverted…"
    command.trigger()
    assert case.reading.inverted is None
    assert table(case) == before
    assert not window.film.view.corner_text.warning
    assert len(asked) == 3
