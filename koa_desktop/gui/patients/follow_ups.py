"""Earlier films of the shown patient: told, asked about where unsure, compared, and charted."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from koa_desktop.examination.identity import as_identity
from koa_desktop.gui.patients.follow_up_dialog import FollowUpDialog
from koa_desktop.gui.patients.identity_dialog import in_one_line
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import earlier_films
from koa_desktop.gui.session.patients.follow_up import FollowUp
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.notice_bar import NoticeBar
from koa_desktop.wording.language import counted, date_text


class FollowUps(QObject):
    """Shows what is known of the shown patient's other films.

    `changed` tells that other films are known now; `compare_wanted` carries the one to compare
    the shown film with.
    """

    changed = Signal()
    compare_wanted = Signal(object)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._dialog: FollowUpDialog | None = None
        self._told: Case | None = None
        self._known = FollowUp(session)
        self._known.found.connect(self._show_found)
        session.case_changed.connect(self._refresh_dialog)
        session.current_changed.connect(self._refresh_dialog)
        self.question = NoticeBar(
            {
                self.tr("The same patient"): lambda: self._decide(same=True),
                self.tr("Another patient"): lambda: self._decide(same=False),
            }
        )

    @property
    def has_others(self) -> bool:
        """True where other films of the shown patient are known."""
        return self._known.has_others

    def show(self) -> None:
        """Open the chart of the shown patient's knees, or bring it forward."""
        if self._dialog is None:
            self._dialog = FollowUpDialog(self._window)
            self._dialog.compare_wanted.connect(self.compare_wanted)
            self._dialog.open_wanted.connect(self._open)
            self._dialog.destroyed.connect(self._forget_dialog)
        self._refresh_dialog()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _refresh_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.show_family(
                self._session.current, self._known.family, self._known.courses()
            )

    def _open(self, case: Case) -> None:
        self._session.add([case.path])

    def _show_found(self) -> None:
        self._ask()
        self._refresh_dialog()
        self.changed.emit()
        case = self._session.current
        beside = self._session.cases.beside
        if case is None or not beside or case is self._told:
            return
        self._told = case
        earlier = earlier_films(case, beside)
        if earlier:
            last = date_text(earlier[0].header.study_date)
            films = counted("1 earlier film", "{0} earlier films", len(earlier))
            text = self.tr("{0} of this patient, the last of {1}. C compares.")
            self._session.said.emit(text.format(films, last))

    def _ask(self) -> None:
        case, unsure = self._session.current, self._known.unsure
        if case is None or not unsure or case.reading.is_final:
            self.question.say("")
            return
        other = unsure[0]
        taken = date_text(other.header.study_date) or other.path.name
        text = self.tr("Does an earlier film ({0}: {1}) show this patient ({2})?")
        self.question.say(
            text.format(
                taken, in_one_line(as_identity(other.header)), in_one_line(as_identity(case.header))
            )
        )

    def _decide(self, *, same: bool) -> None:
        if self._known.unsure:
            self._known.decide(self._known.unsure[0], same=same)
