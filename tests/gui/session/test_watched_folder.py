"""The watched folder: whole files are added once, half-written ones are waited for."""

import pytest

from koa_desktop.examination.worklist import FilmFacts
from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.session import watched_folder
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.watched_folder import WatchedFolder
from tests.support.sample_files import knee_crop
from tests.support.task_runners import AtOnce


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "arriving"
    made.mkdir()
    return made


@pytest.fixture
def services(tmp_path):
    return Services(tmp_path / "own" / "cases.sqlite")


@pytest.fixture
def watched(app, services, monkeypatch):
    """A watched folder that is looked through at each call of `look` alone."""
    monkeypatch.setattr(watched_folder, "_PAUSE_MS", 10**8)
    return WatchedFolder(AtOnce(), services)


@pytest.fixture
def arrived(watched):
    names = []
    watched.arrived.connect(lambda paths: names.extend(path.name for path in paths))
    return names


def test_a_file_is_added_once_when_two_looks_find_it_the_same(watched, arrived, folder):
    watched.watch(folder)
    (folder / "film.png").write_bytes(b"1")
    watched.look()
    assert arrived == []
    watched.look()
    watched.look()
    assert arrived == ["film.png"]


def test_a_file_that_grows_is_waited_for(watched, arrived, folder):
    watched.watch(folder)
    path = folder / "film.dcm"
    for size in range(1, 4):
        path.write_bytes(b"x" * size)
        watched.look()
    assert arrived == []
    watched.look()
    assert arrived == ["film.dcm"]


def test_files_in_folders_count_empty_and_hidden_ones_do_not(watched, arrived, folder):
    (folder / "study" / "series").mkdir(parents=True)
    for name in ("study/series/a.dcm", ".b.part"):
        (folder / name).write_bytes(b"1")
    (folder / "c.dcm").write_bytes(b"")
    watched.watch(folder)
    watched.look()
    assert arrived == ["a.dcm"]


def test_a_link_out_of_the_folder_is_not_followed(watched, arrived, folder, tmp_path):
    outside = tmp_path / "outside.dcm"
    outside.write_bytes(b"1")
    try:
        (folder / "link.dcm").symlink_to(outside)
    except OSError:
        pytest.skip("links can't be made here")
    watched.watch(folder)
    watched.look()
    assert arrived == []


def test_a_film_of_an_earlier_session_is_not_added_again(watched, arrived, folder, services):
    for name in ("old.png", "new.png"):
        (folder / name).write_bytes(b"1")
    services.note_film(FilmFacts("1" * 64, folder / "old.png"))
    watched.watch(folder)
    watched.look()
    assert arrived == ["new.png"]


def test_a_folder_that_is_away_is_told_once_and_found_again(watched, arrived, folder):
    told = []
    watched.lost.connect(told.append)
    away = folder.rename(folder.with_name("away"))
    watched.watch(folder)
    watched.look()
    assert told == [True]
    away.rename(folder)
    (folder / "film.png").write_bytes(b"1")
    watched.look()
    watched.look()
    assert told == [True, False]
    assert arrived == ["film.png"]


def test_a_film_that_arrives_is_graded_in_the_window(window, wait_until, folder, monkeypatch):
    window.set_preferences()
    dialog = window.findChild(Preferences)
    dialog.watched.setText(str(folder / "missing"))
    dialog.accept()
    assert "no such folder" in dialog.problem.text()
    dialog.watched.setText(str(folder))
    dialog.accept()
    assert window.settings.watched_folder == folder
    away = folder.rename(folder.with_name("away"))
    window.set_preferences()
    dialog = window.findChildren(Preferences)[-1]
    dialog.reader.setText("Dr Example")
    dialog.accept()
    assert window.settings.reader == "Dr Example"
    away.rename(folder)
    knee_crop(folder)
    wait_until(lambda: window.session.graded == 1)
