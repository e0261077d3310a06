"""Removal of a patient, or of everything, from this computer, after a question."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from koa_desktop.examination.identity import as_identity
from koa_desktop.examination.worklist import FilmFacts
from koa_desktop.gui.patients.identity_dialog import in_one_line
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import same_patient
from koa_desktop.gui.session.kept_list import facts_of
from koa_desktop.gui.session.patients.follow_up import kin
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.gui.style.plain_text import warning
from koa_desktop.gui.support.settings import Settings
from koa_desktop.wording.language import counted
from koa_desktop.wording.sentences import sentence

MOST_FILMS = 1000  # more than anybody has


class Removals(QObject):
    """Finds what is kept of a patient, asks, and removes it."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window

    def remove_patient(self) -> None:
        """Ask whether all films of the shown patient are to be removed."""
        case = self._session.current
        if case is None or case.radiograph is None:
            return
        find = partial(
            kin,
            self._session.services,
            case.identity,
            case.header,
            dict(case.reading.related),
            MOST_FILMS,
        )
        self._session.runner.submit(Queue.STORE, find, partial(self._ask, case))

    def _ask(self, case: Case, future: Future[tuple[list[Case], list[Case]]]) -> None:
        found = tasks.outcome(future)
        if isinstance(found, tasks.Failure):
            self._session.said.emit(sentence(found.reason))
            return
        listed = [one for one in self._session.cases if same_patient(case, one)]
        films = {one.identity: facts_of(one) for one in (*listed, *found[0]) if one.radiograph}
        who = in_one_line(as_identity(case.header)) or case.path.name
        count = counted("1 film", "{0} films", len(films))
        question = self.tr("Remove {0} ({1})?").format(who, count)
        lost = self.tr(
            "Grades, boxes, comments, the audit trail, thumbnails, copies in the archive folder, "
            "the program's own backups and lists that were set aside are removed from this "
            "computer and cannot be brought back. Film files elsewhere, your exports and your own "
            "backups stay."
        )
        box = warning(
            self._window,
            question,
            lost,
            self.tr("Remove"),
            partial(self._remove, list(films.values())),
        )
        box.setObjectName("patient_removal")
        box.open()

    def _remove(self, films: list[FilmFacts]) -> None:
        self._session.forget(film.sha256 for film in films)
        # Names of folders and archives may be a patient's, too.
        self._settings.clear_recent()
        self._settings.sync()
        remove = partial(
            self._session.services.remove_films,
            [film.sha256 for film in films],
            lists_aside=True,
        )
        self._session.runner.submit(Queue.STORE, remove, self._say_done)

    def remove_everything(self) -> None:
        """Ask whether all readings, films and settings of patients are to be removed."""
        question = self.tr("Remove everything that the program keeps of patients?")
        lost = self.tr(
            "All readings, audit trails, thumbnails, copies of films, the program's own backups, "
            "its log and the key of study codes are removed from this computer and cannot be "
            "brought back. Film files elsewhere, your exports and your own backups stay."
        )
        box = warning(
            self._window, question, lost, self.tr("Remove everything"), self._remove_everything
        )
        box.setObjectName("removal_of_everything")
        box.open()

    def _remove_everything(self) -> None:
        cases = list(self._session.cases)
        self._session.forget([case.identity for case in cases])
        self._settings.clear_recent()
        self._settings.store.remove("export_folder")
        self._settings.sync()
        remove: Callable[[], None] = self._session.services.remove_everything
        self._session.runner.submit(Queue.STORE, remove, self._say_done)

    def _say_done(self, future: Future[None]) -> None:
        result = tasks.outcome(future)
        if isinstance(result, tasks.Failure):
            self._session.said.emit(sentence(result.reason))
        else:
            self._session.said.emit(self.tr("Removed from this computer."))
