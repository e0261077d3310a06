"""The reader's work on a full disk, beside another program, behind a slow film: kept, and told."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from koa_desktop.examination import store_file
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.reading import graded
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.gui.app import save_before_log_off
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case, CaseState
from koa_desktop.message import Message
from tests.support.gui_driver import button, click, press, texts
from tests.support.sample_files import knee_crop
from tests.support.window_fixtures import *  # noqa: F403  # fixtures are found by name

GRADES = (Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)
CONNECT = sqlite3.connect


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("koa_desktop.examination.encryption.database.LOCKED_SECONDS", 0.2)


@pytest.fixture
def database(place: Path) -> Path:
    return place / "cases.sqlite"


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Lock the database as another program does that writes into it."""
    with closing(CONNECT(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch, pragma: str) -> Iterator[None]:
    """Let SQLite itself refuse to write, as a pragma of each connection says."""

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = CONNECT(*arguments, **options)
        connection.execute(pragma)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        yield


def kept_grades(database: Path, case: Case) -> list[int | None]:
    assert case.radiograph is not None
    stored = ReadingStore(database).load(case.radiograph.sha256)
    return [marked.reader_grade for marked in stored.reading.knees] if stored else []


def grade_elsewhere(database: Path, case: Case, grade: int) -> None:
    """Grade a case as another program does."""
    assert case.radiograph is not None
    reading = replace(graded(case.reading, 0, grade), comment="of another program")
    step = Step(Message.of(Action.GRADE, grade=grade))
    ReadingStore(database).save(case.radiograph.sha256, reading, (step,), Circumstances("Dr B"))


def is_warned(window: MainWindow) -> bool:
    return window.saving.unsaved.isVisible()


def warning(window: MainWindow) -> str:
    return texts(window.saving.unsaved)


@pytest.mark.requirement("R9")
@pytest.mark.parametrize(
    ("pragma", "reason"),
    [("PRAGMA max_page_count = 1", "is full"), ("PRAGMA query_only = 1", "is read-only")],
)
def test_work_that_cannot_be_written_is_kept_and_the_bar_says_so(
    window, show, films, database, wait_until, monkeypatch, pragma: str, reason: str
) -> None:
    (case,) = show(knee_crop(films))
    press(window, GRADES[1])
    wait_until(lambda: kept_grades(database, case) == [1])
    with refusing(monkeypatch, pragma):
        press(window, GRADES[3])
        window.panel.comment.setPlainText("word " * 4000)
        window.panel.comment.finish()
        wait_until(lambda: reason in warning(window))
        assert "Not saved: crop.png." in warning(window)
    click(button(window.saving, "Retry"))
    wait_until(lambda: not window.session.saver.unsaved)
    assert not is_warned(window)
    assert kept_grades(database, case) == [3]


def test_a_folder_that_cannot_be_written_is_told_from_the_start(
    make_window, place, monkeypatch, wait_until
) -> None:
    ReadingStore(place / "cases.sqlite")
    with refusing(monkeypatch, "PRAGMA query_only = 1"):
        window = make_window()
        window.session.warm_up()
        wait_until(lambda: is_warned(window))
        assert "Work cannot be saved at present. The case list or its folder is read-only." in (
            warning(window)
        )
    wait_until(lambda: not is_warned(window))


def test_a_locked_database_is_tried_again_by_itself(
    window, show, films, database, wait_until
) -> None:
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    press(window, GRADES[2])
    wait_until(lambda: kept_grades(database, first) == [2])
    with locked(database):
        press(window, GRADES[3])
        window.session.select(second)
        press(window, GRADES[4])
        wait_until(lambda: "locked" in warning(window))
        assert "a.png, b.png" in warning(window)
    wait_until(lambda: not window.session.saver.unsaved)
    assert not is_warned(window)
    assert (kept_grades(database, first), kept_grades(database, second)) == ([3], [4])


def test_closing_waits_for_work_that_is_not_saved_and_asks(
    window, show, films, database, wait_until
) -> None:
    (case,) = show(knee_crop(films))
    press(window, GRADES[2])
    wait_until(lambda: kept_grades(database, case) == [2])
    with locked(database):
        press(window, GRADES[3])
        assert not window.close()
        dialog = window.closing.dialog
        wait_until(lambda: "locked" in texts(dialog))
        assert "Not saved: crop.png." in texts(dialog)
        click(button(dialog, "Go back"))
        wait_until(lambda: window.closing.dialog is None)
        assert window.isVisible()
        assert not window.close()
    wait_until(lambda: not window.isVisible())
    assert kept_grades(database, case) == [3]


def test_logging_off_saves_and_is_stopped_where_that_fails(window, show, films, database) -> None:
    (case,) = show(knee_crop(films))
    manager = MagicMock()
    window.panel.comment.setPlainText("typed a moment ago")
    save_before_log_off(window, manager)
    manager.cancel.assert_not_called()
    assert case.radiograph is not None
    stored = ReadingStore(database).load(case.radiograph.sha256)
    assert stored is not None
    assert stored.reading.comment == "typed a moment ago"
    with locked(database):
        press(window, GRADES[3])
        save_before_log_off(window, manager)
        manager.cancel.assert_called_once_with()


def test_the_reader_may_close_without_saving(window, show, films, database, wait_until) -> None:
    (case,) = show(knee_crop(films))
    press(window, GRADES[2])
    wait_until(lambda: kept_grades(database, case) == [2])
    with locked(database):
        press(window, GRADES[3])
        assert not window.close()
        click(button(window.closing.dialog, "Close without saving"))
        wait_until(lambda: not window.isVisible())
    assert kept_grades(database, case) == [2]


def test_grades_are_saved_while_a_slow_film_is_read(
    window, show, films, database, wait_until, monkeypatch
) -> None:
    """As from a slow share: it is being read when the window is closed."""
    (case,) = show(knee_crop(films, "a.png"))
    gate, reading = threading.Event(), threading.Event()

    def slow(*_: object) -> object:
        reading.set()
        gate.wait(20)
        raise OSError

    monkeypatch.setattr(tasks, "read", slow)
    monkeypatch.setattr(tasks, "read_again", slow)
    window.open_files([knee_crop(films, "slow.png", 1)])
    wait_until(reading.is_set)
    wait_until(lambda: len(window.session.cases) == 2)
    slow_case = window.session.cases.at(1)
    assert slow_case.state is CaseState.LOADING
    wait_until(lambda: window.status.text.startswith("1 of 2 done"))
    window.session.select(case)
    press(window, GRADES[3])
    wait_until(lambda: kept_grades(database, case) == [3])
    press(window, GRADES[4])
    window.close()
    wait_until(lambda: not window.isVisible())
    assert kept_grades(database, case) == [4]
    gate.set()


def test_a_comment_is_saved_while_a_box_waits_for_its_grading(
    window, show, films, database, wait_until, monkeypatch
) -> None:
    (case,) = show(knee_crop(films))
    gate = threading.Event()
    monkeypatch.setattr(tasks, "grade_knees", lambda *_: gate.wait(20) and ())
    box = case.reading.knees[0].knee.box
    window.editor.move_box(0, replace(box, left=box.left + 5))
    wait_until(lambda: case.state is CaseState.LOADING)
    window.panel.comment.setPlainText("seen")
    window.panel.comment.finish()
    assert case.radiograph is not None
    stored = ReadingStore(database)
    wait_until(lambda: (found := stored.load(case.radiograph.sha256)) and found.reading.comment)
    assert case.state is CaseState.LOADING
    gate.set()


def test_saving_that_takes_long_is_said(window, show, films, wait_until, monkeypatch) -> None:
    show(knee_crop(films))
    gate = threading.Event()
    save = ReadingStore.save
    monkeypatch.setattr(
        ReadingStore, "save", lambda *given, **named: gate.wait(20) and save(*given, **named)
    )
    press(window, GRADES[3])
    assert not is_warned(window)
    wait_until(lambda: is_warned(window))
    assert "Saving takes longer" in warning(window)
    assert not [one for one in window.saving.findChildren(QPushButton) if one.isVisible()]
    assert not window.close()
    assert "is being saved" in texts(window.closing.dialog)
    gate.set()
    wait_until(lambda: not window.isVisible())


def test_a_reading_of_another_program_is_told_and_not_replaced(
    window, show, films, database, wait_until
) -> None:
    (case,) = show(knee_crop(films))
    press(window, GRADES[1])
    wait_until(lambda: kept_grades(database, case) == [1])
    grade_elsewhere(database, case, 4)
    press(window, GRADES[2])
    wait_until(window.saving.elsewhere.isVisible)
    assert "What you changed here since is not saved." in texts(window.saving.elsewhere)
    assert kept_grades(database, case) == [4]
    assert not window.close()
    assert "another program" in texts(window.closing.dialog)
    click(button(window.closing.dialog, "Go back"))
    click(button(window.saving, "Show the other reading"))
    wait_until(lambda: case.reading.comment == "of another program")
    assert case.reading.knees[0].reader_grade == 4
    assert window.panel.comment.toPlainText() == "of another program"
    wait_until(lambda: not window.saving.elsewhere.isVisible())
    window.undo()
    assert case.reading.knees[0].reader_grade == 2
    wait_until(lambda: kept_grades(database, case) == [2])


def test_the_reader_may_save_in_the_place_of_another_program(
    window, show, films, database, wait_until
) -> None:
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    grade_elsewhere(database, first, 4)
    # Seen when the case is shown again, without a change here.
    window.session.select(second)
    window.session.select(first)
    wait_until(window.saving.elsewhere.isVisible)
    assert "not saved" not in texts(window.saving.elsewhere)
    press(window, GRADES[2])
    click(button(window.saving, "Save this one instead"))
    wait_until(lambda: kept_grades(database, first) == [2])
    wait_until(lambda: not window.saving.elsewhere.isVisible())
    trail = ReadingStore(database).audit_trail(first.radiograph.sha256)
    assert [entry.detail["knees"][0]["reader_grade"] for entry in trail] == [4, 2]


def test_a_reading_that_cannot_be_loaded_is_said_and_comes_later(
    make_window, show_in, films, database, wait_until
) -> None:
    path = knee_crop(films)
    window = make_window()
    (case,) = show_in(window, path)
    grade_elsewhere(database, case, 3)
    window.close()
    again = make_window()
    with locked(database):
        (case,) = show_in(again, path)
        wait_until(lambda: is_warned(again))
        assert "The earlier reading could not be loaded: crop.png." in warning(again)
        assert case.reading.knees[0].reader_grade is None
    wait_until(lambda: case.reading.knees[0].reader_grade == 3)
    wait_until(lambda: not is_warned(again))
    press(again, GRADES[1])
    wait_until(lambda: kept_grades(database, case) == [1])


def test_a_damaged_database_is_named_and_work_goes_on(
    make_window, show_in, films, database, wait_until
) -> None:
    path = knee_crop(films)
    window = make_window()
    show_in(window, path)
    press(window, GRADES[1])
    wait_until(lambda: not window.session.saver.unsaved)
    window.close()
    os.truncate(database, database.stat().st_size // 2)
    again = make_window()
    (case,) = show_in(again, path)
    wait_until(again.saving.store.isVisible)
    (aside,) = database.parent.glob("cases-damaged-*.sqlite")
    assert str(database) in texts(again.saving.store)
    assert aside.name in texts(again.saving.store)
    press(again, GRADES[2])
    wait_until(lambda: kept_grades(database, case) == [2])
    click(button(again.saving, "OK"))
    assert not again.saving.store.isVisible()


def test_a_database_of_a_newer_program_is_named(make_window, place, database, wait_until) -> None:
    ReadingStore(database)
    with closing(CONNECT(database)) as connection:
        connection.execute("PRAGMA user_version = 999")
    window = make_window()
    window.session.warm_up()
    wait_until(window.saving.store.isVisible)
    said = texts(window.saving.store)
    assert f"{database} was written by a newer KOA Desktop" in said
    assert f"cases-v{store_file.SCHEMA_VERSION}.sqlite" in said


def test_a_damaged_row_is_said_at_its_film_and_costs_no_other(
    make_window, show_in, films, database, wait_until
) -> None:
    paths = [knee_crop(films, "a.png"), knee_crop(films, "b.png", 1)]
    window = make_window()
    for case in show_in(window, *paths):
        grade_elsewhere(database, case, 3)
    window.close()
    with closing(CONNECT(database)) as connection, connection:
        connection.execute("UPDATE examination SET knees = '[{}]' WHERE rowid = 1")
    again = make_window()
    first, second = show_in(again, *paths)
    assert (first.state, first.reading.knees[0].reader_grade) == (CaseState.GRADED, None)
    assert second.reading.knees[0].reader_grade == 3
    assert "is damaged" in texts(again.panel)
    again.session.select(second)
    assert "is damaged" not in texts(again.panel)
    assert not is_warned(again)
