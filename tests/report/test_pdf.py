from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, Flag, Refusal
from koa_desktop.gui.export.printing import preview, print_reports
from koa_desktop.knees.box import Box, Knee
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, Radiograph, Side, Window
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Paper, Profile, ReportOptions
from koa_desktop.report.page import MARGIN_MM, PIXELS_PER_MM, Report
from koa_desktop.report.pdf import lay_out, pdf_bytes, start_qt
from koa_desktop.wording.sentences import sentence

pytestmark = pytest.mark.usefixtures("app")
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed."
)
NAMED = ReportOptions(profile=Profile.PATIENT)


@pytest.fixture
def radiograph() -> Radiograph:
    values = (np.arange(200 * 400).reshape(200, 400) % 251).astype(np.uint8)
    header = Header(
        patient_name='Ελληνικά <b>&"', patient_id="Кириллица", birth_date=date(1961, 3, 4)
    )
    return Radiograph.of(Path("k.png"), values, Window(127.5, 255), header=header, sha256="ab12")


@pytest.fixture
def examination(app: QApplication, radiograph: Radiograph) -> Examination:
    start_qt()
    probability = (0.18, 0.29, 0.48, 0.05, 0.0)
    finding = Finding(2, probability, (1, 2), (Flag.WIDE_SET,))
    return Examination(
        radiograph.info,
        tuple(
            ExaminedKnee(Knee(Box(x, 30, 120), side), finding, reader_grade=2)
            for x, side in ((30, Side.RIGHT), (240, Side.LEFT))
        ),
        model="koa 9.8.7",
        model_sha256="3f2a91c0" * 8,
    )


def poppler(tool: str, pdf: bytes, folder: Path, *options: str) -> str:
    path = folder / "of-test.pdf"
    path.write_bytes(pdf)
    after = {"pdftotext": ["-"], "pdftoppm": [str(folder / "page")]}.get(tool, [])
    command = [tool, *options, str(path), *after]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def page_picture(pdf: bytes, folder: Path) -> bytes:
    """Return the first page's pixels."""
    poppler("pdftoppm", pdf, folder, "-singlefile", "-r", "60")
    return (folder / "page.ppm").read_bytes()


@needs_poppler
def test_the_text_can_be_searched(
    examination: Examination, tmp_path: Path, radiograph: Radiograph
) -> None:
    text = " ".join(
        poppler("pdftotext", pdf_bytes(report_html(examination, radiograph)), tmp_path).split()
    )
    for line in (
        "Right knee: KL 2, minimal osteoarthritis.",
        "Read as KL 2 by the reader; model: KL 2 (likely range KL 1–2).",
        sentence(Flag.WIDE_SET),
        "Page 1 of 1",
        "Model koa 9.8.7 (sha256 3f2a91c0…)",
        "Not a medical device",
    ):
        assert line in text
    for identity in ("Ελληνικά", "Кириллица", "1961"):
        assert identity not in text


@needs_poppler
def test_names_in_other_letters_come_from_the_bundled_font(
    examination: Examination, tmp_path: Path, radiograph: Radiograph
) -> None:
    pdf = pdf_bytes(report_html(examination, radiograph, NAMED))
    text = poppler("pdftotext", pdf, tmp_path)
    assert 'Ελληνικά <b>&"' in text
    assert "Кириллица" in text
    fonts = [line.split() for line in poppler("pdffonts", pdf, tmp_path).splitlines()[2:]]
    assert fonts
    for font in fonts:
        assert "NotoSans" in font[0]
        # Columns from the right: object, ID, unicode, subset, embedded.
        assert font[-5] == "yes"


@needs_poppler
@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, "A4"), (Paper.LETTER, "letter")])
def test_one_page_holds_two_knees(
    examination: Examination, tmp_path: Path, paper: Paper, size: str, radiograph: Radiograph
) -> None:
    pdf = pdf_bytes(report_html(examination, radiograph, ReportOptions(paper=paper)))
    said = poppler("pdfinfo", pdf, tmp_path)
    assert f"({size})" in said
    assert "Pages:           1\n" in said


@needs_poppler
def test_a_long_comment_runs_on_and_pages_are_counted(
    examination: Examination, tmp_path: Path, radiograph: Radiograph
) -> None:
    long = replace(examination, comment="A word and another. " * 400 + "LASTWORD")
    pdf = pdf_bytes(report_html(long, radiograph, NAMED))
    first = poppler("pdftotext", pdf, tmp_path, "-l", "1")
    second = poppler("pdftotext", pdf, tmp_path, "-f", "2")
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert "LASTWORD" in second
    # The second page alone tells whose it is.
    assert "Ελληνικά" in second


def _lines(count: int) -> Report:
    html = "".join(f"<p style='margin: 0'>LINE{number}</p>" for number in range(count))
    return Report("", html, {}, "", "", Paper.A4)


@needs_poppler
def test_a_report_is_smaller_where_a_few_lines_would_take_a_page(tmp_path: Path) -> None:
    start_qt()
    one = lay_out(_lines(10))
    page = one.pageSize().height()
    height = one.documentLayout().documentSize().height() / 10
    slightly, clearly = (int(page * share / height) for share in (1.04, 1.2))
    pdf = pdf_bytes(_lines(slightly))
    assert "Pages:           1\n" in poppler("pdfinfo", pdf, tmp_path)
    # The last line lies above the footer, within the sheet.
    box = poppler("pdftotext", pdf, tmp_path, "-bbox").split(f">LINE{slightly - 1}<")[0]
    bottom = float(box.rsplit('yMax="', 1)[1].split('"')[0])
    assert bottom < (page + MARGIN_MM * PIXELS_PER_MM) * 72 / 96
    several = lay_out(_lines(clearly))
    assert several.pageCount() == 2
    assert several.pageSize().height() == page


@pytest.mark.parametrize("words_before", range(200, 900, 50))
def test_no_knee_is_split_over_pages(
    examination: Examination, words_before: int, radiograph: Radiograph
) -> None:
    long = replace(examination, comment="word " * words_before, knees=examination.knees * 2)
    document = lay_out(report_html(long, radiograph))
    height = document.pageSize().height()
    layout = document.documentLayout()
    for table in document.rootFrame().childFrames():
        place = layout.frameBoundingRect(table)
        assert int(place.top() / height) == int((place.bottom() - 1) / height)


@needs_poppler
def test_a_refused_film_says_why(
    examination: Examination, tmp_path: Path, radiograph: Radiograph
) -> None:
    refused = replace(examination, knees=(), refusal=Message(Refusal.NO_KNEE))
    text = poppler("pdftotext", pdf_bytes(report_html(refused, radiograph)), tmp_path)
    # The font has ligatures.
    assert sentence(Refusal.NO_KNEE) in " ".join(normalize("NFKC", text).split())


@needs_poppler
def test_threads_make_the_same_reports(
    examination: Examination, tmp_path: Path, radiograph: Radiograph
) -> None:
    report = report_html(examination, radiograph)
    alone = page_picture(pdf_bytes(report), tmp_path)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: pdf_bytes(report), range(8)))
    assert all(page_picture(pdf, tmp_path) == alone for pdf in together)


@needs_poppler
def test_text_is_dark_on_paper_in_a_dark_theme(
    examination: Examination, app: QApplication, tmp_path: Path, radiograph: Radiograph
) -> None:
    report = report_html(examination, radiograph)
    bright = page_picture(pdf_bytes(report), tmp_path)
    before = app.palette()
    dark = app.palette()
    dark.setColor(dark.ColorRole.Text, "white")
    dark.setColor(dark.ColorRole.WindowText, "white")
    app.setPalette(dark)
    try:
        assert page_picture(pdf_bytes(report), tmp_path) == bright
    finally:
        app.setPalette(before)


@needs_poppler
def test_a_printer_gets_the_same_page_on_another_sheet(
    examination: Examination, tmp_path: Path, radiograph: Radiograph
) -> None:
    path = tmp_path / "printed.pdf"
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    letter = report_html(examination, radiograph, ReportOptions(paper=Paper.LETTER))
    print_reports([letter, letter], printer)
    text = poppler("pdftotext", path.read_bytes(), tmp_path)
    assert text.count("Right knee: KL 2, minimal osteoarthritis.") == 2
    assert text.count("Page 1 of 1") == 2


@needs_poppler
def test_only_the_chosen_pages_are_printed(
    examination: Examination, tmp_path: Path, radiograph: Radiograph
) -> None:
    path = tmp_path / "printed.pdf"
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    printer.setFromTo(2, 3)
    others = [replace(examination, comment=f"CASE{number}") for number in range(1, 5)]
    print_reports([report_html(other, radiograph) for other in others], printer)
    text = poppler("pdftotext", path.read_bytes(), tmp_path)
    assert [number for number in range(1, 5) if f"CASE{number}" in text] == [2, 3]
    assert text.count("Page 1 of 1") == 2


def test_the_preview_shows_every_page(
    examination: Examination, app: QApplication, radiograph: Radiograph
) -> None:
    report = report_html(examination, radiograph)
    dialog = preview([report, report])
    dialog.show()
    app.processEvents()
    (widget,) = dialog.findChildren(_preview_widget())
    assert widget.pageCount() == 2
    dialog.close()


def _preview_widget() -> type:
    from PySide6.QtPrintSupport import QPrintPreviewWidget

    return QPrintPreviewWidget


def test_neither_a_display_nor_widgets_are_needed(tmp_path: Path) -> None:
    program = (
        "import sys, threading; from pathlib import Path; import numpy as np;"
        "from koa_desktop.examination.examiner import Examination;"
        "from koa_desktop.examination.findings import Refusal;"
        "from koa_desktop.message import Message;"
        "from koa_desktop.radiograph import Radiograph, Window;"
        "from koa_desktop.report.html import report_html;"
        "from koa_desktop.report import pdf;"
        "pdf.start_qt();"
        "film = Radiograph.of(Path('k'), np.zeros((50, 90), np.uint8), Window(127.5, 255));"
        "report = report_html(Examination(film.info, (), Message(Refusal.NO_KNEE)), film);"
        "write = lambda: Path(sys.argv[1]).write_bytes(pdf.pdf_bytes(report));"
        "worker = threading.Thread(target=write);"
        "worker.start(); worker.join();"
        "assert 'PySide6.QtWidgets' not in sys.modules"
    )
    path = tmp_path / "report.pdf"
    environment = {"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])}
    if sys.platform == "win32":
        import os

        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, env=environment, timeout=120
    )
    assert path.read_bytes().startswith(b"%PDF")
