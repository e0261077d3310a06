"""Exports from the window: what is written, what is not said, what is never replaced unasked."""

import csv
import json
import re

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSettings, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QToolBar,
    QToolButton,
    QWidget,
)

from koa_desktop.errors import ExportReason
from koa_desktop.gui.case_list.found_cases import FoundCases
from koa_desktop.gui.case_list.ordered_cases import OrderedCases
from koa_desktop.gui.export import exporter, printing
from koa_desktop.gui.export.dialog import ReportDialog, Scope
from koa_desktop.gui.export.exporter import Exports
from koa_desktop.gui.export.printing import preview
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import ThreadedTaskRunner
from koa_desktop.gui.support.settings import Settings
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.message import Message
from koa_desktop.radiograph import Note
from koa_desktop.report.export import Format, Written
from koa_desktop.report.options import Paper, Profile
from koa_desktop.report.page import Report
from koa_desktop.wording.sentences import english
from tests.support.dicom_files import image, saved
from tests.support.gui_driver import button
from tests.support.sample_files import broken_file, knee_crop

FORMATS = {
    Format.PDF: "Report (PDF)",
    Format.PNG: "Picture with boxes (PNG)",
    Format.CSV: "Table (CSV)",
    Format.JSON: "Everything (JSON)",
    Format.SUMMARY: "Summary of the cases (PDF)",
    Format.REGISTER: "Clinic register (grows)",
    Format.FHIR: "Report for other systems (FHIR)",
    Format.HEATMAP: "Heat map of each knee (PNG)",
    Format.CROP: "Each knee, cut out (PNG)",
}


def scopes_of(dialog):
    (scopes,) = [
        box for box in dialog.findChildren(QComboBox) if box.accessibleName() == "Which cases"
    ]
    return scopes


@pytest.fixture
def session(app, tmp_path, wait_until):
    runner = ThreadedTaskRunner()
    made = Session(runner, Services(None))
    made.attention.connect(made.select)
    films = tmp_path / "films"
    films.mkdir()
    made.add([knee_crop(films, "Doe-Jane.png"), knee_crop(films, "b.png", 1), broken_file(films)])
    wait_until(lambda: made.graded == 3)
    yield made
    runner.close()


@pytest.fixture
def settings(tmp_path, folder):
    made = Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    made.export_folder = folder
    return made


@pytest.fixture
def exports(session, settings):
    window = QWidget()
    made = Exports(session, settings, window)
    yield made
    if made.dialog is not None:
        made.dialog.close()
    window.deleteLater()


@pytest.fixture
def export(exports, wait_until):
    """Export these formats of that scope by the dialog; returns what the dialog says then."""

    def run(scope, *formats):
        exports.ask()
        dialog = exports.dialog
        scopes = scopes_of(dialog)
        scopes.setCurrentIndex(scopes.findData(scope))
        for kind, text in FORMATS.items():
            button(dialog, text).setChecked(kind in formats)
        button(dialog, "Export").click()
        wait_until(lambda: button(dialog, "Export").isEnabled())
        return dialog.findChild(QLabel, "outcome").text()

    return run


def test_all_cases_are_written_as_reports_pictures_and_tables(export, folder):
    said = export(Scope.ALL, *Format)
    written = sorted(path.suffix for path in folder.iterdir())
    assert written == [".csv", *[".json"] * 3, *[".pdf"] * 3, *[".png"] * 6]
    assert len(list(folder.glob("*.fhir.json"))) == 2
    assert said.startswith(f"13 files were written to {folder}")
    assert all(path.read_bytes()[:5] == b"%PDF-" for path in folder.glob("*.pdf"))
    table = (folder / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    codes = [row["file"] for row in rows]
    assert len(set(codes)) == 3
    assert all(re.fullmatch("KOA-[0-9A-F]{8}", code) for code in codes)
    assert sorted(path.stem for path in folder.glob("knee*.pdf")) == sorted(
        f"knee report {code}" for code in codes[:2]
    )
    assert rows[0]["grade"] in "01234"
    assert rows[2]["error"].endswith(".")
    assert len(json.loads((folder / "results.json").read_text(encoding="utf-8"))) == 3


def test_the_folder_that_was_written_to_is_opened(export, exports, folder, monkeypatch):
    export(Scope.ALL, Format.CSV)
    (line,) = [
        line for line in exports.dialog.findChildren(QLineEdit) if line.accessibleName() == "Folder"
    ]
    line.setText(str(folder / "another"))
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    button(exports.dialog, "Open folder").click()
    assert opened == [QUrl.fromLocalFile(str(folder))]


def test_each_knee_is_written_as_a_picture_and_replaced_only_when_told(
    export, exports, folder, monkeypatch
):
    export(Scope.ALL, Format.HEATMAP, Format.CROP)
    kinds = [path.name.split(".", 1)[1] for path in sorted(folder.iterdir())]
    assert sorted(kinds) == ["crop.png", "crop.png", "heatmap.png", "heatmap.png"]
    assert not list(folder.glob("*Doe*"))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    asked = []
    monkeypatch.setattr(
        QMessageBox, "exec", lambda box: (asked.append(box), QMessageBox.StandardButton.No)[1]
    )
    exports.dialog.close()
    export(Scope.ALL, Format.CROP)
    assert len(asked) == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_table_tells_what_reading_changed(export, exports, session, folder, wait_until):
    knee = cv2.imread(str(knee_crop(folder.parent, "c.png", 2)), cv2.IMREAD_GRAYSCALE)
    path = saved(image(knee, PatientOrientation=["R", "F"]), folder.parent)
    session.add([path])
    wait_until(lambda: session.graded == 4)
    export(Scope.ALL, Format.CSV, Format.PDF)
    table = (folder / "results.csv").read_text(encoding="utf-8")
    *others, mirrored = csv.DictReader(table.splitlines())
    assert mirrored["notes"] == english(Note.STORED_MIRRORED)
    assert not any(row["notes"] for row in others)
    assert len(list(folder.glob("*.pdf"))) == 3


def test_a_report_is_not_named_after_the_patient_unless_asked_for(export, folder):
    export(Scope.THIS, Format.PDF)
    assert len(list(folder.glob("*.pdf"))) == 1
    assert not list(folder.glob("*Doe*"))


def test_a_file_that_is_there_is_replaced_only_when_the_reader_says_so(export, folder, monkeypatch):
    asked = []

    def answer(button):
        def ask(box):
            asked.append(box.text())
            return button

        return ask

    export(Scope.ALL, Format.CSV)
    (folder / "results.csv").write_text("kept")
    monkeypatch.setattr(QMessageBox, "exec", answer(QMessageBox.StandardButton.No))
    export(Scope.ALL, Format.CSV)
    assert (folder / "results.csv").read_text() == "kept"
    monkeypatch.setattr(QMessageBox, "exec", answer(QMessageBox.StandardButton.Yes))
    export(Scope.ALL, Format.CSV)
    assert (folder / "results.csv").read_text() != "kept"
    assert asked == ["results.csv already exists. Replace it?"] * 2


@pytest.mark.parametrize("agreed", [True, False])
def test_a_folder_that_is_not_there_is_made_when_the_reader_says_so(
    export, settings, folder, monkeypatch, agreed
):
    buttons = QMessageBox.StandardButton
    asked = []
    monkeypatch.setattr(
        QMessageBox,
        "exec",
        lambda box: (asked.append(box.text()), buttons.Yes if agreed else buttons.No)[1],
    )
    wanted = settings.export_folder = folder / "not" / "there"
    export(Scope.ALL, Format.CSV)
    assert asked == [f"There is no folder {wanted} yet. Create it?"]
    assert (wanted / "results.csv").exists() is agreed


def test_a_folder_whose_name_no_system_takes_is_said(
    exports, export, settings, folder, monkeypatch
):
    buttons = QMessageBox.StandardButton
    asked = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: (asked.append(box.text()), buttons.Yes)[1])
    settings.export_folder = folder / ("a" * 5000)
    export(Scope.ALL, Format.CSV)
    assert len(asked[0]) < 350
    assert "cannot be created" in exports.dialog.findChild(QLabel, "outcome").text()


def test_one_reason_for_many_files_is_said_once(exports, session):
    exports.ask()
    problems = [Message.of(ExportReason.NOT_WRITABLE, name=f"{name}.pdf") for name in "abc"]
    exports.dialog.show_end(Written((), tuple(problems)))
    said = exports.dialog.findChild(QLabel, "outcome").text()
    assert said.count("read-only") == 1
    assert "The same applies to 2 more files." in said


def test_print_stands_first_in_the_preview_and_the_overflow_has_arrows(app):
    dialog = preview([Report("A", "<p>A page</p>", {}, "A", "A", Paper.A4)])
    bar = dialog.findChild(QToolBar)
    assert bar.actions()[0].text() == "Print"
    dialog.resize(320, 300)
    dialog.show()
    app.processEvents()
    assert bar.widgetForAction(bar.actions()[0]).isVisible()
    assert not bar.findChild(QToolButton, "qt_toolbar_ext_button").icon().isNull()
    dialog.close()


def test_an_exported_picture_has_the_screens_colours(export, exports, settings, folder):
    shown = {}
    for colour_map in (ColourMap.INFERNO, ColourMap.GREY):
        settings.colour_map = colour_map
        export(Scope.THIS, Format.PNG)
        (path,) = folder.glob("*.png")
        shown[colour_map] = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        path.unlink()
        exports.dialog.close()
    purple = {
        colour_map: int((picture[..., 0] > picture[..., 1].astype(int) + 20).sum())
        for colour_map, picture in shown.items()
    }
    assert purple[ColourMap.INFERNO] > 1000
    assert purple[ColourMap.GREY] == 0


def test_a_saved_picture_has_the_heat_map_that_is_seen(
    exports, session, folder, monkeypatch, wait_until
):
    said, purple = [], []
    session.said.connect(said.append)
    monkeypatch.setattr(exporter, "ask_path", lambda *_: folder / "seen.png")
    for shown in (True, False):
        exports.set_heat_shown(shown)
        exports.save_picture()
        wait_until(lambda: len(said) == len(purple) + 1)
        picture = cv2.imdecode(np.fromfile(folder / "seen.png", np.uint8), cv2.IMREAD_COLOR)
        purple.append((picture[..., 0] > picture[..., 1].astype(int) + 20).sum())
    assert purple[0] > 1000
    assert purple[1] == 0


def test_only_read_cases_are_offered_as_such(exports, session):
    exports.ask()
    assert scopes_of(exports.dialog).findData(Scope.READ) == -1
    exports.dialog.close()
    case = session.cases.at(1)
    from koa_desktop.examination import reading as change
    from koa_desktop.examination.actions import Action
    from koa_desktop.message import Message

    session.change(case, change.graded(case.reading, 0, 2), Message.of(Action.GRADE, grade=2))
    exports.ask()
    index = scopes_of(exports.dialog).findData(Scope.READ)
    assert scopes_of(exports.dialog).itemText(index) == "All read cases (1)"


def profiles_of(dialog):
    (profiles,) = [
        box for box in dialog.findChildren(QComboBox) if box.accessibleName() == "Who is named"
    ]
    return profiles


def test_who_is_named_is_asked_once_and_remembered(exports, settings):
    exports.ask()
    assert exports.dialog.options().profile is Profile.PSEUDONYMOUS
    profiles = profiles_of(exports.dialog)
    profiles.setCurrentIndex(profiles.findData(Profile.PATIENT))
    exports.dialog.close()
    assert Settings(settings.store).profile is Profile.PATIENT
    exports.ask()
    assert exports.dialog.options().profile is Profile.PATIENT


def test_a_print_names_whom_the_profile_names(exports, settings, monkeypatch, wait_until):
    printed = []

    def shown(reports, _window):
        printed.extend(reports)
        return preview(reports)

    monkeypatch.setattr(printing, "preview", shown)
    for profile in Profile:
        settings.profile = profile
        exports.print_report()
        wait_until(lambda: len(printed) == 1)
        (report,) = printed
        assert ("Doe-Jane" in report.html) == profile.names_patient
        assert ("KOA-" in report.html) == (profile is Profile.PSEUDONYMOUS)
        printed.clear()


def test_the_list_finds_a_film_by_the_study_code_of_its_export(export, session, folder):
    export(Scope.THIS, Format.PDF)
    (path,) = folder.glob("*.pdf")
    code = path.stem.removeprefix("knee report ")
    found = FoundCases(OrderedCases(session.cases))
    found.search(code)
    assert found.rowCount() == 1
    assert found.index_of(session.current).isValid()
    found.search(code[:2])
    assert found.rowCount() == 0


def test_nothing_can_be_exported_without_a_format(exports):
    exports.ask()
    dialog: ReportDialog = exports.dialog
    for text in FORMATS.values():
        button(dialog, text).setChecked(False)
    assert not button(dialog, "Export").isEnabled()


def test_a_picture_and_a_table_are_saved_where_the_reader_says(
    exports, session, folder, monkeypatch, wait_until
):
    said = []
    session.said.connect(said.append)
    monkeypatch.setattr(exporter, "ask_path", lambda *asked: folder / asked[3])
    exports.save_picture()
    exports.save_table()
    wait_until(lambda: len(said) == 2)
    assert (folder / "results.csv").exists()
    assert next(folder.glob("*.png")).read_bytes().startswith(b"\x89PNG")
