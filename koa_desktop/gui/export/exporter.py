"""Exports from the menu: the dialog, the printer, one picture, one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from koa_desktop.errors import ExportReason, ReaderError
from koa_desktop.gui.actions.save_dialog import ask_path
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.patients.follow_up import courses_of
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue, Result
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system.log import logger
from koa_desktop.system.safe_write import write_whole
from koa_desktop.wording.sentences import sentence

if TYPE_CHECKING:
    from koa_desktop.gui.export.dialog import ReportDialog
    from koa_desktop.report.export import Plan, Written
    from koa_desktop.report.naming.subject import Subject
    from koa_desktop.report.options import ReportOptions
    from koa_desktop.report.page import Report
    from koa_desktop.transfer.node import Node
    from koa_desktop.transfer.sending import Sent

_LOG = logger(__name__)
_PREVIEW_SIZE = (900, 760)


class Exports(QObject):
    """Writes and prints in the background, while the reader continues."""

    _progressed = Signal(int, int)

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window
        self._stopped = Event()
        self._heat_shown = False
        self.dialog: ReportDialog | None = None
        self._progressed.connect(self._show_progress, Qt.ConnectionType.QueuedConnection)

    def set_heat_shown(self, shown: bool) -> None:
        """Have the shown case's picture saved with its heat map, as it is seen, or without."""
        self._heat_shown = shown

    def ask(self) -> None:
        """Open the export dialog."""
        from koa_desktop.gui.export.dialog import ReportDialog, Scope

        if self.dialog is not None:
            self.dialog.raise_()
            return
        cases = [case for case in self._session.cases if case.radiograph or case.error]
        current = self._session.current
        subjects = {
            Scope.THIS: [self._subject(current)] if current and current.radiograph else [],
            Scope.READ: [self._subject(case) for case in cases if case.reading.is_read],
            Scope.ALL: [self._subject(case) for case in cases],
        }
        chosen = {scope: found for scope, found in subjects.items() if found}
        if not chosen:
            return
        card = self._session.services.card
        coverage = card.set_coverage if card else None
        dialog = ReportDialog(chosen, self._settings, coverage, self._window)
        dialog.export_wanted.connect(self._write)
        dialog.preview_wanted.connect(self._preview)
        dialog.stop_wanted.connect(self._stop)
        dialog.sending.again_wanted.connect(self._send)
        dialog.finished.connect(self._let_go)
        self.dialog = dialog
        dialog.show()

    def print_report(self) -> None:
        """Open the print preview of the shown case, from where it is printed."""
        self._preview(self._options())

    def _options(self) -> ReportOptions:
        """Return the options of an export that asks for none: the remembered ones."""
        from koa_desktop.report.options import Paper, ReportOptions

        lines = [line for line in self._settings.clinic.splitlines() if line.strip()]
        card = self._session.services.card
        return ReportOptions(
            clinic_name=lines[0] if lines else "",
            clinic_lines=tuple(lines[1:]),
            reader=self._settings.reader,
            profile=self._settings.profile,
            paper=Paper[self._settings.paper],
            colour_map=self._settings.colour_map,
            show_measurements=True,
            show_joint_space=self._settings.joint_visible,
            set_coverage=card.set_coverage if card else None,
        )

    def copy_findings(self) -> None:
        """Copy findings, impression and comment of the shown case as text."""
        from koa_desktop.report.words import as_text

        case = self._session.current
        examination = case.examination(with_awaited=True) if case is not None else None
        if examination is not None:
            QGuiApplication.clipboard().setText(as_text(examination))
            self._session.said.emit(self.tr("Findings and impression copied."))

    def copy_picture(self) -> None:
        """Copy the shown case as a picture, as `save_picture` saves it."""
        case = self._session.current
        subject = self._subject(case) if case is not None else None
        if subject is not None and subject.examination is not None:
            self._session.runner.submit(Queue.EXPORT, self._picture(subject), self._copied)

    def _copied(self, future: Future[bytes]) -> None:
        failed = _failure(future)
        if not failed:
            QGuiApplication.clipboard().setImage(QImage.fromData(future.result()))
        self._session.said.emit(failed or self.tr("Picture copied."))

    def _picture(self, subject: Subject) -> Callable[..., bytes]:
        """Return what makes a case's picture, with what is drawn on the film now."""
        from koa_desktop.report.export import picture_of

        drawn = replace(self._options(), show_heat_map=self._heat_shown)
        return partial(picture_of, subject, drawn)

    def save_picture(self) -> None:
        """Save the shown case as a picture with its boxes, and with what is drawn on them."""
        from koa_desktop.report.html import report_name

        case = self._session.current
        subject = self._subject(case) if case is not None else None
        if subject is None or subject.examination is None:
            return
        stem = report_name(subject.examination, subject.report_options(self._options()))
        title = self.tr("Save picture")
        path = ask_path(self._window, self._settings, title, f"{stem}.png", "PNG (*.png)")
        if path is not None:
            self._save(path, self._picture(subject))

    def save_table(self) -> None:
        """Save one table of all cases."""
        from koa_desktop.report.export import (
            OF_ALL_CASES,
            Format,
            Plan,
            export_case,
            table_bytes,
        )

        name = OF_ALL_CASES[Format.CSV]
        path = ask_path(self._window, self._settings, self.tr("Save table"), name, "CSV (*.csv)")
        if path is None:
            return
        done = [case for case in self._session.cases if case.radiograph or case.error]
        subjects = [self._subject(case) for case in done]
        plan = Plan(path.parent, frozenset({Format.CSV}), self._options())

        def make(stopped: Event) -> bytes:
            results = [export_case(plan, subject, "", stopped) for subject in subjects]
            return table_bytes(Format.CSV, results, plan.options)

        self._save(path, make)

    def _subject(self, case: Case) -> Subject:
        from koa_desktop.report.naming.subject import Subject

        film = self._session.film(case)
        return Subject(
            case.path.name,
            case.examination(with_awaited=True),
            case.error,
            film.radiograph if film else None,
            code=case.study_code,
            number=1 + self._session.cases.row(case),
            courses=partial(courses_of, self._session.services, case.examination()),
        )

    def _save(self, path: Path, make: Callable[[Event], bytes]) -> None:
        def save(stopped: Event) -> None:
            write_whole(path, make(stopped), overwrite=True)

        self._session.exporting.begin(save, partial(self._saved, path))

    def _saved(self, path: Path, future: Future[None]) -> bool:
        failed = _failure(future)
        self._session.said.emit(failed or self.tr("Saved as {0}.").format(path.name))
        if not failed:
            self._settings.export_folder = path.parent
        return not failed

    def _write(self, plan: Plan, subjects: Sequence[Subject]) -> None:
        from koa_desktop.report.export import export_all

        work = partial(export_all, plan, subjects, self._progressed.emit)
        self._stopped = self._session.exporting.begin(work, partial(self._written, self.dialog))

    def _written(self, asked: ReportDialog | None, future: Future[Written]) -> bool:
        failed = _failure(future)
        # The one that asked may be closed, and another one be open.
        dialog = self.dialog if self.dialog is asked else None
        if failed:
            if dialog is not None:
                dialog.say_failed(failed)
            return False
        written = future.result()
        if dialog is not None:
            dialog.show_end(written)
            node = dialog.sending.node()
            objects = [path for path in written.files if path.suffix == ".dcm"]
            if node is not None and objects and not written.was_stopped:
                self._send(objects, node)
        return not written.problems

    def _send(self, files: Sequence[Path], node: Node) -> None:
        if not self._settings.network_on:
            return
        # Imported here: nobody who does not use the network has it loaded.
        from koa_desktop.transfer import sending

        title = self._settings.own_title
        work = partial(sending.send, files, node, title, self._progressed.emit)
        sent = partial(self._sent, self.dialog, files)
        self._stopped = self._session.exporting.begin(work, sent)
        if self.dialog is not None:
            self.dialog.show_sending()

    def _sent(
        self, asked: ReportDialog | None, files: Sequence[Path], future: Future[Sent]
    ) -> bool:
        dialog = self.dialog if self.dialog is asked else None
        failed = _failure(future)
        if failed:
            if dialog is not None:
                dialog.say_failed(failed)
            return False
        if dialog is not None:
            dialog.show_sent(files, future.result())
        return len(future.result().arrived) == len(files)

    def _show_progress(self, done: int, total: int) -> None:
        if self.dialog is not None:
            self.dialog.show_progress(done, total)

    def _preview(self, options: ReportOptions) -> None:
        from koa_desktop.report.export import report_of

        case = self._session.current
        if case is None or case.radiograph is None:
            return
        subject = self._subject(case)
        self._session.runner.submit(
            Queue.EXPORT, partial(report_of, subject, options), self._show_preview
        )

    def _show_preview(self, future: Future[Report]) -> None:
        from koa_desktop.gui.export.printing import preview

        failed = _failure(future)
        if failed:
            self._session.said.emit(failed)
            return
        dialog = preview([future.result()], self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_in_screen(dialog, QSize(*_PREVIEW_SIZE))
        dialog.show()

    def _stop(self) -> None:
        self._stopped.set()

    def _let_go(self) -> None:
        self._stop()
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _failure(future: Future[Result]) -> str:
    """Return why a future failed, in a sentence; empty where it did not."""
    error = future.exception()
    if error is None:
        return ""
    if isinstance(error, ReaderError):
        return sentence(error.message)
    _LOG.error("An export failed.", exc_info=error)
    return sentence(ExportReason.NOTHING_WRITTEN)
