"""A disk that is nearly full and a clock that is behind are told before work is lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing

import pytest
from PySide6.QtCore import Qt

from koa_desktop.gui.session.task_runner import Queue
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
