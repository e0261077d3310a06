"""A bar above the films that says something as long as it is so, with buttons beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from koa_desktop.gui.style.plain_text import plain_label, set_tooltip


class NoticeBar(QFrame):
    """One warning with its buttons; hidden while it has nothing to say."""

    def __init__(
        self, buttons: dict[str, Callable[[], None]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = plain_label()
        self._text.setWordWrap(True)
        self._text.setProperty("warning", True)
        # However long a text is, the window keeps its width.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.addWidget(self._text, 1)
        self._buttons = []
        for words, handler in buttons.items():
            button = QPushButton(words)
            # A click leaves the focus with the film, for the keys.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, handler=handler: handler())
            layout.addWidget(button)
            self._buttons.append(button)
        self.hide()

    @property
    def text(self) -> str:
        """The warning; empty while there is none."""
        return self._text.text()

    def say(self, text: str, *, with_buttons: bool = True) -> None:
        """Show a warning; an empty one hides the bar."""
        self._text.setText(text)
        set_tooltip(self._text, text)
        for button in self._buttons:
            button.setVisible(with_buttons)
        self.setVisible(bool(text))
