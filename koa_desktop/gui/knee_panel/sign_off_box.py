"""The status of a case's reading below the knees, with the buttons that change it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from koa_desktop.gui.session.case import Case
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.theme import set_property
from koa_desktop.wording import decision_lines
from koa_desktop.wording.sentences import capitalised


class SignOffBox(QFrame):
    """Says whether a reading is a draft or final, and by whom."""

    sign_wanted = Signal()
    addendum_wanted = Signal()
    reopening_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("signoff")
        self._status = plain_label()
        self._status.setWordWrap(True)
        self._status.setObjectName("status")
        self._sign = _button(self.tr("Sign  S"))
        self._sign.clicked.connect(self.sign_wanted)
        self._addendum = _button(self.tr("Addendum…"))
        self._addendum.clicked.connect(self.addendum_wanted)
        self._reopen = _button(self.tr("Reopen…"))
        self._reopen.clicked.connect(self.reopening_wanted)
        self._of_final = QWidget()
        of_final = QHBoxLayout(self._of_final)
        of_final.setContentsMargins(0, 0, 0, 0)
        of_final.setSpacing(6)
        of_final.addWidget(self._addendum)
        of_final.addWidget(self._reopen)
        of_final.addStretch(1)
        self._head = head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._status, 1)
        head.addWidget(self._sign)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._of_final)

    def show_case(self, case: Case | None) -> None:
        """Show a case's status; without a case, nothing."""
        self.setVisible(case is not None)
        if case is None:
            return
        is_final = case.reading.is_final
        self._status.setText(capitalised(decision_lines.status(case.reading.sign_off)))
        self._sign.setVisible(not is_final)
        self._sign.setEnabled(case.is_signable)
        self._of_final.setVisible(is_final)
        set_property(self._sign, "primary", case.reading.is_read)
        # Qt invalidates the layout of a widget, not the one within it, whose height it remembers.
        self._head.invalidate()

    def stops(self) -> list[QWidget]:
        """Return what Tab passes."""
        return [self._sign, self._addendum, self._reopen]


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
