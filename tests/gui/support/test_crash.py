import logging
import sys
import threading

import pytest

from koa_desktop.gui.support import crash
from koa_desktop.system.log import keep_in


@pytest.fixture
def log(tmp_path):
    root = logging.getLogger("koa_desktop")
    before = list(root.handlers)
    keep_in(tmp_path / "log")
    yield tmp_path / "log" / "koa-desktop.log"
    for handler in root.handlers:
        handler.close()
    root.handlers = before


@pytest.fixture
def note(app, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    made = crash.CrashNote()
    made.install()
    return made


def failing(name):
    raise ValueError(f"cannot read /patients/{name}.dcm")


def test_an_error_is_logged_without_what_it_says_of_a_patient(log, note, wait_until):
    told = []
    note.happened.connect(lambda: told.append(threading.get_ident()))
    thread = threading.Thread(target=failing, args=("Doe-Jane",))
    thread.start()
    thread.join()
    wait_until(lambda: told)
    text = log.read_text(encoding="utf-8")
    assert "ValueError" in text
    assert "failing" in text
    assert "Doe" not in text
    assert "/patients" not in text
    assert told == [threading.get_ident()]


def test_a_session_is_told_only_once(log, note, wait_until, process):
    told = []
    note.happened.connect(lambda: told.append(1))
    for _ in range(3):
        try:
            failing("x")
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    wait_until(lambda: told)
    process(20)
    assert told == [1]
    assert log.read_text(encoding="utf-8").count("ValueError") == 3


def test_a_cause_is_logged_without_its_words(log, note):
    try:
        try:
            failing("Doe")
        except ValueError as error:
            raise RuntimeError("about Doe") from error
    except RuntimeError as error:
        note.note(error)
    text = log.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert "from ValueError" in text
    assert "Doe" not in text
