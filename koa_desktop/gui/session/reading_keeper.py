"""Carries out what a changed reading needs: grade new boxes, save the reading with its steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from koa_desktop.examination.actions import Step
from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.examination.findings import Finding
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.examination.store import Circumstances
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case, GradingKey
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.task_runner import Queue, TaskRunner
from koa_desktop.system.log import logger
from koa_desktop.wording.sentences import sentence

_LOG = logger(__name__)


class ReadingKeeper(QObject):
    """Grades the new boxes of changed cases and saves their readings, in the background."""

    graded = Signal(object)  # the case
    said = Signal(str)

    def __init__(self, runner: TaskRunner, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._services = services
        self._trouble_said = False
        self._unsaved: dict[Path, list[Step]] = {}

    def warm_up(self) -> None:
        """Load the networks in the background, so that the first file need not wait for them."""
        self._runner.submit(Queue.READER, self._services.warm_up, self._done)

    def add_step(self, case: Case, step: Step, film: CachedFilm | None) -> None:
        """Note the step that led to the case's reading, and grade what is new in it.

        Without a `film` the file is read again.
        """
        self._unsaved.setdefault(case.path, []).append(step)
        knees = [knee for knee in case.missing() if case.key(knee) not in case.awaited]
        if not knees or case.radiograph is None:
            return
        keys = [case.key(knee) for knee in knees]
        case.awaited.update(keys)
        path, sha256, inverted = case.path, case.radiograph.sha256, case.inverted
        services = self._services

        def grade() -> tuple[ExaminedKnee, ...]:
            shown = film or tasks.film_again(path, sha256)
            return tasks.grade_knees(shown, inverted, knees, services)

        self._runner.submit(Queue.READER, grade, partial(self._knees_graded, case, knees, keys))

    def save(self, case: Case) -> None:
        """Save a case's reading with its new steps, unless its knees are still being graded."""
        if not case.awaited:
            self._save(case)

    def save_all(self, cases: Iterable[Case]) -> None:
        """Save the new steps of all cases, graded or not."""
        for case in cases:
            self._save(case)

    def say_trouble(self) -> None:
        """Say once why readings are not saved."""
        if self._services.trouble is not None and not self._trouble_said:
            self._trouble_said = True
            consequence = self.tr("This session's work is not kept.")
            self.said.emit(f"{sentence(self._services.trouble)} {consequence}")

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
        self.save(case)

    def _save(self, case: Case) -> None:
        steps = self._unsaved.pop(case.path, [])
        if not steps or case.radiograph is None:
            return
        placed = case.reading.placed
        # With the sides by the fibula, which the reader has seen.
        knees = tuple(replace(marked, knee=case.knee(marked)) for marked in placed)
        circumstances = Circumstances(
            case.reader,
            case.model,
            case.finder,
            tuple(case.finding(marked).grade for marked in placed),
        )
        self._runner.submit(
            Queue.READER,
            partial(
                self._services.save,
                case.radiograph.sha256,
                replace(case.reading, knees=knees),
                tuple(steps),
                circumstances,
            ),
            self._done,
        )

    def _done(self, future: Future[None]) -> None:
        """Log what went wrong in work that nobody waits for."""
        error = future.exception()
        if error is not None:
            _LOG.error("Saving failed.", exc_info=error)
        self.say_trouble()
