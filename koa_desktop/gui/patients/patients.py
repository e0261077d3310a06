"""What the window does about patients: their data, their other films, and films to come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from koa_desktop.gui.patients.first_run import FirstRun
from koa_desktop.gui.patients.follow_ups import FollowUps
from koa_desktop.gui.patients.identities import Identities
from koa_desktop.gui.patients.imports import Imports
from koa_desktop.gui.patients.moved_films import MovedFilms
from koa_desktop.gui.patients.removals import Removals
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.support.settings import Settings


class Patients(QObject):
    """The parts of the window that are about patients; `selected` returns the chosen cases."""

    was_set_up = Signal()

    def __init__(
        self,
        session: Session,
        settings: Settings,
        selected: Callable[[], Sequence[Case]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._window = window
        self.identities = Identities(session, selected, window)
        self.follow_ups = FollowUps(session, window)
        self.moved_films = MovedFilms(session, window)
        self.removals = Removals(session, settings, window)
        self.imports = Imports(session, settings, window)

    def set_up(self) -> None:
        """Let the reader set up the program, or skip that."""
        dialog = FirstRun(self._settings, self._window)
        dialog.finished.connect(self.was_set_up)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
