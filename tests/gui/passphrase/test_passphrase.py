"""The passphrase of the case list in the window: set, changed, removed, and asked for."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import backup
from koa_desktop.examination.encryption import change, database, keys
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.gui import app as program
from koa_desktop.gui.dialogs.passphrase.ask import AskPassphrase
from koa_desktop.gui.dialogs.passphrase.change import ChangePassphrase
from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.support.one_window import OneWindow
from koa_desktop.system import pin
from koa_desktop.wording import language
from tests.support.gui_driver import answer, texts
from tests.support.sample_files import knee_crop

WORDS, OTHER = "three horses and a tram", "four foxes on a ferry"
NAME = "zyxwvut-planted"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(keys, "COST", 2**4)


@pytest.fixture
def read(window, show, films, wait_until):
    """A window with a film of a telling name that was read, and a recent file."""
    window.session.kept.restore()
    (case,) = show(knee_crop(films, f"{NAME}.png"))
    window.editor.give_grade(4)
    window.editor.comment(case, NAME)
    wait_until(lambda: not window.session.saver.unsaved)
    window.session.kept.keep_now()
    window.settings.add_recent([case.path])
    window.settings.sync()
    return case


@pytest.fixture
def dialog(window, wait_until):
    """Open the dialog by the preferences."""

    def run():
        window.set_preferences()
        preferences = window.findChildren(Preferences)[-1]
        preferences.passphrase.click()
        return preferences.findChildren(ChangePassphrase)[-1]

    return run


@pytest.fixture
def give(window, dialog, wait_until):
    """Fill the dialog in, and wait until the list is written."""

    def run(new, present=""):
        form = dialog()
        form.present.setText(present)
        form.new.setText(new)
        form.again.setText(new)
        told = []
        form.finished.connect(told.append)
        form.accept()
        wait_until(lambda: told)
        return form

    return run


def readable(folder: Path) -> list[str]:
    wanted = [NAME.encode(), NAME.encode("utf-16-le"), NAME.encode("utf-16-be")]
    return sorted(
        file.name
        for file in folder.rglob("*")
        if file.is_file() and any(one in file.read_bytes() for one in wanted)
    )


@pytest.mark.requirement("R11")
def test_with_a_passphrase_nothing_of_a_patient_is_readable_beside_the_program(
    window, read, place, give, wait_until
):
    window.session.services.back_up_daily()
    assert readable(place) == ["cases.sqlite", "settings.ini"]
    give(WORDS)
    assert "encrypted" in window.status.notice
    window.settings.add_recent([read.path])
    window.settings.sync()
    window.editor.give_grade(1)
    wait_until(lambda: not window.session.saver.unsaved)
    window.session.kept.keep_now()
    (daily,) = backup.daily_backups(place / "cases.sqlite")
    assert keys.salt_of(backup.ZipFile(daily).read(backup.STORE_NAME))
    assert readable(place) == []
    again = ReadingStore(place / "cases.sqlite").load(read.radiograph.sha256)
    assert again.reading.placed[0].reader_grade == 1
    assert len(window.session.cases) == 1


def test_a_passphrase_is_changed_and_removed_by_the_present_one(window, read, place, give, dialog):
    path = place / "cases.sqlite"
    give(WORDS)
    form = dialog()
    form.new.setText(OTHER)
    form.again.setText(OTHER)
    form.present.setText("a wrong one")
    form.accept()
    assert "not the present passphrase" in form.problem.text()
    assert not form.present.isEnabled()
    form.reject()
    give(OTHER, WORDS)
    assert keys.is_used(OTHER)
    give("", OTHER)
    assert keys.used() is None
    assert not database.salt(path)
    assert "no passphrase" in window.status.notice
    window.settings.add_recent([read.path])
    assert window.settings.recent == (read.path,)


@pytest.mark.parametrize(
    ("new", "again", "told"),
    [
        (WORDS, OTHER, "differ"),
        ("short", "short", "at least 8 characters"),
        ("", "", "at least 8 characters"),
    ],
)
def test_a_passphrase_is_typed_twice_and_not_too_short(
    window, read, place, dialog, new, again, told
):
    form = dialog()
    assert not form.present.isVisible()
    assert "cannot be looked up" in texts(form)
    form.new.setText(new)
    form.again.setText(again)
    form.accept()
    assert told in form.problem.text()
    assert form.isVisible()
    assert not database.salt(place / "cases.sqlite")
    form.reject()


def test_lists_that_were_set_aside_go_where_that_is_wished(window, read, place, dialog, wait_until):
    (place / "cases-damaged-20260101-000000.sqlite").write_bytes(NAME.encode())
    form = dialog()
    assert form.lists_aside.isVisible()
    form.lists_aside.setChecked(True)
    form.new.setText(WORDS)
    form.again.setText(WORDS)
    told = []
    form.finished.connect(told.append)
    form.accept()
    wait_until(lambda: told)
    assert keys.used() is not None
    assert not readable(place)


def test_a_full_disk_is_said_and_changes_nothing(
    window, read, place, dialog, monkeypatch, wait_until
):
    def fail(*_: object) -> None:
        raise StoreError(StoreReason.DISK_FULL)

    monkeypatch.setattr(change, "rewrite", fail)
    form = dialog()
    form.new.setText(WORDS)
    form.again.setText(WORDS)
    form.accept()
    wait_until(lambda: "full" in form.problem.text())
    assert form.new.isEnabled()
    assert keys.used() is None
    form.reject()


# The lock


@pytest.mark.parametrize("typed", [WORDS, "4711"])
def test_passphrase_or_pin_unlocks(window, read, give, typed):
    window.settings.reader = "Dr Ågren"
    window.settings.set_pin("Dr Ågren", pin.hashed("4711"))
    give(WORDS)
    window.lock.lock()
    dialog = window.lock.dialog
    assert "passphrase" in texts(dialog)
    dialog.pin.setText("wrong")
    dialog.accept()
    assert dialog.isVisible()
    dialog.pin.setEnabled(True)
    dialog.pin.setText(typed)
    dialog.accept()
    assert window.lock.dialog is None


def test_without_a_pin_the_passphrase_unlocks(window, read, give):
    give(WORDS)
    window.lock.lock()
    dialog = window.lock.dialog
    assert dialog.pin.isVisible()
    dialog.accept()
    assert dialog.isVisible()
    dialog.pin.setEnabled(True)
    dialog.pin.setText(WORDS)
    dialog.accept()
    assert window.lock.dialog is None


# A backup


def test_a_backup_of_another_list_asks_for_its_passphrase(
    window, read, place, tmp_path, monkeypatch, wait_until
):
    other = tmp_path / "other" / "cases.sqlite"
    ReadingStore(other).save("ab" * 32, Reading(comment="of old"), [], Circumstances("Dr Roe"))
    change.change(other, keys.derived(OTHER), lambda: None)
    target = tmp_path / "backup.zip"
    backup.back_up(other, [], target)
    keys.forget()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(target), ""))
    window.actions_table["restore"].trigger()
    asking = window.findChild(AskPassphrase)
    asking.line.setText("a wrong one")
    asking.accept()
    assert asking.problem.isVisible()
    assert asking.isVisible()
    asking.line.setEnabled(True)
    asking.line.setText(OTHER)
    asking.accept()
    wait_until(lambda: window.findChild(QMessageBox, "restoring"))
    answer(window.findChild(QMessageBox, "restoring"), QMessageBox.ButtonRole.DestructiveRole)
    wait_until(lambda: "restored" in window.status.notice)
    assert keys.is_used(OTHER)
    assert ReadingStore(place / "cases.sqlite").load("ab" * 32).reading.comment == "of old"


# The start


@pytest.fixture
def portable(tmp_path, monkeypatch):
    """A folder of a portable program, whose list has a passphrase."""
    folder = tmp_path / "data"
    path = folder / "cases.sqlite"
    ReadingStore(path).save("ab" * 32, Reading(comment="kept"), [], Circumstances("Dr Roe"))
    change.change(path, keys.derived(WORDS), lambda: None)
    keys.forget()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "koa-desktop"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(program, "keep_in", lambda folder: None)
    yield folder
    language.use_dates(None)


@pytest.fixture
def opened(app, monkeypatch):
    """The windows that a start opens, and closes at once."""
    windows = []
    build = program.build

    def built(application, settings, case_list):
        windows.append(build(application, settings, case_list))
        return windows[-1]

    def run(*_):
        app.processEvents()
        for window in windows:
            window.close()
            window.deleteLater()
        return 0

    monkeypatch.setattr(program, "build", built)
    monkeypatch.setattr(QApplication, "exec", run)
    return windows


def test_a_start_asks_for_the_passphrase_and_takes_files_of_later_starts(
    portable, opened, app, monkeypatch, tmp_path, wait_until
):
    known = []

    def ask(dialog):
        dialog.show()
        later = []
        second = OneWindow(portable)
        thread = threading.Thread(target=lambda: later.append(second.hand_over([Path("b.png")])))
        thread.start()
        wait_until(lambda: later)
        thread.join()
        assert later == [True]
        for words in ("a wrong one", WORDS):
            dialog.line.setEnabled(True)
            dialog.line.setText(words)
            dialog.accept()
        assert "not the passphrase" in dialog.problem.text()
        return dialog.result()

    monkeypatch.setattr(AskPassphrase, "exec", ask)
    monkeypatch.setattr(program.MainWindow, "open_files", lambda window, paths: known.append(paths))
    assert program.run([Path("a.png")]) == program.DONE
    assert len(opened) == 1
    assert known == [[Path("a.png"), Path("b.png").absolute()]]
    assert opened[0].session.services.load("ab" * 32).reading.comment == "kept"
    stored = QSettings(str(portable / "settings.ini"), QSettings.Format.IniFormat)
    assert stored.value("recent") is None


def test_without_the_passphrase_there_is_no_window(portable, opened, monkeypatch):
    content = (portable / "cases.sqlite").read_bytes()

    def cancel(dialog):
        dialog.reject()
        return dialog.result()

    monkeypatch.setattr(AskPassphrase, "exec", cancel)
    assert program.run([]) == program.DONE
    assert opened == []
    assert (portable / "cases.sqlite").read_bytes() == content


def test_a_build_without_the_library_says_so_and_opens_no_window(
    portable, opened, monkeypatch, capsys
):
    monkeypatch.setattr(database, "is_available", lambda: False)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: None)
    assert program.run([]) == program.NOT_STARTED
    assert opened == []
    assert "This build" in capsys.readouterr().err
