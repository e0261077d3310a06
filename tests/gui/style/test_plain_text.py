"""Text from a file is shown as it is, wherever it stands; no page loads a foreign resource."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractItemView, QLabel, QToolTip, QWidget

import koa_desktop.gui
from koa_desktop.gui.dialogs.header_table import HeaderDialog
from koa_desktop.gui.film.caption import Caption
from koa_desktop.gui.style.elided import ElidedLabel
from koa_desktop.gui.style.plain_text import OwnPage, plain_label, tooltip
from koa_desktop.system.paths import RESOURCES
from tests.support.hostile_text import PLANTED, dicom_with_planted_text

TAG = "<img src='file:///dev/zero'> & more"
GUI = Path(koa_desktop.gui.__file__).parent
MAKERS = ("QLabel", "QMessageBox", "QTextBrowser", "QErrorMessage")
# Each is shown a planted tag below.
OWN_LABELS = ("elided.py", "caption.py")
SETTERS = ("setToolTip", "setWhatsThis", "setHtml", "setInformativeText", "setDetailedText")


def is_rendered_as_html(label: QLabel) -> bool:
    rich = label.textFormat() == Qt.TextFormat.RichText
    auto = label.textFormat() == Qt.TextFormat.AutoText
    return rich or (auto and "<" in label.text())


def tooltip_texts(model: QAbstractItemModel, parent: QModelIndex | None = None) -> list[str]:
    parent = parent or QModelIndex()
    return [
        str(model.index(row, column, parent).data(Qt.ItemDataRole.ToolTipRole) or "")
        for row in range(model.rowCount(parent))
        for column in range(model.columnCount(parent))
    ]


def shown_text(tip: str) -> str:
    """Return what Qt shows of a tooltip."""
    from PySide6 import QtGui

    if not QtGui.Qt.mightBeRichText(tip):
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


def all_tooltips(window: QWidget) -> list[str]:
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    for view in window.findChildren(QAbstractItemView):
        if view.model() is not None:
            tips += tooltip_texts(view.model())
    return tips


@pytest.mark.parametrize(
    "text",
    [
        "<img src='file:///dev/zero'>",
        "  <b>bold</b>\nsecond",
        "a < b & c > d",
        "&lt;img src=x&gt;",
        "plain",
        '<?xml version="1.0"?>',
        "<table><tr><td>1",
    ],
)
def test_a_tooltip_shows_every_text_as_it_is(app, text):
    assert shown_text(tooltip(text)) == text


def test_a_label_shows_every_text_as_it_is(app):
    label = plain_label("<b>bold</b>")
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == "<b>bold</b>"


def test_a_cut_label_and_a_caption_show_every_text_as_it_is(app):
    cut, caption = ElidedLabel(), Caption()
    cut.setText(TAG)
    caption.set_lines([TAG, TAG])
    assert cut.textFormat() == Qt.TextFormat.PlainText
    page = QTextDocument()
    page.setHtml(caption.text())
    assert page.toPlainText() == f"{TAG}\n{TAG}"
    caption.resize(40, 40)
    caption.set_most(10)
    assert shown_text(caption.toolTip()) == f"{TAG}\n{TAG}"


def test_a_planted_tag_is_plain_in_the_whole_window(window, show, films, wait_until):
    """Walk every label, tooltip and item of the window and of the header table."""
    path = dicom_with_planted_text(films)
    # The name of a file on Windows holds no such signs.
    broken = films / ("damaged.dcm" if os.name == "nt" else "<img src=x>.dcm")
    broken.write_bytes(b"damaged")
    (case, refused) = show(path, broken)
    for shown in (case, refused):
        window.session.select(shown)
        wait_until(lambda: window.session.current is not None)
        assert not [
            label.text()
            for label in window.findChildren(QLabel)
            if PLANTED in label.text() and is_rendered_as_html(label)
        ]
        for tip in all_tooltips(window):
            if "img" in tip:
                assert "<img" in shown_text(tip)
    window.session.select(case)
    window.headers.show()
    wait_until(lambda: window.findChildren(HeaderDialog))
    (dialog,) = window.findChildren(HeaderDialog)
    tips = [tip for tip in all_tooltips(dialog) if "img" in tip]
    assert tips, "the planted text stands in the header"
    assert all("<img" in shown_text(tip) for tip in tips)
    assert not [label for label in dialog.findChildren(QLabel) if is_rendered_as_html(label)]
    QToolTip.hideText()


@pytest.mark.parametrize(
    "url", ["file:///dev/zero", "file:///etc/passwd", "//server/share/x.png", "http://host/x.png"]
)
def test_a_page_loads_no_foreign_resource(app, url):
    page = OwnPage()
    page.setHtml(f'<img src="{url}">text')
    assert page.loadResource(int(QTextDocument.ResourceType.ImageResource.value), QUrl(url)) is None
    assert page.toPlainText().endswith("text")


def test_a_page_loads_the_programs_own_pictures(app):
    page = OwnPage()
    guide = RESOURCES / "help" / "guide.html"
    page.setSource(QUrl.fromLocalFile(str(guide)))
    picture = QUrl("main-window-dark.png")
    loaded = page.loadResource(int(QTextDocument.ResourceType.ImageResource.value), picture)
    assert loaded is not None


def test_labels_tooltips_and_questions_are_made_in_one_place():
    """A label made elsewhere breaks the rule that foreign text is plain."""
    for file in sorted(GUI.rglob("*.py")):
        if file.name == "plain_text.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and file.name not in OWN_LABELS:
                bases = {ast.unparse(base) for base in node.bases}
                assert bases.isdisjoint(MAKERS), f"{file.relative_to(GUI)}:{node.lineno}"
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                place = f"{file.relative_to(GUI)}:{node.lineno}"
                assert name.split(".")[0] not in MAKERS, place
                own_page = file.name == "help.py" and name.endswith(".setHtml")
                assert name.split(".")[-1] not in SETTERS or own_page, place
