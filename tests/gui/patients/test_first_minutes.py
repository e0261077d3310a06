"""The first minutes: a short setup that may be skipped, and settings for a second machine."""

import json

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QDialog, QFileDialog

from koa_desktop.gui.dialogs.audit_trail import AuditTrailDialog
from koa_desktop.gui.dialogs.dictation import DictationDialog
from koa_desktop.gui.dialogs.header_table import HeaderDialog
from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.patients.first_run import FirstRun
from koa_desktop.gui.style.window_title import show_names
from koa_desktop.gui.support import settings_file
from koa_desktop.gui.support.settings import Settings, Theme
from tests.support.gui_driver import button, click
from tests.support.sample_files import knee_crop


@pytest.fixture(autouse=True)
def named():
    """Titles have names again when the test is over."""
    yield
    show_names(True)


def test_the_setup_is_offered_until_it_is_done_or_skipped(make_window, tmp_path, place):
    window = make_window()
    click(button(window.film, "Set up…"))
    dialog = window.findChild(FirstRun)
    dialog.reader.setText("Dr Poe")
    dialog.clinic.setPlainText("Clinic\nStreet 1")
    dialog.watched.setText(str(tmp_path / "nowhere"))
    click(button(dialog, "Start"))
    assert "no such folder" in dialog.problem.text()
    dialog.watched.setText(str(tmp_path))
    dialog.copied.setChecked(True)
    click(button(dialog, "Start"))
    settings = window.settings
    assert (settings.reader, settings.clinic) == ("Dr Poe", "Clinic\nStreet 1")
    assert settings.watched_folder == tmp_path
    assert settings.films_copied
    assert window.session.reader == "Dr Poe"
    assert window.film.setup.isHidden()
    assert window.close()
    assert make_window().film.setup.isHidden()


def test_a_skipped_setup_changes_nothing_and_does_not_come_back(make_window):
    window = make_window()
    click(button(window.film, "Set up…"))
    click(button(window.findChild(FirstRun), "Skip"))
    assert window.settings.reader == ""
    assert window.film.setup.isHidden()


def test_the_search_shows_the_preferences_that_say_its_words(window, process):
    window.set_preferences()
    dialog = window.findChild(Preferences)
    dialog.search.setText("viridis")
    process()
    assert dialog.colour_map.isVisible()
    assert not dialog.reader.isVisible()
    assert not dialog.list_kept.isVisible()
    dialog.search.setText("ARRIVE")
    process()
    assert dialog.watched.isVisible()
    assert not dialog.colour_map.isVisible()
    dialog.search.clear()
    process()
    assert dialog.reader.isVisible()
    assert dialog.films_copied.isVisible()
    dialog.reject()


@pytest.fixture
def other(tmp_path):
    return Settings(QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat))


def test_settings_go_to_a_second_machine_by_a_file(window, other, tmp_path, monkeypatch):
    path = tmp_path / "koa-settings.json"
    window.settings.reader, window.settings.clinic = "Dr Poe", "Clinic"
    window.settings.templates = ("One.", "Two.")
    window.settings.add_recent([tmp_path / "Doe_Jane.dcm"])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.set_preferences()
    click(window.findChild(Preferences).export_button)
    assert "Doe" not in path.read_text(encoding="utf-8")
    assert settings_file.read(other, path) >= 3
    assert (other.reader, other.clinic, other.templates) == ("Dr Poe", "Clinic", ("One.", "Two."))
    assert other.recent == ()


def test_imported_settings_count_at_once(window, other, tmp_path, monkeypatch):
    other.theme, other.reader = Theme.DARK, "Dr Roe"
    path = tmp_path / "koa-settings.json"
    settings_file.write(other, path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.set_preferences()
    click(window.findChild(Preferences).import_button)
    assert window.settings.theme is Theme.DARK
    assert window.session.reader == "Dr Roe"


NO_SETTINGS = (
    b"",
    b"[]",
    b'{"kind": "other"}',
    b'{"kind": "KOA Desktop settings"}',
    b'{"kind": "KOA Desktop settings", "settings": [1]}',
    b"\xff\xfe",
    b"[" * 100_000,
)


@pytest.mark.parametrize("content", NO_SETTINGS)
def test_another_file_is_said_and_changes_nothing(window, tmp_path, monkeypatch, content):
    path = tmp_path / "other.json"
    path.write_bytes(content)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.set_preferences()
    dialog = window.findChild(Preferences)
    click(dialog.import_button)
    assert "holds no settings" in dialog.problem.text()
    assert window.settings.reader == ""
    dialog.reject()


def test_a_value_of_the_wrong_kind_counts_as_not_set(other, tmp_path):
    path = tmp_path / "settings.json"
    stored = {
        "theme": "pink",
        "reader": 3,
        "recent": ["/doe"],
        "paper": ["Letter"],
        "language": ["fr"],
    }
    path.write_text(json.dumps({"kind": "KOA Desktop settings", "settings": stored}))
    assert settings_file.read(other, path) == 3
    assert other.theme is Theme.SYSTEM
    assert (other.paper, other.language) == ("A4", "")
    assert other.reader == ""
    assert other.recent == ()


def test_titles_name_no_patient_if_the_preferences_say_so(make_window, show_in, films, wait_until):
    window = make_window()
    (case,) = show_in(window, knee_crop(films, "Doe_Jane.png"))
    window.dictations.show()
    assert "Doe_Jane" in window.findChild(DictationDialog).windowTitle()
    window.findChild(DictationDialog).close()
    wait_until(lambda: window.findChild(DictationDialog) is None)
    window.set_preferences()
    window.findChild(Preferences).names_in_titles.setChecked(False)
    window.findChild(Preferences).accept()
    window.actions_table["dictate"].trigger()
    window.actions_table["audit"].trigger()
    window.actions_table["header"].trigger()
    wait_until(lambda: window.findChild(HeaderDialog) is not None)
    wait_until(lambda: window.findChild(AuditTrailDialog) is not None)
    titles = [one.windowTitle() for one in window.findChildren(QDialog) if one.isVisible()]
    assert len(titles) == 3
    assert not any(case.title in title for title in (*titles, window.windowTitle()))
    assert window.close()
    assert make_window().settings.names_in_titles is False


def test_a_folder_name_that_no_system_takes_is_said(make_window):
    window = make_window()
    click(button(window.film, "Set up…"))
    setup = window.findChild(FirstRun)
    setup.watched.setText("a" * 5000)
    click(button(setup, "Start"))
    assert "no such folder" in setup.problem.text()
    setup.reject()
    window.set_preferences()
    dialog = window.findChild(Preferences)
    dialog.watched.setText("a" * 5000)
    dialog.accept()
    assert "no such folder" in dialog.problem.text()
    dialog.reject()
