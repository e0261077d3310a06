"""The line at the bottom: progress, spacing, model, time, and the disclaimer."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session

_SAID_MS = 8000


class StatusBar(QStatusBar):
    """Shows how far grading has come, and how the shown case was read."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(120)
        self._progress.setAccessibleName(self.tr("Progress of grading"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.clicked.connect(self.cancelled)
        self._text = QLabel()
        self._text.setAccessibleName(self.tr("Status"))
        self._caution = QLabel(self.tr("Not a medical device: to be read by a qualified person"))
        self.addWidget(self._progress)
        self.addWidget(self._cancel)
        self.addWidget(self._text, 1)
        # A sentence of its own label: a status bar's message would hide the progress.
        self._said = QLabel()
        self._said.setProperty("warning", True)
        self._said_timer = QTimer(self, interval=_SAID_MS, singleShot=True)
        self._said_timer.timeout.connect(self._fall_silent)
        self.insertWidget(2, self._said)
        self.addPermanentWidget(self._caution)
        for part in (self._progress, self._cancel, self._said):
            part.hide()

    def say(self, sentence: str, *, hint: bool = False) -> None:
        """Show a sentence for a while; a `hint` is no warning."""
        if sentence:
            self._said.setProperty("warning", not hint)
            self._said.style().unpolish(self._said)
            self._said.style().polish(self._said)
            self._said.setText(sentence)
            self._said.setToolTip(sentence)
            self._said.show()
            self._said_timer.start()

    def _fall_silent(self) -> None:
        self._said.clear()
        self._said.hide()

    @property
    def text(self) -> str:
        """The text of the line."""
        return self._text.text()

    @property
    def sentence(self) -> str:
        """The temporary message."""
        return self._said.text()

    def refresh(self, session: Session) -> None:
        """Show the session as it is now."""
        total, graded = len(session.cases), session.graded
        busy = session.is_busy and graded < total
        self._progress.setVisible(busy and total > 1)
        self._cancel.setVisible(busy and total > 1 and not session.stopped)
        self._progress.setMaximum(max(total, 1))
        self._progress.setValue(graded)
        parts = [self.tr("{0} of {1} done").format(graded, total)] if total else []
        self._text.setText(" · ".join([*parts, *self._case_parts(session.current)]))

    def _case_parts(self, case: Case | None) -> list[str]:
        if case is None or case.radiograph is None:
            return []
        parts = [self._spacing(case)]
        if case.model:
            parts.append(self.tr("model {0}").format(case.model))
        if case.finder:
            parts.append(case.finder)
        if case.seconds:
            parts.append(self.tr("{0:.2f} s").format(case.seconds))
        return parts

    def _spacing(self, case: Case) -> str:
        spacing = case.radiograph.spacing if case.radiograph else None
        if spacing is None:
            return self.tr("pixel spacing unknown")
        return self.tr("{0:.3f} mm/px {1}").format(spacing.column_mm, spacing.origin.value)
