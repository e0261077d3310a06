"""A disk that is nearly full and a clock that is behind are told before work is lost."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections import namedtuple
from contextlib import closing

import pytest
from PySide6.QtCore import Qt

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import sign_off
from koa_desktop.examination.store import ReadingStore
from koa_desktop.gui.session import reading_keeper
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.system import release_files
from koa_desktop.system.paths import RESOURCES
from tests.support.gui_driver import button, click, press, texts
from tests.support.sample_files import knee_crop

Usage = namedtuple("Usage", "total used free")


def start(window):
    window.session.warm_up()
    window.session.runner.finish(Queue.UNNOTICED, 10)


def test_little_room_is_told_once(window, monkeypatch, wait_until):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40, 50 * 2**20))
    start(window)
    wait_until(lambda: "has only 50 MB left" in texts(window.saving.store))
    click(button(window.saving.store, "OK"))
    assert not window.saving.store.isVisible()


def told(window):
    bar = window.saving.store
    return texts(bar) if bar.isVisible() else ""


def test_little_room_is_told_while_the_window_is_open_and_withdrawn_when_it_is_over(
    make_window, monkeypatch, wait_until, process
):
    free = [1000]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40, free[0] * 2**20))
    monkeypatch.setattr(reading_keeper, "SURROUNDINGS_MS", 50)
    window = make_window()
    start(window)
    assert not told(window)
    free[0] = 150
    wait_until(lambda: "only 150 MB" in told(window))
    free[0] = 140
    process(200)
    assert "only 150 MB" in told(window)
    click(button(window.saving.store, "OK"))
    process(200)
    assert not told(window)
    free[0] = 70
    wait_until(lambda: "only 70 MB" in told(window))
    free[0] = 1000
    wait_until(lambda: not told(window))


def test_what_was_over_and_comes_again_is_told_again(make_window, monkeypatch, wait_until):
    free = [70]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40, free[0] * 2**20))
    monkeypatch.setattr(reading_keeper, "SURROUNDINGS_MS", 50)
    window = make_window()
    start(window)
    wait_until(lambda: told(window))
    click(button(window.saving.store, "OK"))
    notices = []
    window.session.saver.changed.connect(lambda: notices.append(window.session.services.notices))
    free[0] = 1000
    wait_until(lambda: notices.count(()) > 1)  # so that the bar has seen it, too
    free[0] = 70
    wait_until(lambda: "only 70 MB" in told(window))


def test_a_reading_that_cannot_be_saved_looks_for_room_at_once(
    window, show, films, monkeypatch, wait_until
):
    show(knee_crop(films))
    start(window)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40, 3 * 2**20))

    def fail(*_):
        raise StoreError(StoreReason.DISK_FULL)

    monkeypatch.setattr(ReadingStore, "save", fail)
    press(window, Qt.Key.Key_4)
    wait_until(lambda: "only 3 MB" in told(window))
    monkeypatch.undo()
    window.session.saver.retry()
    assert window.session.saver.finish(10)


def test_a_clock_that_is_set_back_and_right_again_is_told_and_withdrawn(
    make_window, films, show_in, monkeypatch, wait_until
):
    monkeypatch.setattr(reading_keeper, "SURROUNDINGS_MS", 50)
    window = make_window()
    show_in(window, knee_crop(films))
    start(window)
    press(window, Qt.Key.Key_4)
    assert window.session.saver.finish(10)
    now = sign_off.now
    monkeypatch.setattr(sign_off, "now", lambda: "2001-01-01T00:00:00+00:00")
    wait_until(lambda: "Set the clock right" in told(window))
    monkeypatch.setattr(sign_off, "now", now)
    wait_until(lambda: not told(window))


@pytest.mark.parametrize(("at", "is_told"), [("2001-01-01", False), ("2999-01-01", True)])
def test_a_clock_behind_the_last_reading_is_told(window, show, films, place, at, is_told):
    show(knee_crop(films))
    press(window, Qt.Key.Key_4)
    assert window.session.saver.finish(10)
    with closing(sqlite3.connect(place / "cases.sqlite")) as connection, connection:
        connection.execute("UPDATE audit SET at = ?", (f"{at}T00:00:00+00:00",))
    start(window)
    told = texts(window.saving.store)
    assert ("Set the clock right" in told) is is_told


def test_a_damaged_translation_is_told_once_the_window_is_shown(
    window, monkeypatch, wait_until, tmp_path
):
    for folder in release_files.LISTED:
        shutil.copytree(RESOURCES / folder, tmp_path / "resources" / folder)
    monkeypatch.setattr(release_files, "RESOURCES", tmp_path / "resources")
    (tmp_path / "resources/translations/fr/LC_MESSAGES/qt.mo").write_bytes(b"cut")
    start(window)
    wait_until(lambda: "The translation fr/LC_MESSAGES/qt.mo is missing or damaged" in told(window))
    click(button(window.saving.store, "OK"))
    assert not told(window)


def test_the_release_is_checked_outside_the_windows_thread(window, monkeypatch, wait_until):
    threads = []
    monkeypatch.setattr(
        release_files, "faults", lambda: threads.append(threading.current_thread()) or []
    )
    start(window)
    wait_until(lambda: threads)
    assert threads[0] is not threading.main_thread()
