"""Reports on a printer, and the print preview: the same pages as the PDF's."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtPrintSupport import QPrinter, QPrintPreviewDialog
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from koa_desktop.gui.style.icons import draw_overflow
from koa_desktop.report.options import Paper
from koa_desktop.report.page import Report
from koa_desktop.report.pdf import page_layout, paint_pages, start_qt


def set_paper(printer: QPrinter, paper: Paper) -> None:
    """Set a printer to `paper`, upright; its own margins stay out of the way."""
    printer.setFullPage(True)
    printer.setPageLayout(page_layout(paper))


def print_reports(reports: Sequence[Report], printer: QPrinter) -> None:
    """Print reports, each from a new page, fitted to the sheet that the printer was set to.

    Only the range of pages that the print dialog chose is printed, if it chose one.
    """
    start_qt()
    # The pages paint their own margins; without this Qt adds the printer's to them.
    printer.setFullPage(True)
    # 0 is Qt for "all pages".
    paint_pages(reports, printer, printer.fromPage() or 1, printer.toPage() or None)


def preview(reports: Sequence[Report], parent: QWidget | None = None) -> QPrintPreviewDialog:
    """Return a print preview of the reports, ready to be shown; it prints as well."""
    dialog = QPrintPreviewDialog(parent)
    set_paper(dialog.printer(), reports[0].paper)
    dialog.paintRequested.connect(lambda printer: print_reports(reports, printer))
    _show_print_first(dialog)
    return dialog


def _show_print_first(dialog: QPrintPreviewDialog) -> None:
    """Put the Print button at the left, where no narrow dialog hides it."""
    bar = dialog.findChild(QToolBar)
    if bar is None:
        return
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    draw_overflow(bar)
    word = QCoreApplication.translate("QPrintPreviewDialog", "Print")
    for action in [one for one in bar.actions() if one.text() == word]:
        first = bar.actions()[0]
        bar.insertAction(first, action)
        bar.insertSeparator(first)
        button = bar.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
