"""The panel at the right: a card for each knee, and the comment."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.case import Case
from koa_desktop.gui.knee_card import KneeCard

_COMMENT_PAUSE_MS = 800
_MARGIN = 9


class CommentBox(QPlainTextEdit):
    """The reader's comment; said when writing pauses, or the box is left."""

    written = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(self.tr("Comment for the report"))
        self.setAccessibleName(self.tr("Comment"))
        self.setFixedHeight(86)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_COMMENT_PAUSE_MS)
        self._pause.timeout.connect(self.finish)
        self._shown = ""
        self.textChanged.connect(self._pause.start)

    def show_comment(self, text: str) -> None:
        """Show a case's comment, unless it is what stands there."""
        self._shown = text
        if text != self.toPlainText():
            self.setPlainText(text)
        self._pause.stop()

    def finish(self) -> None:
        """Say what was written, if it was not said yet."""
        self._pause.stop()
        text = self.toPlainText()
        if text != self._shown:
            self._shown = text
            self.written.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the comment when the box is left."""
        self.finish()
        super().focusOutEvent(event)


class KneePanel(QScrollArea):
    """All knees of the shown case. Signals carry the knee's place in the reading."""

    chosen = Signal(int)
    grade_given = Signal(int, int)
    agreed = Signal(int)
    side_swapped = Signal(int)
    deleted = Signal(int)
    graded_as_lies = Signal()
    requested = Signal(int)
    draw_wanted = Signal()
    comment_written = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName(self.tr("Knees"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = body = QWidget()
        body.setObjectName("panel")
        self._layout = QVBoxLayout(body)
        self._layout.setContentsMargins(_MARGIN, 10, _MARGIN, 10)
        self._layout.setSpacing(10)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setProperty("warning", True)
        self._draw = QPushButton(self.tr("Draw a box  K"))
        self._draw.clicked.connect(self.draw_wanted)
        self._comment_title = QLabel(self.tr("Comment"))
        self._comment_title.setProperty("dim", True)
        self.comment = CommentBox()
        self.comment.written.connect(self.comment_written)
        self._cards: list[KneeCard] = []
        for widget in (self._note, self._draw, self._comment_title, self.comment):
            self._layout.addWidget(widget)
        self._layout.addStretch()
        self.setWidget(body)
        # Two cards from the start, so that the panel keeps its width when the first case comes.
        for _ in range(2):
            self._add_card()
        self.show_case(None, None, 0.9)

    @property
    def cards(self) -> tuple[KneeCard, ...]:
        """The cards in use, in the reading's order."""
        return tuple(card for card in self._cards if not card.isHidden())

    def show_case(self, case: Case | None, selected: int | None, coverage: float) -> None:
        """Show a case's knees; `selected` is the chosen one, `coverage` the prediction set's."""
        is_read = case is not None and case.radiograph is not None and not case.error
        knees = case.reading.knees if case is not None and is_read else ()
        while len(self._cards) < len(knees):
            self._add_card()
        for index, card in enumerate(self._cards):
            card.setVisible(index < len(knees))
        if case is not None:
            for index, marked in enumerate(knees):
                self._cards[index].show_knee(case, marked, index == selected, coverage)
            self._note.setText(case.refusal)
            self.comment.show_comment(case.reading.comment)
        needs_box = case is not None and is_read and not case.reading.placed
        self._note.setVisible(needs_box and bool(self._note.text()))
        self._draw.setVisible(is_read and not knees)
        self._comment_title.setVisible(is_read)
        self.comment.setVisible(is_read)
        self._widen()

    def show_card(self, index: int) -> None:
        """Scroll so that a card is seen."""
        if index < len(self._cards):
            self.ensureWidgetVisible(self._cards[index])

    def _widen(self) -> None:
        """Never cut a card off; never grow narrower again, for that would move the film."""
        bar = self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(max(self.minimumWidth(), self._body.minimumSizeHint().width() + bar))

    def _add_card(self) -> None:
        index = len(self._cards)
        card = KneeCard()
        card.chosen.connect(partial(self.chosen.emit, index))
        card.grade_given.connect(partial(self.grade_given.emit, index))
        card.agreed.connect(partial(self.agreed.emit, index))
        card.side_swapped.connect(partial(self.side_swapped.emit, index))
        card.deleted.connect(partial(self.deleted.emit, index))
        card.requested.connect(partial(self.requested.emit, index))
        card.graded_as_lies.connect(self.graded_as_lies)
        self._cards.append(card)
        self._layout.insertWidget(index + 1, card)
