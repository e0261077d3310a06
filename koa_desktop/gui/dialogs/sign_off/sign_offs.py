"""Signs the shown case's reading, adds addenda, reopens it, and refuses all other changes of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QDialog, QMessageBox, QPushButton, QWidget

from koa_desktop.errors import StoreReason
from koa_desktop.gui.dialogs.sign_off.forms import SignOffForm, TextForm
from koa_desktop.gui.knee_panel.panel import KneePanel
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.undo import Change
from koa_desktop.gui.style.plain_text import notice
from koa_desktop.gui.style.window_title import titled
from koa_desktop.gui.support.settings import Settings
from koa_desktop.report import words
from koa_desktop.wording.actions import SignOffText
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence

_Role = QMessageBox.ButtonRole


class SignOffs(QObject):
    """Opens the forms of a sign-off on the shown case. One of them is open at a time."""

    begun = Signal()  # what is being typed belongs to the reading before
    reader_named = Signal()

    def __init__(
        self, session: Session, editor: ReadingEditor, settings: Settings, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session = session
        self._editor = editor
        self._settings = settings
        self._window = window
        self.dialog: QDialog | None = None
        session.refused.connect(self.refuse)
        session.undo_stack.turned.connect(self._show)
        session.saver.final_kept.connect(lambda _: session.said.emit(sentence(StoreReason.FINAL)))

    def follow(self, panel: KneePanel) -> None:
        """Do what the panel's buttons ask for."""
        panel.sign_off.sign_wanted.connect(self.sign)
        panel.sign_off.addendum_wanted.connect(self.add_addendum)
        panel.sign_off.reopening_wanted.connect(self.reopen)
        panel.refused.connect(self._refuse_shown)

    def sign(self) -> None:
        """Ask for the signature; knees that were not read are named."""
        self.begun.emit()
        case = self._session.current
        examination = case.examination() if case is not None else None
        if case is None or examination is None or not case.is_signable:
            return
        title = titled(self.tr("Sign the reading of {0}"), case.title)
        form = SignOffForm(title, self.tr("Sign"), self._settings, self._window)
        form.text.setText(words.impression(examination))
        knees = zip(examination.knees, case.reading.placed, strict=True)
        unread = [words.knee(one) for one, marked in knees if not marked.is_read]
        if unread:
            text = self.tr("Not read by you: {0}. Signed all the same, reports keep saying so.")
            form.warn(text.format(", ".join(unread)))
            form.go_on.setText(self.tr("Sign with unread knees"))
        if words.is_out_of_date(examination):
            form.warn(sentence(ReportText.OUT_OF_DATE))
        self._open(form, case, lambda: self._editor.sign(form.reader))

    def add_addendum(self) -> None:
        """Ask for an addendum to the final reading."""
        case = self._session.current
        if case is None or not case.reading.is_final:
            return
        form = TextForm(
            titled(self.tr("Addendum to the reading of {0}"), case.title),
            self.tr("Add addendum"),
            self.tr("Write the addendum first."),
            self._settings,
            self._window,
        )
        form.text.setText(self.tr("What was signed stays as it is. The addendum stands below it."))
        self._open(
            form, case, lambda: self._editor.add_addendum(form.words.toPlainText(), form.reader)
        )

    def reopen(self) -> None:
        """Ask why the final reading is to be a draft again."""
        case = self._session.current
        if case is None or not case.reading.is_final:
            return
        form = TextForm(
            titled(self.tr("Reopen the reading of {0}"), case.title),
            self.tr("Reopen"),
            self.tr("Give the reason first."),
            self._settings,
            self._window,
        )
        form.text.setText(self.tr("Why is it reopened? The reason is kept, and stands in reports."))
        self._open(form, case, lambda: self._editor.reopen(form.words.toPlainText(), form.reader))

    def undo(self) -> None:
        """Undo the reader's last change, unless that was one of the shown film, which is signed."""
        stack, case = self._session.undo_stack, self._session.current
        stack.drop_final(case)
        if case is not None and stack.is_final(case):
            self.refuse(case)
        else:
            stack.undo()

    def _show(self, change: QUndoCommand) -> None:
        """Show the case of a change that was undone or redone, and its knee."""
        if isinstance(change, Change) and change.case in self._session.cases:
            self._session.attention.emit(change.case)
            knee = change.knee
            if knee is not None and knee < len(change.case.reading.knees):
                self._editor.choose(knee)

    def refuse(self, case: Case) -> None:
        """Show a case's final reading as it is, and offer what can be done."""
        self._session.case_changed.emit(case)
        if self.dialog is not None:
            return
        if case is not self._session.current:
            self._session.attention.emit(case)
        text = sentence(SignOffText.REFUSED)
        box = notice(self._window, self.tr("Final reading"), text)
        offers = {
            box.addButton(self.tr("Addendum…"), _Role.AcceptRole): self.add_addendum,
            box.addButton(self.tr("Reopen…"), _Role.DestructiveRole): self.reopen,
        }
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))

        def decide() -> None:
            self.dialog = None
            box.deleteLater()
            chosen = box.clickedButton()
            if isinstance(chosen, QPushButton) and chosen in offers:
                offers[chosen]()

        box.finished.connect(decide)
        self.dialog = box
        box.open()

    def _refuse_shown(self) -> None:
        if self._session.current is not None:
            self.refuse(self._session.current)

    def _open(self, form: SignOffForm, case: Case, do: Callable[[], None]) -> None:
        def decide(result: int) -> None:
            self.dialog = None
            # The case may have changed meanwhile, for example by a watched folder.
            if result == QDialog.DialogCode.Accepted and case is self._session.current:
                self._name(form.reader)
                do()

        form.finished.connect(decide)
        self.dialog = form
        form.open()

    def _name(self, reader: str) -> None:
        if reader != self._settings.reader:
            self._settings.reader = reader
            self.reader_named.emit()
