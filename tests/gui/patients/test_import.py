"""A CD and a ZIP archive are imported with an account of every file; nothing leads out of them."""

import os
import zipfile

import pytest
from pydicom import dcmread

from koa_desktop.loading.zip_archive import Refused
from tests.support.compact_disc import dicom_image, dicomdir
from tests.support.gui_driver import texts
from tests.support.sample_files import wide_film

PATIENTS = ("Doe^Jane", "Roe^Rita", "Poe^Paul")


@pytest.fixture
def disc(tmp_path):
    """A CD of 60 films of three patients: two are broken, one is missing, one leads out of it."""
    folder = tmp_path / "disc"
    records = []
    for number in range(58):
        parts = ["FILMS", f"IM{number:04}"]
        path = dicom_image(folder.joinpath(*parts))
        dataset = dcmread(path)
        dataset.PatientName = PATIENTS[number % 3]
        dataset.PatientID = f"P{number % 3}"
        dataset.StudyInstanceUID = f"1.2.{number}"
        dataset.save_as(path)
        records.append(("IMAGE", parts))
    for number in (5, 6):
        broken = folder / "FILMS" / f"IM{number:04}"
        broken.write_bytes(broken.read_bytes()[:-700])
    dicom_image(tmp_path / "SECRET")
    records += [("IMAGE", ["FILMS", "IM0099"]), ("IMAGE", ["..", "SECRET"])]
    dicomdir(folder, records)
    return folder


@pytest.fixture
def imported(window, wait_until):
    def run(path):
        dialog = window.patients.imports.begin(path)
        wait_until(lambda: not dialog.stop_button.isVisible(), 60)
        return dialog

    return run


def reasons(dialog):
    table = dialog.unread
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}


def test_a_disc_is_read_with_right_counts_and_reasons(window, imported, disc):
    dialog = imported(disc)
    assert "56 of 59 films were read, of 3 patients. 3 files were not read:" in texts(dialog)
    told = reasons(dialog)
    assert set(told) == {"IM0005", "IM0006", "IM0099"}
    assert "missing" in told["IM0099"] or "no such file" in told["IM0099"].lower()
    assert all(told.values())
    assert "1 outside the folder" in dialog.note.text()
    assert all(case.path.is_relative_to(disc) for case in window.session.cases)


def test_no_patients_are_counted_where_no_film_names_one(imported, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    wide_film(folder)
    assert imported(folder).summary.text() == "1 of 1 films were read."


def test_films_that_name_no_patient_are_counted_beside_the_patients(imported, disc):
    wide_film(disc.parent / "disc" / "FILMS")
    (disc / "DICOMDIR").unlink()
    said = imported(disc).summary.text()
    assert "57 of 59 films were read, of 3 patients. 1 film names no patient." in said


def packed(disc, target, **others):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(disc.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(disc).as_posix())
        for name, content in others.items():
            archive.writestr(name, content)
    return target


def test_the_same_as_zip_and_what_leads_out_is_refused(window, imported, disc, tmp_path, place):
    film = (tmp_path / "SECRET").read_bytes()
    escapes = {"../evil.dcm": film, "/evil.dcm": film, "C:\\evil.dcm": film, "a/../b.dcm": film}
    archive = packed(disc, tmp_path / "disc.zip", **escapes, **{"viewer.exe": b"MZ"})
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(place)}
    dialog = imported(archive)
    assert "56 of 59 films were read, of 3 patients. 7 files were not read:" in texts(dialog)
    assert "1 of another kind" in dialog.note.text()
    told = reasons(dialog)
    # Python writes a slash for each separator of the system.
    written = [name.replace(os.sep, "/") for name in escapes]
    assert {name: told[name] for name in written} == dict.fromkeys(
        written, "Its name leads out of the archive."
    )
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(place)} == before
    assert all(case.path.is_relative_to(place / "films") for case in window.session.cases)


def test_a_bomb_is_refused(imported, tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("film.dcm", bytes(30_000_000))
    dialog = imported(bomb)
    assert "inflate beyond measure" in texts(dialog)
    assert not list(tmp_path.rglob("film.dcm"))


def test_a_dropped_archive_is_imported(window, wait_until, disc, tmp_path):
    window.open_files([packed(disc, tmp_path / "dropped.zip")])
    wait_until(lambda: len(window.session.cases) == 59, 60)


def test_films_are_copied_into_the_archive_if_the_setting_says_so(window, wait_until, disc, place):
    window.settings.films_copied = True
    window.open_files([disc / "FILMS" / "IM0000"])
    wait_until(lambda: window.session.graded == 1)
    case = window.session.cases.at(0)
    assert case.path.is_relative_to(place / "films")
    assert case.path.name == "IM0000"
    assert case.path.read_bytes() == (disc / "FILMS" / "IM0000").read_bytes()


def test_every_refusal_of_a_member_has_a_sentence(tmp_path):
    from koa_desktop.wording.sentences import sentence

    assert all(sentence(code) for code in Refused)
