"""The question whether a film's file is stored inverted, which changes what is graded."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.plain_text import confirmed


class Polarity(QObject):
    """Asks before the shown film is taken as stored inverted, or no longer."""

    def __init__(self, session: Session, editor: ReadingEditor, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._editor = editor
        self._window = window

    @property
    def command(self) -> str:
        """The name of what `ask` would do."""
        case = self._session.current
        if case is not None and case.polarity_corrected:
            return self.tr("This film is not stored &inverted…")
        return self.tr("This film is stored &inverted…")

    def ask(self) -> None:
        """Ask, and change the film's polarity where the answer is yes."""
        case = self._session.current
        if case is None or case.radiograph is None:
            return
        corrected = case.polarity_corrected
        if corrected:
            question = self.tr(
                "Remove the mark “stored inverted”? The knees of this film are then graded and "
                "measured again, with dark and bright as its file states."
            )
        else:
            question = self.tr(
                "Is this film stored inverted, contrary to what its file states? Its knees are "
                "then graded and measured again with dark and bright exchanged, and the film, the "
                "report and the tables are marked.\n\n"
                "To view the film inverted without any change of results, answer No and press I."
            )
        if confirmed(self._window, self.command.replace("&", ""), question):
            self._editor.set_stored_inverted(not corrected)
