"""Carries out what a changed reading needs: grade new boxes, have the reading saved."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from koa_desktop.examination.actions import Step
from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.examination.findings import Finding
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case, GradingKey
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.gui.session.reading_saver import ReadingSaver
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.task_runner import Queue, TaskRunner

SURROUNDINGS_MS = 5 * 60_000


class ReadingKeeper(QObject):
    """Grades the new boxes of changed cases in the background; `saver` saves their readings."""

    graded = Signal(object)  # the case

    def __init__(self, runner: TaskRunner, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._services = services
        self.saver = ReadingSaver(runner, services, self)
        self.saver.failed.connect(self._check_surroundings)
        self._often = QTimer(self, interval=SURROUNDINGS_MS)
        self._often.timeout.connect(self._check_surroundings)

    def warm_up(self) -> None:
        """Load the networks, make the day's backup, and check trails, fonts and translations."""
        self._runner.submit(Queue.READER, self._services.warm_up, _log_failure)
        self._runner.submit(Queue.UNNOTICED, self._services.back_up_daily, _log_failure)
        self._check_surroundings()
        self._often.start()
        for check in (self._services.check_trails, self._services.check_release):
            self._runner.submit(Queue.UNNOTICED, check, self._checked)

    def _check_surroundings(self) -> None:
        """Look for what work will be lost to before it is, and whether that is over."""
        self._runner.submit(Queue.UNNOTICED, self._services.check_surroundings, self._checked)

    def _checked(self, future: Future[None]) -> None:
        _log_failure(future)
        self.saver.changed.emit()

    def add_step(self, case: Case, step: Step, film: CachedFilm | None) -> None:
        """Grade what is new in the case's reading, and save it with the step that led to it.

        Without a `film` the file is read again.
        """
        self.saver.add(case, step)
        if self.grade(case, film):
            self.saver.save_soon(case)
        else:
            self.saver.save(case)

    def grade(self, case: Case, film: CachedFilm | None) -> bool:
        """Grade the case's knees that have no grading yet; true where it is not done at once."""
        knees = [knee for knee in case.missing() if case.key(knee) not in case.awaited]
        if not knees or case.radiograph is None:
            return False
        keys = [case.key(knee) for knee in knees]
        case.awaited.update(keys)
        path, sha256, inverted = case.path, case.radiograph.sha256, case.inverted
        services = self._services

        def grade() -> tuple[ExaminedKnee, ...]:
            shown = film or tasks.film_again(path, sha256)
            return tasks.grade_knees(shown, inverted, knees, services)

        self._runner.submit(Queue.READER, grade, partial(self._knees_graded, case, knees, keys))
        return bool(case.awaited)

    def _knees_graded(
        self,
        case: Case,
        knees: Sequence[MarkedKnee],
        keys: Sequence[GradingKey],
        future: Future[tuple[ExaminedKnee, ...]],
    ) -> None:
        examined = tasks.outcome(future)
        if isinstance(examined, tasks.Failure):
            refused = Finding(refusal=examined.reason)
            examined = tuple(ExaminedKnee(knee.knee, refused) for knee in knees)
        case.gradings.update(zip(keys, examined, strict=True))
        case.awaited.difference_update(keys)
        if self._services.card is not None:
            case.model = self._services.card.label
            case.model_sha256 = self._services.card.sha256
        self.graded.emit(case)
        self.saver.save(case)


def _log_failure(future: Future[None]) -> None:
    """Log what went wrong; nobody waits for it."""
    tasks.outcome(future)
