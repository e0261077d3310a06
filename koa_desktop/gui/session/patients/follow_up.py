"""Earlier films of the shown patient, found by themselves among all films that were ever opened."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from koa_desktop.examination.actions import Action
from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.identity import same_patient
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import same_patient as are_same
from koa_desktop.gui.session.kept_list import restored_film
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.message import Message
from koa_desktop.patients.follow_up import Course, courses
from koa_desktop.radiograph import Header

MOST_FILMS = 60  # of one patient

Kin = tuple[list[Case], list[Case]]  # films of the patient, and films that may be


class FollowUp(QObject):
    """Looks for films of the shown patient that are not in the list, in the background.

    Those of the same patient are `session.cases.beside`; `unsure` are those that may be.
    """

    found = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._asked: object = None  # what the films at hand were looked for by
        self.unsure: list[Case] = []
        session.current_changed.connect(self._look)
        session.case_changed.connect(self._look_again)

    @property
    def has_others(self) -> bool:
        """True where other films of the shown patient are known."""
        case = self._session.current
        known = (*self._session.cases.beside, *self._session.cases) if case is not None else ()
        return case is not None and any(
            one.identity != case.identity and are_same(case, one) for one in known
        )

    @property
    def family(self) -> list[Case]:
        """All known films of the shown patient, the shown one included, oldest first."""
        case = self._session.current
        if case is None:
            return []
        known = (*self._session.cases.beside, *self._session.cases, case)
        # A copy of a film counts once, or the knees would seem to be measured more often.
        films = {one.identity: one for one in known if are_same(case, one)}
        return sorted(films.values(), key=lambda one: str(one.header.study_date or ""))

    def courses(self) -> tuple[Course, ...]:
        """Return how the shown patient's knees changed."""
        made = (case.examination() for case in self.family)
        return courses(one for one in made if one is not None)

    def decide(self, other: Case, *, same: bool) -> None:
        """Keep the reader's word whether another film shows the same patient."""
        case = self._session.current
        if case is None:
            return
        related = {**dict(case.reading.related), other.identity: same}
        reading = replace(case.reading, related=tuple(sorted(related.items())))
        action = Action.SAME_PATIENT if same else Action.OTHER_PATIENT
        self._session.change(case, reading, Message(action))

    def _look_again(self, case: Case) -> None:
        if case is self._session.current:
            self._look()

    def _look(self) -> None:
        case = self._session.current
        if case is None or case.radiograph is None:
            self._asked = None
            self._show([], [])
            return
        asked = case.identity, case.header, case.reading.related
        if asked != self._asked:
            self._asked = asked
            self._show([], [])
            find = partial(kin, self._session.services, *asked[:2], dict(asked[2]))
            self._session.runner.submit(Queue.STORE, find, partial(self._found, asked))

    def _found(self, asked: object, future: Future[Kin]) -> None:
        result = tasks.outcome(future)
        if asked == self._asked and not isinstance(result, tasks.Failure):
            self._show(*result)

    def _show(self, same: Sequence[Case], unsure: Sequence[Case]) -> None:
        listed = {case.identity for case in self._session.cases}
        before = self._session.cases.beside, self.unsure
        self._session.cases.beside = [one for one in same if one.identity not in listed]
        self.unsure = list(unsure)
        if (self._session.cases.beside, self.unsure) != before:
            self.found.emit()


def kin(
    services: Services,
    sha256: str,
    header: Header,
    related: dict[str, bool],
    most: int = MOST_FILMS,
) -> Kin:
    """Return other films of a patient, and those that may be. Raises StoreError or BundleError.

    No more than `most` films are looked at. The reader's word on either film comes first.
    """
    if not (header.patient_id or header.patient_name):
        return [], []
    same: list[Case] = []
    unsure: list[Case] = []
    for facts in services.films_of(header.patient_name, header.patient_id, most):
        told = related.get(facts.sha256)
        if facts.sha256 == sha256 or told is False:
            continue
        case = restored_film(services, facts).case
        if case.radiograph is None:
            continue
        told = dict(case.reading.related).get(sha256) if told is None else told
        answer = same_patient(header, case.header) if told is None else told
        if answer is not False:
            (same if answer else unsure).append(case)
    return same, unsure


def courses_of(services: Services, examination: Examination | None) -> tuple[Course, ...]:
    """Return how the knees of a film's patient changed, by all films that are surely theirs.

    Raises StoreError or BundleError. May be called from any thread.
    """
    if examination is None:
        return ()
    info = examination.radiograph
    stored = services.load(info.sha256)
    related = dict(stored.reading.related) if stored is not None else {}
    same, _ = kin(services, info.sha256, info.header, related)
    others = (case.examination() for case in same)
    return courses([examination, *(one for one in others if one is not None)])
