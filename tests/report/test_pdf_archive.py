"""Reports are archivable PDFs, as another program judges them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from koa_desktop.examination.examiner import Examination
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.report.pdf import pdf_bytes

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


def preflight(*files: Path) -> str:
    """Return the judgement of PDFBox, a line for each file that is valid."""
    command = ["java", "-cp", ":".join(map(str, JARS))]
    judged = [
        subprocess.run(
            [*command, "org.apache.pdfbox.preflight.Validator_A1b", str(file)],
            capture_output=True, text=True, check=False,
        ).stdout
        for file in files
    ]  # fmt: skip
    return "".join(judged)


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
    two_knees: Examination, no_knee: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    one = replace(two_knees, knees=two_knees.knees[:1])
    for examination in (one, two_knees, no_knee):
        file = tmp_path / "report.pdf"
        options = ReportOptions(profile=Profile.PATIENT)
        file.write_bytes(pdf_bytes(report_html(examination, radiograph, options)))
        assert len(PdfReader(file).pages) == 1
