"""One case to export, and what an export calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event

from koa_desktop.errors import ReaderError, ReadReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.imaging.masks import masked
from koa_desktop.loading.reader import read_again
from koa_desktop.message import Message
from koa_desktop.patients.follow_up import Course
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.system.log import logger

_LOG = logger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """One case to export.

    `file`, the study `code` or the `number` is what an export calls it, by its profile. `error`
    tells why there is no examination; `model` is then the one that would have graded it.
    `radiograph` has the pixels where they are in memory; else the file is read again.
    `courses` looks up how the patient's knees changed, in whichever thread.
    """

    file: str
    examination: Examination | None = None
    error: Message | None = None
    radiograph: Radiograph | None = None
    model: str = ""
    code: str = ""
    number: int = 1
    courses: Callable[[], tuple[Course, ...]] = tuple

    def name(self, profile: Profile) -> str:
        """Return what an export calls the file."""
        if profile is Profile.PATIENT:
            return self.file
        return self.code if profile is Profile.PSEUDONYMOUS else str(self.number)

    def reason(self, profile: Profile) -> Message | None:
        """Return why there is no examination; it calls the file as the export does."""
        names_file = self.error is not None and self.error.code is ReadReason.MISSING
        if names_file and not profile.names_patient:
            return Message.of(ReadReason.MISSING, name=self.name(profile))
        return self.error

    def report_options(self, options: ReportOptions) -> ReportOptions:
        """Return the options of this case's report, which know its study code and number."""
        return replace(options, study_code=self.code, number=self.number)

    def followed(self, options: ReportOptions) -> ReportOptions:
        """Return a report's options with the patient's knees over time, as far as known."""
        if not options.profile.names_patient:
            return options
        try:
            return replace(options, courses=self.courses())
        except ReaderError as error:
            _LOG.warning("Earlier films could not be looked up.", exc_info=error)
            return options

    def pixels(self, examination: Examination, stopped: Event | None = None) -> Radiograph:
        """Return the radiograph in the examination's polarity, black where it is masked.

        Raises ReadError where the file has gone or has changed, or `stopped` is set.
        """
        info = examination.radiograph
        radiograph = self.radiograph or read_again(info.path, info.sha256, stopped)
        return masked(radiograph.with_polarity(inverted=info.inverted), examination.masks)
