"""Asks for the data of patients whom no file names, and keeps them with the readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from koa_desktop.examination.actions import Action
from koa_desktop.examination.identity import as_identity, identified
from koa_desktop.gui.patients.identity_dialog import IdentityDialog
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session
from koa_desktop.message import Message
from koa_desktop.radiograph import Identity
from koa_desktop.wording.sentences import sentence


class Identities(QObject):
    """Opens the form for the selected films; `selected` returns them."""

    def __init__(
        self, session: Session, selected: Callable[[], Sequence[Case]], window: QWidget
    ) -> None:
        super().__init__(window)
        self._session = session
        self._selected = selected
        self._window = window
        self._last: Case | None = None

    def show(self) -> None:
        """Ask for the data of the shown film's patient, and of all other selected films'."""
        case = self._session.current
        if case is None or case.radiograph is None:
            return
        others = [one for one in self._selected() if one is not case and one.radiograph]
        dialog = IdentityDialog(
            case.radiograph.header,
            as_identity(case.header),
            self._previous(case),
            1 + len(others),
            self._window,
        )
        dialog.typed.connect(partial(self._keep, (case, *others)))
        # Modal: a form for one film must not stay while another is read.
        dialog.open()

    def _previous(self, case: Case) -> Identity | None:
        """Return the patient of the film before, where this film names none."""
        if case.header.patient_name or case.header.patient_id:
            return None
        before = list(self._session.cases)[: self._session.cases.row(case)]
        # The film that was typed last comes first, then the next one up the list.
        candidates = [self._last, *reversed(before)]
        found = (as_identity(one.header) for one in candidates if one is not None)
        return next((one for one in found if one.patient_name or one.patient_id), None)

    def _keep(self, cases: Sequence[Case], identity: Identity) -> None:
        self._last = cases[0]
        readings = [
            (case, identified(case.reading, identity, case.radiograph))
            for case in cases
            if case.radiograph is not None and case in self._session.cases
        ]
        changed = [(case, reading) for case, reading in readings if reading != case.reading]
        for case, _ in changed:
            if not case.reading.may_change_by(Action.IDENTIFY):
                # Of a signed reading the patient is a part, too.
                self._session.refused.emit(case)
                return
        if not changed:
            return
        action = Message(Action.IDENTIFY)
        stack = self._session.undo_stack
        stack.beginMacro(sentence(action))
        for case, reading in changed:
            self._session.change(case, reading, action)
        stack.endMacro()
