"""The export of cases into a folder, as window and command line share it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pydicom
import pytest

from koa_desktop.errors import ExportReason, ReadError, ReadReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.sign_off import DRAFT, Signature, SignedKnee
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import documents, export
from koa_desktop.report.export import (
    Format,
    Plan,
    Written,
    export_all,
    export_case,
    report_stems,
)
from koa_desktop.report.naming.stems import free_stems
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.report.pdf import lay_out, start_qt
from koa_desktop.system.paths import SAMPLES

TABLES = frozenset({Format.CSV, Format.JSON})


@pytest.fixture
def subject(two_knees: Examination, radiograph: Radiograph) -> Subject:
    return Subject("knees.png", two_knees, radiograph=radiograph, code="KOA-7F3A9C21")


def run(plan: Plan, *subjects: Subject) -> Written:
    return export_all(plan, subjects, lambda _done, _total: None, Event())


def test_the_same_name_is_numbered_whatever_its_case() -> None:
    assert free_stems(["knee", "Knee", "other", "knee"]) == [
        "knee",
        "Knee (2)",
        "other",
        "knee (3)",
    ]
    assert free_stems(["knee", "knee"], taken=["KNEE", "knee (2)"]) == ["knee (3)", "knee (4)"]


def test_ten_thousand_files_of_one_name_are_named_at_once() -> None:
    assert len(set(free_stems(["IM0001"] * 10_000))) == 10_000


def test_each_case_has_its_own_name_and_one_without_examination_none(subject: Subject) -> None:
    subjects = [subject, Subject("broken.dcm", error=Message(ReadReason.EMPTY)), subject]
    assert report_stems(subjects, ReportOptions()) == [
        "knee report KOA-7F3A9C21",
        "",
        "knee report KOA-7F3A9C21 (2)",
    ]


def test_all_cases_stand_in_the_tables_in_their_order(subject: Subject, tmp_path: Path) -> None:
    failed = Subject("broken.dcm", error=Message(ReadReason.EMPTY), model="koa 9.8.7")
    named = ReportOptions(profile=Profile.PATIENT)
    done = run(Plan(tmp_path, TABLES, named), failed, subject)
    assert [path.name for path in done.files] == ["results.csv", "results.json"]
    text = (tmp_path / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["file"] for row in rows] == ["broken.dcm", "knees.png", "knees.png"]
    assert (rows[0]["error"], rows[0]["model"]) == ("This file is empty.", "koa 9.8.7")
    documents = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [len(document.get("knees", [])) for document in documents] == [0, 2]


@pytest.mark.parametrize("profile", Profile)
def test_tables_name_the_patient_where_the_report_does(
    subject: Subject, tmp_path: Path, profile: Profile
) -> None:
    run(Plan(tmp_path, TABLES, ReportOptions(profile=profile)), subject)
    for name in ("results.json", "results.csv"):
        content = (tmp_path / name).read_text(encoding="utf-8")
        assert ("Ελένη" in content) == profile.names_patient
        assert ("Dr A" in content) == profile.names_reader
        assert ("KOA-7F3A9C21" in content) == (profile is Profile.PSEUDONYMOUS)


@pytest.mark.parametrize(
    ("last", "is_signed", "reader"),
    [("Dr A", False, "Dr A"), ("", False, ""), ("Dr C", True, "Dr A")],
)
def test_every_format_names_who_read_the_film_and_not_who_exports_it(
    two_knees: Examination, tmp_path: Path, last: str, is_signed: bool, reader: str
) -> None:
    """Who has changed the film last has read it, unless it is signed: addenda come later."""
    radiograph = read(SAMPLES / "bilateral.dcm")
    film = replace(two_knees, radiograph=radiograph.info, reader=last)
    if is_signed:
        knees = tuple(SignedKnee(one.final_grade, one.finding.grade, ()) for one in film.knees)
        signature = Signature("Dr A", "2026-11-28T08:00:00+00:00", film.model, knees, "", "")
        film = replace(film, sign_off=DRAFT.signed(signature))
    options = ReportOptions(profile=Profile.PATIENT, reader="Dr B")
    formats = TABLES | {Format.FHIR, Format.SR, Format.PDF}
    subject = Subject("bilateral.dcm", film, radiograph=radiograph)
    run(Plan(tmp_path, formats, options), subject)
    (row, *_) = csv.DictReader((tmp_path / "results.csv").read_text("utf-8").splitlines())
    (document,) = json.loads((tmp_path / "results.json").read_text("utf-8"))
    (fhir,) = (path for path in tmp_path.glob("*.json") if path.name != "results.json")
    told = [
        one["resource"].get("performer") for one in json.loads(fhir.read_text("utf-8"))["entry"]
    ]
    performers = {one["display"] for few in told for one in few or ()}
    (path,) = tmp_path.glob("*.dcm")
    named = [
        str(item.PersonName).rstrip("^")
        for item in pydicom.dcmread(path).ContentSequence
        if item.ValueType == "PNAME"
    ]
    start_qt()
    page = lay_out(export.report_of(subject, options)).toPlainText()
    assert (row["reader"], document["reader"]) == (reader, reader)
    assert performers == ({reader} if reader else set())
    assert named == ([reader] if reader else [])
    assert (f"Reader\n{reader}" in page) is bool(reader)
    assert "Report made by\nDr B" in page
    assert page.count("Dr B") == 1


def test_what_is_there_is_kept_and_told(subject: Subject, tmp_path: Path) -> None:
    plan = Plan(tmp_path, TABLES | {Format.PNG})
    failed = Subject("broken.dcm", error=Message(ReadReason.EMPTY))
    assert plan.existing([subject, failed]) == []
    run(plan, subject)
    existing = plan.existing([failed, subject])
    assert {path.suffix for path in existing} == {".png", ".csv", ".json"}
    again = run(plan, subject)
    assert again.files == ()
    assert {problem.code for problem in again.problems} == {ExportReason.EXISTS}
    assert len(run(replace(plan, overwrite=True), subject).files) == 3


def test_a_file_that_cannot_be_read_again_costs_its_own_files_alone(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: Path, sha256: str, _stopped: Event) -> Radiograph:
        raise ReadError(ReadReason.MISSING, name=f"{path.name}, {sha256[:4]}")

    monkeypatch.setattr("koa_desktop.report.naming.subject.read_again", gone)
    plan = Plan(tmp_path, TABLES | {Format.PNG})
    done = run(plan, replace(subject, radiograph=None), subject)
    assert done.problems == (Message.of(ReadReason.MISSING, name="knees.png, 80df"),)
    assert sorted(path.suffix for path in done.files) == [".csv", ".json", ".png"]


def test_an_error_in_the_program_costs_one_file(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(export, "annotated", trip)
    result = export_case(Plan(tmp_path, TABLES | {Format.PNG}), subject, "knee")
    assert result.problems == (Message.of(ExportReason.PROGRAM_ERROR, name="knee.png"),)
    assert len(result.rows) == 2
    assert not list(tmp_path.iterdir())


def test_an_error_in_one_case_costs_that_case_and_is_listed(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = documents.document

    def trip(name: str, *more: Any) -> dict[str, Any]:
        if name == "KOA-BAD":
            raise ZeroDivisionError
        return good(name, *more)

    monkeypatch.setattr(documents, "document", trip)
    done = run(Plan(tmp_path, TABLES), replace(subject, code="KOA-BAD"), subject)
    assert done.problems == (Message.of(ExportReason.PROGRAM_ERROR, name="KOA-BAD"),)
    bad, read = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert "error" in bad
    assert len(read["knees"]) == 2


def test_a_stopped_export_writes_no_table(subject: Subject, tmp_path: Path) -> None:
    stopped = Event()

    def stop_at_the_second(done: int, _total: int) -> None:
        if done == 1:
            stopped.set()

    plan = Plan(tmp_path, TABLES | {Format.PNG})
    done = export_all(plan, [subject] * 3, stop_at_the_second, stopped)
    assert [path.suffix for path in done.files] == [".png"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".png"]


def test_a_read_polarity_is_exported(
    subject: Subject, two_knees: Examination, tmp_path: Path
) -> None:
    plan = Plan(tmp_path, frozenset({Format.PNG}))
    inverted = replace(two_knees, radiograph=two_knees.radiograph.with_inverted_polarity())
    export_case(plan, subject, "plain")
    export_case(plan, replace(subject, examination=inverted), "inverted")
    plain, other = ((tmp_path / f"{name}.png").read_bytes() for name in ("plain", "inverted"))
    assert plain != other
