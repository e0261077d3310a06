"""The reader's decision that a knee, or a film, has no grade: at once, or with a reason asked."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget, QWidgetAction

from koa_desktop.examination.decision import Obstacle
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.style.plain_text import plain_label


class NotGradable(QObject):
    """Takes the program's reason for a refusal, or asks for one from a short list."""

    def __init__(self, editor: ReadingEditor, window: QWidget) -> None:
        super().__init__(window)
        self._editor = editor
        self._window = window
        self.menu = QMenu(self.tr("Not gradable because"), window)
        self.menu.setAccessibleName(self.menu.title())

    def set_reasons(self, actions: list[QAction]) -> None:
        """Offer these commands where the reason is asked for."""
        # A section's title is not drawn where a style sheet is in use.
        heading = QWidgetAction(self.menu)
        label = plain_label(self.menu.title())
        label.setProperty("dim", True)
        label.setContentsMargins(26, 6, 26, 4)
        heading.setDefaultWidget(label)
        heading.setEnabled(False)
        self.menu.addAction(heading)
        self.menu.addActions(actions)

    def decide(self, index: int = -1) -> None:
        """Decide on a knee, or on the chosen one, with the reason of the program's own refusal.

        Where the program graded the knee, or the reader has decided already, a reason is asked for.
        """
        if index >= 0:
            self._editor.choose(index)
        suggested = self._editor.suggested
        if suggested is not None and self._editor.decision is None:
            self._editor.not_gradable(suggested)
        else:
            self._ask()

    def because(self, obstacle: Obstacle) -> None:
        """Decide for this reason; another than those of the list is asked for in words."""
        if obstacle is Obstacle.OTHER:
            self._ask_words()
        else:
            self._editor.not_gradable(obstacle)

    def _ask(self) -> None:
        size = self.menu.sizeHint()
        middle = self._window.rect().center() - QPoint(size.width() // 2, size.height() // 2)
        self.menu.popup(self._window.mapToGlobal(middle))

    def _ask_words(self) -> None:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Not gradable"))
        dialog.setLabelText(self.tr("Reason why it is not gradable:"))
        dialog.textValueSelected.connect(self._decide_in_words)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _decide_in_words(self, words: str) -> None:
        if words.strip():
            self._editor.not_gradable(Obstacle.OTHER, words.strip())
