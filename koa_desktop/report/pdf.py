"""Lays a report out on pages and writes it as a PDF.

QTextDocument and its relatives are reentrant (Qt, "Thread-Support in Qt Modules"): every call here
lays out a document of its own, so reports may be made by several threads at once, once the main
thread has called `start_qt`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from io import BytesIO
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QLoggingCategory,
    QMarginsF,
    QPointF,
    QRectF,
    QSizeF,
    Qt,
    QUrl,
)
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextDocument,
    QTextFormat,
    QTextLayout,
    QTextOption,
    QTextTable,
)

from koa_desktop.report import pdf_archive, pdf_text, provenance, words
from koa_desktop.report.options import Paper
from koa_desktop.report.page import MARGIN_MM, PIXELS_PER_MM, Report
from koa_desktop.system.paths import RESOURCES
from koa_desktop.system.release_files import FONT_FILES, FONTS
from koa_desktop.wording import language

FOOTER_MM = 12.0
BOTTOM_MM = 8.0
HEAD_MM = 6.0
LEAST_SCALE = 0.94  # of a report that needs a page less at this size
PDF_RESOLUTION = 600  # coordinates to the inch
SMALL_PIXELS = 9
NUMBER_WIDTH = 90
GREY, RULE = QColor("#616873"), QColor("#c9ced6")

_lock = threading.Lock()
_application: list[QGuiApplication] = []
_families: list[str] = []


def start_qt() -> None:
    """Make fonts and painting ready, without a display where no window is open.

    Call it once from the main thread before reports are written from others. Raises RuntimeError
    where another thread would have to start Qt.
    """
    with _lock:
        if QGuiApplication.instance() is None:
            if threading.current_thread() is not threading.main_thread():
                raise RuntimeError("Qt must be started by the main thread: call start_qt there.")
            _application.append(QGuiApplication(["koa-desktop", "-platform", "offscreen"]))
        # That a font lacks a script's letters is no fault: Qt takes the next font.
        QLoggingCategory.setFilterRules("qt.text.font.db=false")
        if not _families:
            _families.extend(_load_fonts())


def pdf_bytes(report: Report) -> bytes:
    """Return a report as the bytes of a PDF/A-1b with searchable text and embedded fonts."""
    # It takes longer to import than a report to write.
    from pypdf import PdfWriter

    start_qt()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(PDF_RESOLUTION)
    writer.setPdfVersion(QPagedPaintDevice.PdfVersion.PdfVersion_A1b)
    writer.setTitle(report.title)
    writer.setAuthor(report.author)
    writer.setCreator(provenance.program())
    writer.setPageLayout(page_layout(report.paper))
    paint_pages([report], writer)
    buffer.close()
    written = PdfWriter(clone_from=BytesIO(bytes(content.data())))
    if pdf_text.needs_help(f"{report.html}{report.running_head}{report.footer}"):
        document = lay_out(report)
        ends = [
            [line for small in _small_texts(report, document, page) for line in small.lines()]
            for page in range(document.pageCount())
        ]
        pdf_text.make_readable(written, _lines(document), ends)
    pdf_archive.make_archivable(written, language.name())
    result = BytesIO()
    written.write(result)
    return result.getvalue()


def page_layout(paper: Paper) -> QPageLayout:
    """Return the sheet upright and without margins: the pages paint their own."""
    size = QPageSize.PageSizeId.A4 if paper is Paper.A4 else QPageSize.PageSizeId.Letter
    return QPageLayout(QPageSize(size), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))


def paint_pages(
    reports: Sequence[Report], device: QPagedPaintDevice, first: int = 1, last: int | None = None
) -> None:
    """Paint reports on a PDF writer or printer, each from a new page, fitted to its sheet.

    Only the pages from `first` to `last` are painted, counted from 1 over all reports.
    """
    painter = QPainter(device)
    number = 0
    try:
        for report in reports:
            document = lay_out(report)
            for page in range(document.pageCount()):
                number += 1
                if number < first or (last is not None and number > last):
                    continue
                if number > first:
                    device.newPage()
                painter.save()
                _fit(painter, report.paper, QSizeF(device.width(), device.height()))
                _paint_page(painter, document, report, page)
                painter.restore()
    finally:
        painter.end()


def lay_out(report: Report) -> QTextDocument:
    """Return the report broken into pages, in pixels at 96 to the inch, whatever the device.

    Its pages are a little taller than the sheet's body where that saves one, as for a last page
    that would hold the line to sign on alone: such a report is painted smaller.
    """
    body = _body(report.paper).size()
    document = _broken_into_pages(report, body)
    if document.pageCount() > 1:
        taller = QSizeF(body.width(), body.height() / LEAST_SCALE)
        tight = _broken_into_pages(report, taller)
        if tight.pageCount() < document.pageCount():
            return tight
    return document


def _broken_into_pages(report: Report, page: QSizeF) -> QTextDocument:
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(0)
    document.setUseDesignMetrics(True)
    document.setDefaultFont(_font(11))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    for name, pixels in report.images.items():
        height, width = pixels.shape[:2]
        shown = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), shown.copy())
    document.setHtml(report.html)
    document.setPageSize(page)
    _keep_tables_whole(document, page.height())
    return document


def with_all_letters(font: QFont) -> QFont:
    """Return a font that takes the letters it lacks from the bundled fonts of their script."""
    start_qt()
    wider = QFont(font)
    wider.setFamilies([font.family(), *_families[1:]])
    return wider


def line_mask(text: str, pixels: int, *, bold: bool) -> NDArray[np.uint8]:
    """Return a line of text in the bundled fonts as its coverage (0..255), (h, w)."""
    start_qt()
    font = _font(pixels)
    font.setBold(bold)
    metrics = QFontMetricsF(font)
    width, height = ceil(metrics.horizontalAdvance(text)) + 2, ceil(metrics.height())
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setFont(font)
    painter.setPen(Qt.GlobalColor.white)
    painter.setLayoutDirection(_direction())
    painter.drawText(QPointF(1, metrics.ascent()), text)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, :width].copy()


def _load_fonts() -> list[str]:
    families: dict[str, None] = {}
    for name in FONT_FILES:
        number = QFontDatabase.addApplicationFont(str(RESOURCES / FONTS / name))
        families |= dict.fromkeys(QFontDatabase.applicationFontFamilies(number))
    return list(families)


def _font(pixels: int) -> QFont:
    font = QFont(_families)
    font.setPixelSize(pixels)
    # Hinted letters have the screen's widths: uneven on paper.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _sheet(paper: Paper) -> QSizeF:
    width, height = paper.value
    return QSizeF(width * PIXELS_PER_MM, height * PIXELS_PER_MM)


def _body(paper: Paper) -> QRectF:
    """Return the place of the text on a sheet, between head and footer."""
    sheet, margin = _sheet(paper), MARGIN_MM * PIXELS_PER_MM
    height = sheet.height() - margin - (FOOTER_MM + BOTTOM_MM) * PIXELS_PER_MM
    return QRectF(margin, margin, sheet.width() - 2 * margin, height)


def _keep_tables_whole(document: QTextDocument, page_height: float) -> None:
    """Move every table that would be split to a new page, where one page can hold it."""
    layout = document.documentLayout()
    for frame in document.rootFrame().childFrames():
        if not isinstance(frame, QTextTable):
            continue
        place = layout.frameBoundingRect(frame)
        split = int(place.top() / page_height) < ceil(place.bottom() / page_height) - 1
        if split and place.height() <= page_height:
            table_format = frame.format()
            table_format.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            frame.setFormat(table_format)


def _fit(painter: QPainter, paper: Paper, device: QSizeF) -> None:
    """Scale layout pixels to a device's sheet, as large as both sides allow, in its middle."""
    sheet = _sheet(paper)
    scale = min(device.width() / sheet.width(), device.height() / sheet.height())
    painter.translate(
        (device.width() - sheet.width() * scale) / 2, (device.height() - sheet.height() * scale) / 2
    )
    painter.scale(scale, scale)


def _paint_page(painter: QPainter, document: QTextDocument, report: Report, page: int) -> None:
    """Paint one page in layout pixels: the text's share of it, head and footer."""
    body, height = _body(report.paper), document.pageSize().height()
    window = QRectF(0, page * height, body.width(), height)
    scale = body.height() / height
    context = QAbstractTextDocumentLayout.PaintContext()
    context.clip = window
    painter.save()
    painter.translate(body.left() + body.width() * (1 - scale) / 2, body.top())
    painter.scale(scale, scale)
    painter.translate(0, -window.top())
    painter.setClipRect(window)
    document.documentLayout().draw(painter, context)
    painter.restore()
    top = body.bottom() + 2 * PIXELS_PER_MM
    painter.setPen(QPen(RULE, 0.75))
    painter.drawLine(QPointF(body.left(), top), QPointF(body.right(), top))
    painter.setPen(GREY)
    painter.setFont(_font(SMALL_PIXELS))
    painter.setLayoutDirection(_direction())
    for small in _small_texts(report, document, page):
        painter.drawText(small.place, small.flags, small.text)


class _Small(NamedTuple):
    """A small text above or below the body of a page."""

    text: str
    place: QRectF
    flags: int

    def lines(self) -> list[pdf_text.Line]:
        """Return the lines in which it is drawn."""
        layout = QTextLayout(self.text, _font(SMALL_PIXELS))
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(self.place.width())
        layout.endLayout()
        return _lines_of(layout, self.text)


def _small_texts(report: Report, document: QTextDocument, page: int) -> list[_Small]:
    """Return a page's footer, its number, and the head from the second page on, as painted."""
    body = _body(report.paper)
    top = body.bottom() + 2 * PIXELS_PER_MM + 4
    footer = QRectF(body.left(), top, body.width(), FOOTER_MM * PIXELS_PER_MM)
    beside_number = footer.adjusted(0, 0, -NUMBER_WIDTH, 0)
    if _direction() is Qt.LayoutDirection.RightToLeft:
        beside_number.translate(NUMBER_WIDTH, 0)
    number = words.page(page + 1, document.pageCount())
    shown = [
        _Small(report.footer, beside_number, Qt.TextFlag.TextWordWrap.value),
        _Small(number, footer, Qt.AlignmentFlag.AlignRight.value),
    ]
    if page:
        height = HEAD_MM * PIXELS_PER_MM
        place = QRectF(body.left(), body.top() - height, body.width(), height)
        elide = Qt.TextElideMode.ElideRight
        metrics = QFontMetricsF(_font(SMALL_PIXELS))
        shown.append(_Small(metrics.elidedText(report.running_head, elide, body.width()), place, 0))
    return shown


def _direction() -> Qt.LayoutDirection:
    if language.is_right_to_left():
        return Qt.LayoutDirection.RightToLeft
    return Qt.LayoutDirection.LeftToRight


def _lines(document: QTextDocument) -> list[pdf_text.Line]:
    found, block = [], document.begin()
    while block.isValid():
        found += _lines_of(block.layout(), block.text())
        block = block.next()
    return found


def _lines_of(layout: QTextLayout, text: str) -> list[pdf_text.Line]:
    lines = [layout.lineAt(number) for number in range(layout.lineCount())]
    return [
        pdf_text.Line(
            text[line.textStart() : line.textStart() + line.textLength()],
            tuple(len(run.glyphIndexes()) for run in line.glyphRuns()),
        )
        for line in lines
    ]
