"""Findings and impression of the shown case: read, written in other words, and copied."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.examination.examiner import Examination
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.plain_text import plain_label, warning
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.gui.style.theme import set_property
from koa_desktop.gui.style.window_title import titled
from koa_desktop.gui.support.typing_pause import TypingPause
from koa_desktop.wording import decision_lines
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import capitalised, sentence

_SIZE = QSize(520, 420)


class DictationDialog(QDialog):
    """Two paragraphs of one case, kept while they are typed; not modal."""

    written = Signal(object, str, str)  # the case, findings, impression
    made_again = Signal(object)
    copied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_in_screen(self, _SIZE)
        self._case: Case | None = None
        self._shown = ("", "")
        self._pause = TypingPause(self)
        self._pause.over.connect(self.finish)
        self.findings, self.impression = QPlainTextEdit(), QPlainTextEdit()
        self.note = plain_label()
        self.note.setWordWrap(True)
        layout = QVBoxLayout(self)
        for box, heading in (
            (self.findings, ReportText.FINDINGS),
            (self.impression, ReportText.IMPRESSION),
        ):
            box.setTabChangesFocus(True)
            box.setAccessibleName(sentence(heading))
            box.textChanged.connect(self._pause.typed)
            layout.addWidget(plain_label(sentence(heading)))
            layout.addWidget(box, 1)
        layout.addWidget(self.note)
        layout.addLayout(self._build_foot())

    def show_case(self, case: Case | None) -> None:
        """Show a case's words. Text that is not kept yet is never replaced."""
        if case is not self._case:
            self.finish()
        elif self._texts() != self._shown:
            return
        examination = case.examination(with_awaited=True) if case is not None else None
        for part in (self.findings, self.impression, self._copy_button):
            part.setEnabled(examination is not None)
        if case is None or examination is None:
            self._show_nothing(case)
        else:
            self._show_words(case, examination)

    def _show_nothing(self, case: Case | None) -> None:
        """Show that nothing is known of a case yet, or that none is shown."""
        self._case = None
        title = self.tr("Findings and impression")
        if case is not None:
            title = titled(self.tr("Findings and impression of {0}"), case.title)
        self.setWindowTitle(title)
        self._set_texts("", "")
        self._again.setEnabled(False)
        self.note.clear()

    def _show_words(self, case: Case, examination: Examination) -> None:
        from koa_desktop.report import words

        self._case = case
        self.setWindowTitle(titled(self.tr("Findings and impression of {0}"), case.title))
        self._set_texts(words.findings(examination), words.impression(examination))
        is_final = case.reading.is_final
        for box in (self.findings, self.impression):
            box.setReadOnly(is_final)
        self._again.setEnabled(examination.dictation is not None and not is_final)
        stale = words.is_out_of_date(examination)
        own = self.tr("These are the reader's own words.")
        made = self.tr("These were made from grades, widths and comments. You can edit them.")
        said = own if examination.dictation is not None else made
        said = capitalised(decision_lines.status(case.reading.sign_off)) if is_final else said
        self.note.setText(sentence(ReportText.OUT_OF_DATE) if stale else said)
        set_property(self.note, "warning", stale)
        set_property(self.note, "dim", not stale)

    def finish(self) -> None:
        """Emit the paragraphs, unless they were emitted already."""
        self._pause.stop()
        texts = self._texts()
        if self._case is not None and texts != self._shown:
            self._shown = texts
            self.written.emit(self._case, *texts)

    def done(self, result: int) -> None:
        """Keep what was typed last, and close."""
        self.finish()
        super().done(result)

    def _set_texts(self, findings: str, impression: str) -> None:
        self._shown = findings, impression
        for box, text in zip((self.findings, self.impression), self._shown, strict=True):
            if box.toPlainText() != text:
                box.setPlainText(text)
        self._pause.stop()

    def _texts(self) -> tuple[str, str]:
        return self.findings.toPlainText(), self.impression.toPlainText()

    def _build_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self._again = QPushButton(self.tr("&Make them again"))
        self._again.clicked.connect(self._make_again)
        self._copy_button = copy = QPushButton(self.tr("&Copy both"))
        copy.clicked.connect(self._copy)
        close = QPushButton(self.tr("C&lose"))
        close.clicked.connect(self.reject)
        foot.addWidget(self._again)
        foot.addStretch()
        for button in (copy, close):
            foot.addWidget(button)
        for button in (self._again, copy, close):
            button.setAutoDefault(False)
        return foot

    def _make_again(self) -> None:
        """Ask first: the reader may have written a sentence that no grade tells."""
        self.finish()
        case = self._case
        question = self.tr("Replace your own words?")
        lost = self.tr(
            "Findings and impression are made again from grades, widths and comments, without "
            "your own words. Undo in the Edit menu brings your words back."
        )
        word = self.tr("Replace")
        warning(self, question, lost, word, lambda: self.made_again.emit(case)).open()

    def _copy(self) -> None:
        self.finish()
        self.copied.emit()


class Dictations(QObject):
    """Opens the dialog, and has it follow the shown case."""

    copy_wanted = Signal()

    def __init__(self, session: Session, editor: ReadingEditor, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._editor = editor
        self._window = window
        self.dialog: DictationDialog | None = None
        session.current_changed.connect(self._follow)
        session.case_changed.connect(self._changed)

    def show(self) -> None:
        """Open the dialog on the shown case, or bring it forward."""
        if self.dialog is None:
            self.dialog = dialog = DictationDialog(self._window)
            dialog.written.connect(self._keep)
            dialog.made_again.connect(lambda case: self._editor.dictate(case, None))
            dialog.copied.connect(self.copy_wanted)
            dialog.destroyed.connect(self._let_go)
        self._follow()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.impression.setFocus()

    def finish(self) -> None:
        """Keep what is being typed."""
        if self.dialog is not None:
            self.dialog.finish()

    def _follow(self) -> None:
        if self.dialog is not None:
            self.dialog.show_case(self._session.current)

    def _changed(self, case: Case) -> None:
        if case is self._session.current:
            self._follow()

    def _keep(self, case: Case, findings: str, impression: str) -> None:
        from koa_desktop.report.words import dictation_of

        examination = case.examination(with_awaited=True)
        if examination is not None:
            self._editor.dictate(case, dictation_of(examination, findings, impression))

    def _let_go(self) -> None:
        self.dialog = None
