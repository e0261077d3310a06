"""Backup and restore by the menu."""

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from tests.support.gui_driver import answer
from tests.support.sample_files import knee_crop


@pytest.fixture
def chosen(monkeypatch, tmp_path):
    """The file that every file dialog returns."""
    path = tmp_path / "backup.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    return path


def restore(window, wait_until):
    window.actions_table["restore"].trigger()
    wait_until(lambda: window.findChild(QMessageBox, "restoring"))
    box = window.findChild(QMessageBox, "restoring")
    answer(box, QMessageBox.ButtonRole.DestructiveRole)


def test_a_restored_backup_brings_list_and_grades_back(window, show, wait_until, films, chosen):
    window.session.kept.restore()
    (case,) = show(knee_crop(films))
    window.editor.give_grade(4)
    window.session.kept.keep_now()
    window.actions_table["back_up"].trigger()
    wait_until(chosen.exists)
    wait_until(lambda: "backup.zip" in window.status.notice)
    window.editor.give_grade(1)
    show(knee_crop(films, "other.png", 7))
    restore(window, wait_until)
    wait_until(lambda: "restored" in window.status.notice)
    wait_until(lambda: len(window.session.cases) == 1)
    (again,) = window.session.cases
    assert again is not case
    assert again.reading.placed[0].reader_grade == 4
    assert not window.session.undo_stack.canUndo()


def test_what_is_no_backup_is_said_and_changes_nothing(window, show, wait_until, films, chosen):
    (case,) = show(knee_crop(films))
    window.editor.give_grade(4)
    chosen.write_bytes(b"no zip")
    restore(window, wait_until)
    wait_until(lambda: "not a backup" in window.status.notice)
    assert list(window.session.cases) == [case]
    assert case.reading.placed[0].reader_grade == 4


def test_a_folder_that_is_away_is_said(window, show, wait_until, films, chosen, monkeypatch):
    show(knee_crop(films))
    away = chosen.parent / "away" / "backup.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(away), ""))
    window.actions_table["back_up"].trigger()
    wait_until(lambda: window.status.notice)
    assert "folder" in window.status.notice


def test_the_dialog_comes_again_where_the_ending_makes_it_another_file(
    window, show, wait_until, films, chosen, monkeypatch
):
    show(knee_crop(films))
    chosen.write_bytes(b"of another day")
    answers = iter([str(chosen.with_suffix("")), str(chosen.with_name("free"))])
    offered = []

    def answer_once(_parent, _title, path, _kind):
        offered.append(path)
        return next(answers), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer_once)
    window.actions_table["back_up"].trigger()
    wait_until(lambda: "free.zip" in window.status.notice)
    assert offered[1] == str(chosen)
    assert chosen.read_bytes() == b"of another day"


def test_a_date_in_a_name_is_no_ending(window, show, wait_until, films, chosen, monkeypatch):
    show(knee_crop(films))
    named = str(chosen.with_name("readings 27.11.2026"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (named, ""))
    window.actions_table["back_up"].trigger()
    wait_until(lambda: "readings 27.11.2026.zip" in window.status.notice)
    assert chosen.with_name("readings 27.11.2026.zip").exists()


def test_the_start_makes_a_backup_of_the_day(window, show, wait_until, films):
    show(knee_crop(films))
    window.editor.give_grade(2)
    assert window.session.saver.finish(5)
    window.session.warm_up()
    folder = window.session.services.backups_folder
    wait_until(lambda: folder.is_dir() and list(folder.glob("koa-*.zip")))
