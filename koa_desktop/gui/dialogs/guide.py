"""The illustrated guide, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from koa_desktop.gui.style.plain_text import OwnPage
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.wording.guide import GUIDE, guide_html

_SIZE = (760, 720)


class GuideWindow(QDialog):
    """Shows the guide; its contents are links, its pictures lie beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Guide"))
        self.setObjectName("guide")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_in_screen(self, QSize(*_SIZE))
        self.browser = OwnPage()
        self.browser.setAccessibleName(self.tr("Guide"))
        self.browser.setOpenExternalLinks(False)
        self.browser.document().setDocumentMargin(18)
        self.browser.show_page(guide_html(), GUIDE)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser)
        layout.addWidget(buttons)
        self.browser.setFocus()
