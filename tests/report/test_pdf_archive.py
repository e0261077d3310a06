"""Reports are archivable PDFs, as another program judges them."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from koa_desktop.examination.examiner import Examination
from koa_desktop.patients.follow_up import courses
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import tables, words
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Paper, Profile, ReportOptions
from koa_desktop.report.pdf import pdf_bytes
from koa_desktop.report.summary import summary_bytes
from koa_desktop.wording import language
from koa_desktop.wording.patients.follow_up_lines import course_lines
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence

JARS = [
    Path("/usr/share/java", f"{name}.jar")
    for name in (
        "preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation",
        "jaxb-api",
    )
]  # fmt: skip
needs_preflight = pytest.mark.skipif(
    shutil.which("java") is None or not all(jar.exists() for jar in JARS),
    reason="libpdfbox2-java, libactivation-java, libjaxb-api-java or a JRE is not installed.",
)


NAMES = {
    "en": "O'Brien, Ann",
    "es": "Muñoz, Íñigo",
    "fr": "Lefèvre, Zoé",
    "hi": "शर्मा, प्रिया",
    "ar": "محمد الأحمد",
}


@pytest.fixture(params=NAMES)
def in_language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn, all texts in it."""
    if request.param != "en":
        language.use(language.catalogue(request.param))
    yield request.param
    language.use(NullTranslations())


def preflight(*files: Path) -> str:
    """Return the judgement of PDFBox, a line for each file that is valid."""
    listed = files[0].with_name("files.txt")
    listed.write_text("\n".join(map(str, files)), encoding="utf-8")
    command = ["java", "-cp", ":".join(map(str, JARS))]
    command += ["org.apache.pdfbox.preflight.Validator_A1b", "batch", str(listed)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@needs_preflight
def test_reports_of_all_kinds_are_valid(
    two_knees: Examination,
    no_knee: Examination,
    radiograph: Radiograph,
    tmp_path: Path,
) -> None:
    header = replace(radiograph.info.header, patient_name='محمد <&"')
    named = replace(two_knees, radiograph=replace(radiograph.info, header=header))
    long = replace(named, comment="A word and another. " * 300)
    files = []
    for name, examination in {"two": named, "none": no_knee, "long": long}.items():
        options = ReportOptions(profile=Profile.PATIENT, clinic_name="Clinic & Söhne")
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(pdf_bytes(report_html(examination, radiograph, options)))
        files.append(file)
    assert preflight(*files).count("is a valid PDF/A-1b file") == len(files)


@needs_preflight
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is missing")
def test_every_language_is_valid_and_readable(
    in_language: str,
    two_knees: Examination,
    measured: Examination,
    no_knee: Examination,
    radiograph: Radiograph,
    tmp_path: Path,
) -> None:
    name = NAMES[in_language]
    header = replace(radiograph.info.header, patient_name=name)
    info = replace(radiograph.info, header=header)
    graded, refused, widths = (
        replace(one, radiograph=info) for one in (two_knees, no_knee, measured)
    )
    one_knee = replace(graded, knees=graded.knees[:1])
    options = ReportOptions(
        profile=Profile.PATIENT, clinic_name="Clinic & Söhne", show_joint_space=True
    )
    before = replace(info, header=replace(header, study_date=date(2019, 3, 12)))
    followed = courses([replace(widths, radiograph=before), widths])
    compared = replace(options, courses=followed)
    made = {
        "graded": pdf_bytes(report_html(graded, radiograph, options)),
        "one": pdf_bytes(report_html(one_knee, radiograph, options)),
        "refused": pdf_bytes(report_html(refused, radiograph, options)),
        "compared": pdf_bytes(report_html(widths, radiograph, compared)),
        "summary": summary_bytes(
            [row for one in (graded, refused) for row in tables.rows("knees.png", one)], options
        ),
    }
    files = {kind: tmp_path / f"{kind}.pdf" for kind in made}
    for kind, content in made.items():
        files[kind].write_bytes(content)

    assert preflight(*files.values()).count("is a valid PDF/A-1b file") == len(files)
    texts = {kind: text_of(file) for kind, file in files.items()}
    for kind in ("graded", "one", "refused", "compared"):
        assert name in texts[kind]
    assert_said(words.conclusion(graded)[0], texts["graded"], in_language)
    assert_said(words.conclusion(refused)[0], texts["refused"], in_language)
    for kind in ("graded", "one", "compared"):
        assert "KL 3" in texts[kind]
    # As it is written: else the lines of both knees come by turns. Only Arabic has an order of
    # its own, and is found by words.
    order = () if in_language == "ar" else ("-raw",)
    in_order = text_of(files["compared"], *order)
    for line in course_lines(followed[0]):
        assert_said(line, in_order, in_language)
    assert "KL 3" in texts["summary"]
    assert_said(sentence(ReportText.SUMMARY), texts["summary"], in_language)


def text_of(file: Path, *options: str) -> str:
    """Return what is found in a PDF, without marks of direction."""
    command = ["pdftotext", *options, str(file), "-"]
    found = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    return as_found(found.stdout)


def as_found(text: str) -> str:
    shown = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", shown).split())


def without_marks(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) != "Mn")


def assert_said(said: str, text: str, name: str) -> None:
    """Look for a sentence; in Arabic for its words without marks, which change their places."""
    said = as_found(said)
    sought = [said]
    if name == "ar":
        said, text = map(without_marks, (said, text))
        sought = [word.strip("():;.،؛") for word in said.split()]
    assert [one for one in sought if one not in text] == []


def test_title_author_and_language_are_told(
    two_knees: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    file = tmp_path / "report.pdf"
    options = ReportOptions(study_code="KOA-1")
    file.write_bytes(pdf_bytes(report_html(two_knees, radiograph, options)))
    reader = PdfReader(file)
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("knee report KOA-1", "Dr A")
    xmp = reader.xmp_metadata
    assert xmp is not None
    assert xmp.dc_title == {"x-default": "knee report KOA-1"}
    assert xmp.dc_language == ["en"]
    assert str(reader.root_object["/Lang"]) == "en"


def test_one_or_two_knees_take_one_page(
    two_knees: Examination,
    with_readings: Examination,
    measured: Examination,
    no_knee: Examination,
    radiograph: Radiograph,
    tmp_path: Path,
) -> None:
    one = replace(two_knees, knees=two_knees.knees[:1])
    pairs = zip(with_readings.knees, measured.knees, strict=True)
    knees = tuple(replace(one, joint_space=other.joint_space) for one, other in pairs)
    for examination in (one, replace(with_readings, knees=knees), no_knee):
        file = tmp_path / "report.pdf"
        options = ReportOptions(profile=Profile.PATIENT)
        file.write_bytes(pdf_bytes(report_html(examination, radiograph, options)))
        assert len(PdfReader(file).pages) == 1


def test_two_knees_without_a_warning_take_one_page_of_letter_paper(
    with_readings: Examination, measured: Examination, radiograph: Radiograph
) -> None:
    space = measured.knees[0].joint_space
    knees = tuple(
        replace(one, finding=replace(one.finding, flags=()), joint_space=space)
        for one in with_readings.knees
    )
    examination = replace(with_readings, knees=knees)
    options = ReportOptions(
        profile=Profile.PATIENT,
        paper=Paper.LETTER,
        clinic_name="Clinic",
        clinic_lines=("Street", "Town"),
        set_coverage=0.9,
    )
    pdf = pdf_bytes(report_html(examination, radiograph, options))
    assert len(PdfReader(BytesIO(pdf)).pages) == 1
