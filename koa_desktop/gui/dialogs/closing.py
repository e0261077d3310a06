"""Closing the window while work is not saved or an export runs: wait, try again, or ask."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.actions.saving_bar import names
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.wording.sentences import sentence

_SIZE = QSize(460, 180)
# A save takes milliseconds; a dialog for that would only flicker.
_UNSEEN_SECONDS = 0.5


class ClosingDialog(QDialog):
    """Shows what is not saved or exported until it is; the reader can go back, or close at once.

    Accepted where all is done or the reader closes without; rejected, too, where an export has
    failed, so that the window can say it.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(self.tr("Close KOA Desktop"))
        self._head = plain_label()
        self._head.setObjectName("heading")
        self._text = plain_label()
        self._text.setWordWrap(True)
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(self.tr("Waiting"))
        self._again = QPushButton(self.tr("Try again"))
        self._again.clicked.connect(session.saver.retry)
        self._leave = QPushButton()
        self._leave.setAutoDefault(False)
        self._leave.clicked.connect(self.accept)
        back = QPushButton(self.tr("Go back"))
        back.setDefault(True)
        back.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self._again)
        row.addStretch(1)
        row.addWidget(self._leave)
        row.addWidget(back)
        layout = QVBoxLayout(self)
        for part in (self._head, self._text, self._progress):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addLayout(row)
        resize_in_screen(self, _SIZE)
        session.saver.changed.connect(self.refresh)
        session.exporting.ended.connect(self._export_ended)
        self.refresh()

    def refresh(self) -> None:
        """Show what is not done now; close once all is."""
        is_exporting = self._session.exporting.is_busy
        if self._session.saver.unsaved:
            self._show_unsaved(is_exporting)
        elif is_exporting:
            self._show_export()
        else:
            self.accept()

    def _export_ended(self, all_written: bool) -> None:
        if all_written:
            self.refresh()
        else:
            self.reject()

    def _show_export(self) -> None:
        self._head.setText(self.tr("An export is running…"))
        self._text.setText(self.tr("The window closes when everything is written."))
        self._leave.setText(self.tr("Stop export and close"))
        self._progress.show()
        self._again.hide()

    def _show_unsaved(self, is_exporting: bool) -> None:
        saver = self._session.saver
        unsaved, trouble = saver.unsaved, saver.trouble
        elsewhere = [case for case in saver.changed_elsewhere if case in unsaved]
        is_saving = trouble is None and len(elsewhere) < len(unsaved)
        self._head.setText(
            self.tr("Your work is being saved…") if is_saving else self.tr("Your work is not saved")
        )
        parts = [self.tr("Not saved: {0}.").format(names(unsaved))]
        if trouble is not None:
            parts.append(sentence(trouble))
        if elsewhere:
            text = self.tr(
                "Readings were changed in another program or window meanwhile: {0}. Go back to "
                "choose one of the two."
            )
            parts.append(text.format(names(elsewhere)))
        if is_exporting:
            parts.append(self.tr("An export is also running."))
        self._text.setText("\n".join(parts))
        self._leave.setText(self.tr("Close without saving"))
        self._progress.setVisible(is_saving)
        self._again.setVisible(trouble is not None)


class Closing(QObject):
    """Decides whether the window may close, and closes it later where it may not yet."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._is_allowed = False
        self.dialog: ClosingDialog | None = None

    def may_close(self) -> bool:
        """Save all work. Where that takes more than a moment, or an export runs, ask the reader.

        Returns false then.
        """
        if self._is_allowed:
            return True
        is_saved = self._session.saver.finish(_UNSEEN_SECONDS)
        if is_saved and not self._session.exporting.is_busy:
            return True
        if self.dialog is None:
            self.dialog = ClosingDialog(self._session, self._window)
            self.dialog.finished.connect(self._decided)
            self.dialog.open()
        self.dialog.raise_()
        return False

    def _decided(self, result: int) -> None:
        if self.dialog is None:
            return  # decided before; what ends after that changes nothing
        self.dialog.deleteLater()
        self.dialog = None
        if result == QDialog.DialogCode.Accepted:
            self._is_allowed = True
            self._window.close()
