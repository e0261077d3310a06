"""Sets, changes or removes the passphrase of the case list."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.errors import ReaderError
from koa_desktop.examination.encryption import keys
from koa_desktop.gui.dialogs.sign_off.pin_line import PinLine
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.support.settings import Settings
from koa_desktop.wording.sentences import sentence

_WIDTH = 480
_SAVING_SECONDS = 2.0


class ChangePassphrase(QDialog):
    """Has the case list written anew on OK; an empty new passphrase removes the present one."""

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._is_busy = False
        has_one = keys.used() is not None
        self.setWindowTitle(self.tr("Passphrase of the case list"))
        self.setMinimumWidth(_WIDTH)
        texts = [
            self.tr(
                "With a passphrase, the case list (patients, readings, thumbnails, audit trail) "
                "and its backups are encrypted, and each start asks for it. A forgotten "
                "passphrase cannot be looked up: the case list is lost then."
            ),
            self.tr(
                "Not encrypted are films and copies of them, exports, backups that you made "
                "earlier, and settings. Recent files are no longer remembered."
            ),
        ]
        if has_one:
            texts.append(self.tr("Leave both new lines empty to remove the passphrase."))
        self.present = PinLine(self.tr("Present passphrase"))
        self.new, self.again = QLineEdit(), QLineEdit()
        form = QFormLayout()
        for name, line in (
            (self.tr("&Present passphrase"), self.present),
            (self.tr("&New passphrase"), self.new),
            (self.tr("New passphrase &again"), self.again),
        ):
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.setAccessibleName(name.replace("&", ""))
            form.addRow(name, line)
        form.setRowVisible(self.present, has_one)
        self.lists_aside = QCheckBox(
            self.tr("&Remove the lists that were set aside: they are not encrypted")
        )
        self.lists_aside.setVisible(bool(session.services.lists_aside))
        self.problem = plain_label()
        self.problem.setProperty("warning", True)
        self.problem.setWordWrap(True)
        self.problem.hide()
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for text in texts:
            label = plain_label(text)
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addLayout(form)
        for part in (self.lists_aside, self.problem, self.buttons):
            layout.addWidget(part)
        self.finished.connect(self.deleteLater)

    def accept(self) -> None:
        """Have the list written anew, or say what is wrong."""
        new, has_one = self.new.text(), keys.used() is not None
        if self._is_busy:
            return
        if has_one and not self.present.accepts(keys.is_used):
            self._tell(self.tr("This is not the present passphrase."), self.present)
        elif new != self.again.text():
            self._tell(self.tr("The two new passphrases differ."), self.again)
        elif len(new) < keys.FEWEST and (new or not has_one):
            text = self.tr("A passphrase has at least {0} characters.")
            self._tell(text.format(keys.FEWEST), self.new)
        elif not self._session.saver.finish(_SAVING_SECONDS):
            self._tell(self.tr("Some changes are not saved yet. Try again later."), self.new)
        else:
            self._change(new or None)

    def reject(self) -> None:
        """Close, unless the list is being written."""
        if not self._is_busy:
            super().reject()

    def _change(self, new: str | None) -> None:
        self._set_busy(busy=True)
        self.problem.setText(self.tr("The case list is being written anew …"))
        self.problem.show()
        services = self._session.services
        self._session.runner.submit(
            Queue.STORE,
            partial(services.change_passphrase, new, lists_aside=self.lists_aside.isChecked()),
            self._changed,
        )

    def _changed(self, future: Future[None]) -> None:
        self._set_busy(busy=False)
        try:
            future.result()
        except ReaderError as error:
            self._tell(sentence(error.message), self.new)
            return
        self._settings.remember_recent(wanted=keys.used() is None)
        told = self.tr("The case list has no passphrase.")
        if keys.used() is not None:
            told = self.tr("The case list is encrypted with the new passphrase.")
        self._session.said.emit(told)
        super().accept()

    def _set_busy(self, *, busy: bool) -> None:
        self._is_busy = busy
        for part in (self.present, self.new, self.again, self.lists_aside, self.buttons):
            part.setEnabled(not busy)

    def _tell(self, problem: str, place: QLineEdit) -> None:
        self.problem.setText(problem)
        self.problem.show()
        place.setFocus()
        place.selectAll()
