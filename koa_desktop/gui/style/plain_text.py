"""Text from files and users, shown as it is: Qt must not take it for HTML.

Qt renders a label or a tooltip as HTML where its text looks like HTML, and loads the pictures that
it names: a file's comment `<img src="file:///dev/zero">` would hang the window, and one that names
a share would make Windows sign in to another computer. So labels, tooltips and questions are made
here, and pages show pictures of the program's own folder alone.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from PySide6 import QtGui
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMessageBox, QTableWidgetItem, QTextBrowser, QWidget

from koa_desktop.system.paths import RESOURCES


def plain_label(text: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label that shows every text as it is."""
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    return made


def rich_label(html: str = "") -> QLabel:
    """Return a label for the program's own HTML; whatever comes from a file must be escaped."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.RichText)
    made.setText(html)
    return made


def unbroken(text: str) -> str:
    """Return a text of which no line ends between `KL` and its grade."""
    return text.replace("KL ", "KL\N{NO-BREAK SPACE}")


def tooltip(text: str) -> str:
    """Return a tooltip's text so that Qt shows `text` as it is; a tooltip has no plain format."""
    if not QtGui.Qt.mightBeRichText(text):
        return text
    return f'<span style="white-space: pre-wrap">{escape(text)}</span>'


def set_tooltip(target: QWidget | QAction | QTableWidgetItem, text: str) -> None:
    """Give a widget, a command or a cell a tooltip that shows `text` as it is."""
    target.setToolTip(tooltip(text))


def set_rich_tooltip(target: QWidget, html: str) -> None:
    """Give a widget a tooltip in the program's own HTML."""
    target.setToolTip(html)


def confirmed(parent: QWidget, title: str, question: str) -> bool:
    """Ask a question, shown as it is, and return whether the answer is yes."""
    buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
    box = QMessageBox(QMessageBox.Icon.Question, title, "", buttons, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    return box.exec() == QMessageBox.StandardButton.Yes


def notice(
    parent: QWidget, title: str, text: str, *, more: str = "", detail: str = ""
) -> QMessageBox:
    """Return a box to be opened that shows its texts as they are; it has no buttons yet."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Information)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(more)
    box.setDetailedText(detail)
    return box


def warning(
    parent: QWidget | None, question: str, loss: str, word: str, action: Callable[[], object]
) -> QMessageBox:
    """Return a question to be opened, shown as it is, before something is lost for good.

    The button `word` does `action`; Return and Escape press Cancel.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    box.setInformativeText(loss)
    agree = box.addButton(word, QMessageBox.ButtonRole.DestructiveRole)
    agree.clicked.connect(action)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.setEscapeButton(cancel)
    return box


class OwnPage(QTextBrowser):
    """Shows a page of the program; it loads files of the program's resources and no others."""

    def show_page(self, html: str, place: Path) -> None:
        """Show the program's own HTML as if it lay at `place`, where its pictures are."""
        self.document().setBaseUrl(QUrl.fromLocalFile(str(place)))
        self.setHtml(html)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Return a resource of a page; nothing where it does not belong to the program."""
        url = self.document().baseUrl().resolved(QUrl(name))
        path = Path(url.toLocalFile()).resolve() if url.isLocalFile() else None
        if path is None or not path.is_relative_to(RESOURCES.resolve()):
            return None
        return super().loadResource(kind, QUrl(name))


def tell_failure(title: str, text: str) -> None:
    """Show a text, as it is, in a dialog of its own until it is closed."""
    box = QMessageBox(QMessageBox.Icon.Critical, title, "")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.exec()
