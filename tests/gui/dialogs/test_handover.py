"""A case passed on by the menu, and opened by it on another computer."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.support.sample_files import knee_crop


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that every file dialog returns."""
    path = tmp_path / "case.koa.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    return path


def test_a_case_opens_as_it_was_left(window, show, wait_until, films, chosen):
    (case,) = show(knee_crop(films))
    window.editor.give_grade(4)
    window.actions_table["pass_on"].trigger()
    wait_until(lambda: "case.koa.zip" in window.status.notice)
    sha256 = case.radiograph.sha256
    trail = window.session.services.audit_trail(sha256)
    # As another computer would, this one knows nothing of the film.
    window.remove_cases()
    wait_until(lambda: not len(window.session.cases))
    window.session.services.remove_films([sha256])
    case.path.unlink()
    window.actions_table["take_in"].trigger()
    wait_until(lambda: window.session.graded == 1)
    (again,) = window.session.cases
    assert again.path == chosen.parent / case.path.name
    assert again.reading.placed[0].reader_grade == 4
    assert window.session.services.audit_trail(sha256) == trail
    assert window.session.services.breaks(sha256) == []


def test_a_film_that_was_read_here_keeps_its_reading(window, show, wait_until, films, chosen):
    (case,) = show(knee_crop(films))
    window.editor.give_grade(4)
    window.actions_table["pass_on"].trigger()
    wait_until(lambda: "case.koa.zip" in window.status.notice)
    window.editor.give_grade(1)
    window.actions_table["take_in"].trigger()
    wait_until(lambda: "was kept" in window.status.notice)
    assert case.reading.placed[0].reader_grade == 1


def test_what_is_no_case_is_said(window, wait_until, chosen):
    chosen.write_bytes(b"no zip")
    window.actions_table["take_in"].trigger()
    wait_until(lambda: "not a case" in window.status.notice)
    assert not len(window.session.cases)


def test_a_dropped_case_is_known_from_other_archives(window, show, wait_until, films, chosen):
    (case,) = show(knee_crop(films))
    window.editor.give_grade(4)
    window.actions_table["pass_on"].trigger()
    wait_until(lambda: "case.koa.zip" in window.status.notice)
    sha256 = case.radiograph.sha256
    window.remove_cases()
    wait_until(lambda: not len(window.session.cases))
    window.session.services.remove_films([sha256])
    assert window.patients.imports.take([chosen, case.path]) == [case.path]
    wait_until(lambda: window.session.graded == 1)
    (again,) = window.session.cases
    assert again.reading.placed[0].reader_grade == 4
