"""Help: shortcuts, the model's card in readable form, the program itself, the reader's name."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QInputDialog,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.errors import BundleError
from koa_desktop.grading.card import read_grader_card
from koa_desktop.grading.finder import read_finder_card
from koa_desktop.gui.actions.actions import Actions, shortcut_rows
from koa_desktop.gui.dialogs.grade_guide import GradeGuide
from koa_desktop.gui.dialogs.guide import GuideWindow
from koa_desktop.gui.style.plain_text import OwnPage
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system.paths import HOME, MODELS, user_data, user_logs
from koa_desktop.wording.model_card import card_markdown, finder_markdown
from koa_desktop.wording.sentences import sentence

_HIGH, _WIDE, _LOW = QSize(560, 620), QSize(900, 760), QSize(520, 340)


class Help(QObject):
    """Opens the help windows; none of them is modal."""

    reader_named = Signal()

    def __init__(self, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._window = window
        self.actions: Actions | None = None

    def guide(self) -> None:
        """Show the illustrated guide."""
        show_once(GuideWindow, self._window)

    def shortcuts(self) -> None:
        """Show every shortcut, and the actions of the mouse."""
        rows = list(shortcut_rows(self.actions)) if self.actions else []
        mouse = [
            (self.tr("Move over the film"), self.tr("drag, or middle button")),
            (self.tr("Brightness and contrast"), self.tr("drag with the right button")),
            (self.tr("Zoom at the pointer"), self.tr("wheel")),
            (self.tr("Zoom to a knee, and back"), self.tr("double click")),
            (self.tr("Next box, move it, resize it"), self.tr("Tab, arrows, Ctrl+arrows")),
        ]
        rows += mouse
        half = (len(rows) + 1) // 2
        columns = "".join(f"<td>{_table(part)}</td>" for part in (rows[:half], rows[half:]))
        title = self.tr("Keyboard and mouse")
        self._show(title, f"<table width='100%'><tr>{columns}</tr></table>", size=_WIDE)

    def about_model(self) -> None:
        """Show the cards of the grading model and of the finder."""
        cards = (
            self._card(lambda: card_markdown(read_grader_card(MODELS / "koa.json").text)),
            self._card(lambda: finder_markdown(read_finder_card(MODELS / "finder.json").text)),
        )
        self._show(self.tr("About the model"), markdown="\n\n".join(cards))

    def _card(self, text: Callable[[], str]) -> str:
        try:
            return text()
        except BundleError as error:
            return sentence(error.message)
        except (KeyError, TypeError, ValueError):
            return self.tr("The model's card is incomplete.")

    def about(self) -> None:
        """Show version, purpose and folders of the program, and that it is no medical device."""
        from koa_desktop.report.provenance import program_version

        text = self.tr(
            "<h3>KOA Desktop {0}</h3>"
            "<p>Grades knee osteoarthritis on plain radiographs (Kellgren-Lawrence 0–4), "
            "offline, and shows the regions of the film that support each grade.</p>"
            "<p>Not a medical device: a qualified person must confirm every result. "
            "Nothing leaves this computer.</p>"
        )
        rows = [
            (self.tr("Readings"), str(user_data())),
            (self.tr("Log"), str(user_logs())),
            (self.tr("Program"), str(HOME)),
            (self.tr("Licence"), self.tr("Apache 2.0; its libraries have their own")),
        ]
        html = text.format(program_version()) + _table(rows)
        self._show(self.tr("About KOA Desktop"), html, size=_LOW)

    def grades(self) -> None:
        """Explain the grades."""
        show_once(GradeGuide, self._window)

    def ask_reader(self) -> None:
        """Ask for the reader's name in reports."""
        name, given = QInputDialog.getText(
            self._window,
            self.tr("Reader"),
            self.tr("Name of the reader, for reports and the audit trail:"),
            text=self._settings.reader,
        )
        if given:
            self._settings.reader = name.strip()
            self.reader_named.emit()

    def _show(self, title: str, html: str = "", *, markdown: str = "", size: QSize = _HIGH) -> None:
        dialog = QDialog(self._window)
        dialog.setWindowTitle(title)
        dialog.setObjectName("help")
        resize_in_screen(dialog, size)
        browser = OwnPage()
        if markdown:
            browser.setMarkdown(markdown)
            _part_tables(browser.document())
        else:
            browser.setHtml(html)
        browser.setAccessibleName(title)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(dialog.reject)
        layout = QVBoxLayout(dialog)
        layout.addWidget(browser)
        layout.addWidget(buttons)
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()


def show_once(kind: type[QDialog], window: QWidget) -> None:
    """Open a window of a kind, or bring forward the one that is open."""
    found = [other for other in window.findChildren(kind) if other.isVisible()]
    dialog = found[0] if found else kind(window)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def _part_tables(document: QTextDocument) -> None:
    """Leave some room above and below each table: Markdown gives it none."""
    for frame in document.rootFrame().childFrames():
        form = frame.frameFormat()
        form.setTopMargin(6)
        form.setBottomMargin(10)
        frame.setFrameFormat(form)


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td style='padding: 2px 20px 2px 8px'>{escape(what)}</td>"
        f"<td style='padding: 2px 0'><b>{escape(keys)}</b></td></tr>"
        for what, keys in rows
    )
    return f"<table>{cells}</table>"
