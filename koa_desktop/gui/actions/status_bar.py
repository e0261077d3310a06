"""The line at the bottom: progress, spacing, model, time, and the disclaimer."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QSizePolicy, QStatusBar, QWidget

from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.elided import ElidedLabel
from koa_desktop.gui.style.theme import set_property
from koa_desktop.wording.language import filled
from koa_desktop.wording.sentences import sentence

_NOTICE_MS = 8000
_LONG_MS = 1000
_NOTICE_LETTERS = 30
_SPACE = 16  # pixels around each part


class StatusBar(QStatusBar):
    """Shows how far grading has come, and how the shown case was read."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[list[str], list[str]] = ([], [])
        self._hint = ""
        self.setSizeGripEnabled(False)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(120)
        self._progress.setAccessibleName(self.tr("Progress of grading"))
        self._cancel = QPushButton(self.tr("Cancel"))
        # It vanishes when it was pressed; a click must not take the focus with it.
        self._cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cancel.clicked.connect(self.cancelled)
        self._long_timer = QTimer(self, interval=_LONG_MS, singleShot=True)
        self._long_timer.timeout.connect(self._cancel.show)
        self._text = ElidedLabel()
        self._text.setAccessibleName(self.tr("Status"))
        self._caution = ElidedLabel(
            self.tr("Not a medical device: a qualified person must confirm every result")
        )
        self.addWidget(self._progress)
        self.addWidget(self._cancel)
        self.addWidget(self._text, 1)
        # A sentence of its own label: a status bar's message would hide the progress.
        self._notice = ElidedLabel()
        self._notice.setProperty("warning", True)
        self._notice_timer = QTimer(self, interval=_NOTICE_MS, singleShot=True)
        self._notice_timer.timeout.connect(self._show_hint)
        # It takes the room that is left, and the rest of the line stays legible.
        self._notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.insertWidget(2, self._notice, 1)
        self.addPermanentWidget(self._caution)
        for part in (self._progress, self._cancel, self._notice):
            part.hide()

    def notify(self, text: str, *, hint: bool = False) -> None:
        """Show a message for some seconds; a `hint` is no warning."""
        if text:
            # Some words of it are read even where the caution would take all the room.
            least = _NOTICE_LETTERS * self.fontMetrics().averageCharWidth()
            self._show_notice(text, least, warning=not hint)
            self._notice_timer.start()

    def set_hint(self, text: str) -> None:
        """Show a hint until it is another one; empty for none. A message hides it meanwhile."""
        self._hint = text
        if text:
            self._notice_timer.stop()
        if not self._notice_timer.isActive():
            self._show_hint()

    def _show_hint(self) -> None:
        others = (self._progress, self._cancel, self._text, self._caution)
        taken = [
            max(part.minimumWidth(), part.minimumSizeHint().width()) + _SPACE
            for part in others
            if not part.isHidden()
        ]
        self._show_notice(self._hint, self.width() - sum(taken), warning=False)

    def _show_notice(self, text: str, least: int, *, warning: bool) -> None:
        """Show a text, `least` pixels of it whatever else there is to say."""
        set_property(self._notice, "warning", warning)
        self._notice.setText(text)
        self._notice.setMinimumWidth(min(self._notice.sizeHint().width(), least))
        self._notice.setVisible(bool(text))
        self._show_parts()

    @property
    def text(self) -> str:
        """The text of the line."""
        return self._text.text()

    @property
    def notice(self) -> str:
        """The temporary message."""
        return self._notice.text()

    def refresh(self, session: Session) -> None:
        """Show the session as it is now."""
        total, graded = len(session.cases), session.graded
        busy = session.is_busy and graded < max(total, 1)
        self._progress.setVisible(busy and total > 1)
        self._show_cancel(busy and not session.stopped, at_once=total > 1)
        self._progress.setMaximum(max(total, 1))
        self._progress.setValue(graded)
        parts = [self.tr("{0} of {1} done").format(graded, total)] if total else []
        self._parts = (parts, self._case_parts(session.current))
        self._show_parts()

    def _show_parts(self) -> None:
        """Show progress and, where no message needs the room, how the case was read."""
        progress, of_case = self._parts
        policy = QSizePolicy.Policy.Maximum if self.notice else QSizePolicy.Policy.Preferred
        self._text.setSizePolicy(policy, QSizePolicy.Policy.Preferred)
        # Where there is little room, the progress is whole, and the caution is cut.
        self._text.setText(" · ".join(progress))
        self._text.setMinimumWidth(self._text.sizeHint().width())
        self._text.setText(" · ".join(progress if self.notice else [*progress, *of_case]))

    def _show_cancel(self, possible: bool, *, at_once: bool) -> None:
        """Offer to cancel: of a single file only where it takes long, as most do not."""
        if not possible:
            self._long_timer.stop()
            self._cancel.hide()
        elif at_once:
            self._cancel.show()
        elif self._cancel.isHidden() and not self._long_timer.isActive():
            self._long_timer.start()

    def _case_parts(self, case: Case | None) -> list[str]:
        if case is None or case.radiograph is None:
            return []
        parts = [self._spacing(case)]
        if case.model:
            parts.append(self.tr("model {0}").format(case.model))
        if case.finder:
            parts.append(case.finder)
        if case.seconds:
            parts.append(filled(self.tr("{0:.2f} s"), case.seconds))
        return parts

    def _spacing(self, case: Case) -> str:
        spacing = case.spacing
        if spacing is None:
            return self.tr("pixel spacing unknown")
        text = self.tr("{0:.3f} mm/px {1}")
        return filled(text, spacing.column_mm, sentence(spacing.origin))
