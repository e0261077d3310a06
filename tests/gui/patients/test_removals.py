"""Nothing is left of a patient who was removed, in no byte of the data folder; nor of anybody."""

import logging
import zipfile

import pytest
from PySide6.QtWidgets import QMessageBox

from koa_desktop.system.log import keep_in, logger
from tests.support.dicom_files import RAMP, image, saved
from tests.support.gui_driver import answer
from tests.support.sample_files import knee_crop

PLANTED = "Zzyzxa"


def bytes_with(place, name):
    """The files of a folder in whose bytes or name a name occurs, in any case."""
    found = []
    for path in place.rglob("*"):
        content = path.read_bytes().lower() if path.is_file() else b""
        if name.lower().encode() in content or name.lower() in path.name.lower():
            found.append(path.name)
    return found


@pytest.fixture
def logs(place):
    """Log files in the data folder, as a portable program has them."""
    root = logging.getLogger("koa_desktop")
    before = list(root.handlers)
    keep_in(place / "logs")
    yield place / "logs"
    for handler in set(root.handlers) - set(before):
        handler.close()
    root.handlers[:] = before


@pytest.fixture
def planted(window, wait_until, logs, tmp_path, place):
    """A patient in a ZIP with typed words, thumbnail, backup and a list set aside; and another."""
    window.session.kept.restore()
    folder = tmp_path / f"{PLANTED} films"
    folder.mkdir()
    for number, who in enumerate((PLANTED, PLANTED, "Other")):
        stored = RAMP.copy()
        stored[0, 0] = number
        dataset = image(stored, PatientName=f"{who}^Jane", PatientID=f"id-{who}")
        dataset.StudyDate = f"20{number:02}0101"
        saved(dataset, folder, f"{who}{number}.dcm")
    archive = tmp_path / f"{PLANTED}.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in folder.iterdir():
            packed.write(path, path.name)
        packed.writestr("broken.dcm", f"{PLANTED} no film".encode())
    window.open_files([archive])
    wait_until(lambda: len(window.session.cases) == 4 and window.session.graded == 4)
    first = next(case for case in window.session.cases if PLANTED in case.title)
    window.session.select(first)
    window.editor.comment(first, f"Comment on {PLANTED}")
    assert window.session.saver.finish(2)
    window.session.kept.keep_now()
    window.session.services.back_up_daily()
    logger("koa_desktop.test").warning("A line.")
    window.settings.sync()
    assert {"cases.sqlite", "settings.ini"} <= set(bytes_with(place, PLANTED))
    return first


def test_a_removed_patient_is_in_no_byte_of_the_data_folder(window, planted, wait_until, place):
    store = place / "cases.sqlite"
    (place / "cases-damaged-20260101-000000.sqlite").write_bytes(store.read_bytes())
    window.session.select(planted)
    window.actions_table["remove_patient"].trigger()
    wait_until(lambda: window.findChild(QMessageBox, "patient_removal"))
    box = window.findChild(QMessageBox, "patient_removal")
    assert "2" in box.text()
    answer(box, QMessageBox.ButtonRole.DestructiveRole)
    wait_until(lambda: "Removed" in window.status.notice)
    assert [case.title for case in window.session.cases if not case.error] == ["Other, Jane"]
    assert window.close()
    assert bytes_with(place, PLANTED) == []
    assert "cases.sqlite" in bytes_with(place, "Other")


def test_nothing_is_left_of_anybody_once_everything_is_removed(
    window, planted, wait_until, place, show_in, films, logs
):
    (place / "cases-replaced-20260101-000000.sqlite").write_text(PLANTED)
    (place / "study-codes-replaced-20260101-000000.key").write_text(PLANTED)
    window.actions_table["remove_everything"].trigger()
    box = window.findChild(QMessageBox, "removal_of_everything")
    answer(box, QMessageBox.ButtonRole.DestructiveRole)
    wait_until(lambda: "Removed" in window.status.notice)
    assert len(window.session.cases) == 0
    assert bytes_with(place, PLANTED) == []
    assert bytes_with(place, "Other") == []
    assert not any(path.stat().st_size for path in logs.iterdir())
    # The program goes on, with a new list.
    (case,) = show_in(window, knee_crop(films))
    window.editor.comment(case, "Anew.")
    assert window.session.saver.finish(2)
    assert window.close()
    assert bytes_with(place, PLANTED) == []


def test_cancel_removes_nothing(window, planted, place):
    window.actions_table["remove_everything"].trigger()
    box = window.findChild(QMessageBox, "removal_of_everything")
    answer(box, QMessageBox.ButtonRole.RejectRole)
    assert len(window.session.cases) == 4
    assert "cases.sqlite" in bytes_with(place, PLANTED)
