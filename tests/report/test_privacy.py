"""An export holds the patient's fields that were asked for and no other: names are planted."""

from __future__ import annotations

import os
import subprocess
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from threading import Event

import pydicom
import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from koa_desktop.errors import ExportReason, ReadError, ReadReason
from koa_desktop.examination.decision import Decision
from koa_desktop.examination.examiner import Examination
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, Radiograph
from koa_desktop.report import export
from koa_desktop.report.export import Format, Plan, export_all
from koa_desktop.report.naming.study_code import KEY_NAME, StudyCodes
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.report.pdf import lay_out, start_qt
from tests.support.compact_disc import dicom_image

DAYS = {"birth_date": date(1931, 7, 14), "study_date": date(2019, 11, 23)}
PLANTED = {one.name: f"Zq{number:02}planted" for number, one in enumerate(fields(Header))}
PLANTED |= {name: str(day) for name, day in DAYS.items()}
UIDS = ("study_uid", "series_uid", "instance_uid")
PLANTED |= {name: f"1.2.{number}.31415926" for number, name in enumerate(UIDS)}
READER = "Dr A"  # of the examinations made here
PLANTED |= {"path": "ZqPathplanted", "folder": "ZqFolderplanted"}


@pytest.fixture
def subject(two_knees: Examination, radiograph: Radiograph) -> Subject:
    known = {name: DAYS.get(name, PLANTED[name]) for name in (one.name for one in fields(Header))}
    path = Path(PLANTED["folder"], f"{PLANTED['path']}.dcm")
    info = replace(radiograph.info, header=Header(**known), path=path)  # type: ignore[arg-type]
    right, left = two_knees.knees
    read = replace(right, decision=Decision.now(3, 2, "koa"))  # so that the register has a row
    examination = replace(two_knees, radiograph=info, knees=(read, left))
    pixels = replace(radiograph, info=info)
    code = StudyCodes(b"k" * 32).of(info.sha256)
    return Subject(path.name, examination, radiograph=pixels, code=code)


def found_in(folder: Path, subject: Subject, options: ReportOptions) -> set[str]:
    """Export in every format and return whose planted words are in names, bytes and pages."""
    missing = Message.of(ReadReason.MISSING, name=subject.file)
    lost = replace(subject, examination=None, error=missing)
    plan = Plan(folder, frozenset(Format), options)
    done = export_all(plan, [subject, lost], lambda _done, _total: None, Event())
    # Nothing can be laid over a film that is not named.
    assert {problem.code for problem in done.problems} <= {ExportReason.NO_FILM_BELOW}
    assert {path.suffix for path in done.files} == {".pdf", ".png", ".csv", ".json", ".dcm"}
    start_qt()
    report = export.report_of(subject, options)
    texts = [lay_out(report).toPlainText(), report.title, report.running_head, report.footer]
    for path in done.files:
        texts += _texts_of(path)
    return {name for name, word in PLANTED.items() if any(word in text for text in texts)}


def _texts_of(path: Path) -> list[str]:
    """Return a file's name, its bytes in every encoding, and the text of its pages."""
    content = path.read_bytes()
    return [
        path.name,
        content.decode("utf-8", "replace"),
        content.decode("utf-16-be", "replace"),  # the title of a PDF
        content[1:].decode("utf-16-be", "replace"),
        _text_of(path) if path.suffix == ".pdf" else "",
    ]


def _text_of(path: Path) -> str:
    try:
        done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True)
    except FileNotFoundError:
        return ""  # the laid out document has the same words
    return done.stdout.decode("utf-8")


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("profile", [Profile.PSEUDONYMOUS, Profile.NAMELESS])
def test_nothing_planted_is_found_where_the_patient_is_not_named(
    profile: Profile, subject: Subject, tmp_path: Path
) -> None:
    assert found_in(tmp_path, subject, ReportOptions(profile=profile)) == set()
    table = (tmp_path / "results.csv").read_text()
    assert (READER in table) == profile.names_reader
    assert (subject.code in table) == (profile is Profile.PSEUDONYMOUS)


@pytest.mark.usefixtures("iso_dates")
def test_for_the_patients_file_all_but_the_folder_is_found(
    subject: Subject, tmp_path: Path
) -> None:
    found = found_in(tmp_path, subject, ReportOptions(profile=Profile.PATIENT))
    assert found == set(PLANTED) - {"folder"}


@pytest.mark.parametrize("syntax", [None, "ZqMetaplanted"])
@pytest.mark.parametrize("profile", Profile)
def test_a_name_planted_anywhere_is_found_where_the_patient_is_named_alone(
    profile: Profile,
    syntax: str | None,
    two_knees: Examination,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    path = _planted_file(tmp_path / "ZqPathplanted.dcm", syntax)
    code = StudyCodes(b"k" * 32).of("sum")
    try:
        radiograph = read(path)
    except ReadError as error:
        subject = Subject(path.name, error=error.message, code=code)
    else:
        examination = replace(two_knees, radiograph=radiograph.info)
        subject = Subject(path.name, examination, radiograph=radiograph, code=code)
    assert (subject.examination is None) == (syntax is not None)
    out = tmp_path / "out"
    out.mkdir()
    plan = Plan(out, frozenset(Format), ReportOptions(profile=profile))
    done = export_all(plan, [subject], lambda *_: None, Event())
    # Nothing can be laid over a film that is not named.
    assert {problem.code for problem in done.problems} <= {ExportReason.NO_FILM_BELOW}
    texts = [text for file in done.files for text in _texts_of(file)]
    assert any(_is_planted(text) for text in texts) == profile.names_patient
    assert not _is_planted(caplog.text)


def _is_planted(text: str) -> bool:
    return "zq" in text.lower() and "planted" in text.lower()


def _planted_file(path: Path, syntax: str | None) -> Path:
    """Write an image with a name in every text of its header, private, nested and in its meta."""
    dataset = pydicom.dcmread(dicom_image(path))
    dataset.Rows, dataset.Columns = 300, 600
    dataset.PixelData = bytes(300 * 600 * (dataset.BitsAllocated // 8))
    texts = {"PN", "LO", "SH", "LT", "ST", "UT", "CS"}
    kept = {"PhotometricInterpretation", "SpecificCharacterSet", "ImageType"}
    for keyword in (entry[4] for entry in DicomDictionary.values()):
        kind = dictionary_VR(keyword) if keyword and keyword not in kept else ""
        if kind in texts and tag_for_keyword(keyword) >> 16 >= 0x0008:
            setattr(dataset, keyword, "ZQ PLANTED" if kind == "CS" else "Zqplanted")
    block = dataset.private_block(0x0011, "Zqplanted", create=True)
    block.add_new(0x01, "LO", "Zqplanted")
    nested = pydicom.Dataset()
    nested.PatientName = "Zqplanted"
    dataset.RequestAttributesSequence = [nested]
    dataset.file_meta.SourceApplicationEntityTitle = "Zqplanted"
    if syntax:
        # Frames of no known codec: the file is refused, and the refusal may name its syntax.
        dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        dataset.PixelData = encapsulate([bytes(range(100))])
    dataset.save_as(path)
    if syntax:
        content = path.read_bytes()
        uid = str(dataset.file_meta.TransferSyntaxUID).encode()
        path.write_bytes(content.replace(uid, syntax.encode().ljust(len(uid), b"x"), 1))
    return path


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("profile", Profile)
def test_what_is_written_below_a_heat_map_follows_the_profile(
    profile: Profile, subject: Subject, tmp_path: Path
) -> None:
    """Words in pixels are not found as text, so the pictures of a named and a bare film are met."""
    examination = subject.examination
    assert examination is not None
    unnamed = replace(examination.radiograph, header=Header(), path=Path("other.dcm"))
    bare = replace(subject, examination=replace(examination, radiograph=unnamed))
    made: list[dict[str, bytes]] = []
    for number, one in enumerate((subject, bare)):
        folder = tmp_path / str(number)
        folder.mkdir()
        plan = Plan(
            folder, frozenset({Format.HEATMAP, Format.CROP}), ReportOptions(profile=profile)
        )
        done = export_all(plan, [one], lambda *_: None, Event())
        made.append({path.name.split()[-1]: path.read_bytes() for path in done.files})
    named, unnamed_files = made
    differ = {name for name, content in named.items() if unnamed_files[name] != content}
    assert len(named) == 4
    assert differ == ({"right.heatmap.png", "left.heatmap.png"} if profile.names_patient else set())


def test_a_file_keeps_its_code_and_another_key_gives_another(tmp_path: Path) -> None:
    first = StudyCodes.of_user(tmp_path / "data").of("sum")
    assert StudyCodes.of_user(tmp_path / "data").of("sum") == first
    assert StudyCodes.of_user(tmp_path / "data").of("other") != first
    assert StudyCodes.of_user(tmp_path / "elsewhere").of("sum") != first
    (tmp_path / "file").write_bytes(b"")
    assert StudyCodes.of_user(tmp_path / "file").of("sum").startswith("KOA-")


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps it by the folder's access list")
def test_the_key_is_the_users_alone(tmp_path: Path) -> None:
    StudyCodes.of_user(tmp_path / "data")
    (key,) = (tmp_path / "data").iterdir()
    assert key.name == KEY_NAME
    assert key.stat().st_mode & 0o077 == 0
